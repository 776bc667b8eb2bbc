"""Pure: what the answer to a probe says about the tunnel."""

import json
from dataclasses import dataclass

from fileserver.admit import GONE, NOT_FOUND
from fileserver.replies import OK
from fileserver.tunnel.gate import Found, Probed

ORIGIN = "Check that the tunnel leads to the fileserver's PUBLIC_PORT."
NOTHING_IN_FRONT = "Take away what stands in front of the name: login page, Access, challenge, bot protection."
TUNNEL_ITSELF = "Restart cloudflared: a quick tunnel that was deleted at Cloudflare gets a new name only so."


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    is_ours: bool
    body: bytes


def on(answer: Answer, content: bytes) -> Probed:
    """Whether it is what we put there."""
    status = answer.status
    if not answer.is_ours:
        return _of_somebody_else(answer)
    if status in (NOT_FOUND, GONE):
        return Probed(Found.BROKEN, "another fileserver answers there", "Give this tunnel to one fileserver only.")
    if status != OK or answer.body != content:
        return Probed(Found.BROKEN, f"what was sent did not come back as it was ({status})", NOTHING_IN_FRONT)
    return Probed(Found.WHOLE)


def _of_somebody_else(answer: Answer) -> Probed:
    status = answer.status
    if status < 400 or status in (401, 403):
        return Probed(Found.BROKEN, f"somebody in front answers, and not we ({status})", NOTHING_IN_FRONT)
    code = _edge_code(answer)
    said = f"the edge answers {status}" + (f", error {code}" if code else "")
    if status in (502, 503, 504):
        return Probed(Found.BROKEN, f"{said}: it does not reach the fileserver", ORIGIN)
    return Probed(Found.BROKEN, said, ORIGIN if status < 500 else TUNNEL_ITSELF)


def _edge_code(answer: Answer) -> int | None:
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    code = told.get("error_code") if isinstance(told, dict) else None
    return code if isinstance(code, int) else None
