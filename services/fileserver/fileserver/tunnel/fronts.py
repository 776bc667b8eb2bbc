"""Pure: who answers in our place at our public name, and what it is: a login, a warning, a limit, an edge in trouble.

Read off the answer alone, for whatever the tunnel is, others may stand in front of it.
Source: Cloudflare docs, "Error responses", "Detect a challenge page"; ngrok docs, "Errors" (read 2026-11).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fileserver.tunnel.gate import Found, Probed

ORIGIN = "Check that the tunnel leads to the fileserver's PUBLIC_PORT."
NOTHING_IN_FRONT = (
    "Take away what stands in front of the name (login page, Access, challenge, bot protection): Frame.io can show "
    "neither login nor cookie, and the signed address is the protection."
)
LARGER_PLAN = "Take a larger plan at ngrok, wait for the next month, or take another tunnel: see docs/tunnels.md."
BEGIN_WITH_HTTPS = "Let PUBLIC_URL begin with https://."

ACCESS = ".cloudflareaccess.com"

_USED_UP = ("ERR_NGROK_725", "ERR_NGROK_727", "ERR_NGROK_4027")
_TOO_FAST = ("ERR_NGROK_720", "ERR_NGROK_734")
_WARNING = "ERR_NGROK_6024"
_NO_ORIGIN = "ERR_NGROK_8012"

_NGROK_CODE = re.compile(r"ERR_NGROK_\d{1,6}")
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,200})</title>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    Attributes:
        is_ours: it is marked as one of ours.
        body: its beginning.
        headers: names in lower case.
        base_url: the public name that was asked.
    """

    status: int
    is_ours: bool
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    base_url: str = ""


def in_front(answer: Answer, cure: str) -> Probed:
    """Of an answer that is not ours.

    Args:
        cure: what a person does when the far end of the tunnel is in trouble.
    """
    return Probed(Found.BROKEN, *(_of_ngrok(answer, cure) or _stands_there(answer) or _edge(answer, cure)))


def _of_ngrok(answer: Answer, cure: str) -> tuple[str, str] | None:
    code = answer.headers.get("ngrok-error-code", "")
    if not _NGROK_CODE.fullmatch(code):
        return None
    if code == _WARNING:
        return (
            f"ngrok shows its warning page in front ({code})",
            "A paid plan of ngrok shows none; or take another tunnel.",
        )
    if code in _USED_UP:
        return f"what ngrok's plan carries in a month is used up ({code})", LARGER_PLAN
    if code in _TOO_FAST:
        return f"ngrok's plan allows no more in so short a time ({code})", LARGER_PLAN
    if code == _NO_ORIGIN:
        return f"ngrok does not reach the fileserver ({code})", ORIGIN
    return f"ngrok answers {answer.status}, {code}", cure


def _stands_there(answer: Answer) -> tuple[str, str] | None:
    status, headers = answer.status, answer.headers
    if 300 <= status < 400:
        return _sends_on(answer)
    if headers.get("cf-mitigated") == "challenge":
        return f"a challenge of Cloudflare stands in front ({status})", NOTHING_IN_FRONT
    if status == 401:
        return "a password or a login is asked for in front (401)", NOTHING_IN_FRONT
    if status == 403 and (code := _edge_code(answer)):
        return f"a protection of the edge refuses us (403, error {code})", NOTHING_IN_FRONT
    if status < 400 or status == 403:
        return f"somebody in front answers, and not we ({_words(answer)})", NOTHING_IN_FRONT
    return None


def _sends_on(answer: Answer) -> tuple[str, str]:
    """Of where it leads only the host is said: the rest may hold the address that was asked for."""
    try:
        to, asked = urlsplit(answer.headers.get("location", "")), urlsplit(answer.base_url)
        host = to.hostname or ""
    except ValueError:
        return f"somebody in front sends us elsewhere ({answer.status})", NOTHING_IN_FRONT
    if host.endswith(ACCESS):
        return f"a login of Cloudflare Access stands in front ({answer.status} to {host})", NOTHING_IN_FRONT
    if host and host == asked.hostname and (asked.scheme, to.scheme) == ("http", "https"):
        return f"the name is answered by https only ({answer.status})", BEGIN_WITH_HTTPS
    where = host if re.fullmatch(r"[a-z0-9.:-]{1,253}", host) else "elsewhere"
    return f"somebody in front sends us to a login or the like ({answer.status} to {where})", NOTHING_IN_FRONT


def _edge(answer: Answer, cure: str) -> tuple[str, str]:
    status, code = answer.status, _edge_code(answer)
    said = f"the edge answers {status}" + (f", error {code}" if code else "")
    if status in (502, 503, 504):
        return f"{said}: it does not reach the fileserver", ORIGIN
    return said, ORIGIN if status < 500 else cure


def _edge_code(answer: Answer) -> int | None:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    code = told.get("error_code") if isinstance(told, dict) else None
    return code if isinstance(code, int) else None


def _words(answer: Answer) -> str:
    """The status, and what a page calls itself: that is how a login is known."""
    found = _TITLE.search(answer.body)
    title = " ".join(found[1].decode(errors="replace").split())[:60] if found else ""
    return (
        f"{answer.status}, a page “{title}”"
        if title.isprintable() and title and "/" not in title
        else f"{answer.status}"
    )
