"""Edge: fetches one address of ours as Frame.io would, and measures: once from this process, once through the public
name. What the second has and the first has not, somebody on the way has added.
"""

import time
from dataclasses import dataclass, field

import httpx

from fileserver.replies import OK, PARTIAL
from fileserver.tunnel import fronts, probe
from fileserver.tunnel.gate import Found, Probed

SILENCE_S = 30.0
"""That is borne: to the first byte, and between two."""
MOST_OF_A_PAGE = 64 * 1024

HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "PostFlow (trial of its own tunnel)",
}
"""An edge that is asked for JSON says in its errors that they are its own."""

_ALWAYS_ANOTHER = frozenset(
    ("date", "connection", "keep-alive", "transfer-encoding", "content-length", "content-range")
)
_LONGEST_WORD = 120


class NotArrived(Exception):
    """Args: what a person should know of it."""

    def __init__(self, why: Probed) -> None:
        super().__init__(why.why)
        self.why = why


@dataclass(slots=True)
class Figures:
    """Of a fetch, while it goes on. Seconds of a monotonic clock."""

    wanted_bytes: int
    got_bytes: int = 0
    status: int = 0
    near_first_byte_s: float | None = None
    first_byte_s: float | None = None
    started_at: float = 0.0
    ended_at: float | None = None
    added: dict[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()

    @property
    def elapsed_s(self) -> float:
        if not self.started_at:
            return 0.0
        return (self.ended_at or time.monotonic()) - self.started_at


async def near(http: httpx.AsyncClient, url: str, figures: Figures) -> httpx.Headers:
    """The headers of an answer without the way, and how soon it begins, once the mount has read its beginning.

    Raises:
        httpx.HTTPError
    """
    for _ in range(2):
        started = time.monotonic()
        (await http.get(url, headers=HEADERS | {"Range": "bytes=0-0"}, timeout=SILENCE_S)).raise_for_status()
        took_s = time.monotonic() - started
        figures.near_first_byte_s = min(took_s, figures.near_first_byte_s or took_s)
    answer = await http.head(url, headers=HEADERS, timeout=SILENCE_S)
    answer.raise_for_status()
    return answer.headers


@dataclass(frozen=True, slots=True)
class Asked:
    """
    Attributes:
        is_part: only the beginning of the file is wanted.
        cure: what a person does when the far end of the tunnel is in trouble.
    """

    base_url: str
    path: str = field(repr=False)
    is_part: bool
    cure: str


async def far(http: httpx.AsyncClient, asked: Asked, plain: httpx.Headers, figures: Figures) -> None:
    """Fetch through the public name, until all that is wanted is there.

    Args:
        plain: headers of the answer without the way.

    Raises:
        NotArrived
    """
    wanted = {"Range": f"bytes=0-{figures.wanted_bytes - 1}"} if asked.is_part else {}
    figures.started_at = time.monotonic()
    try:
        url = asked.base_url + asked.path
        async with http.stream("GET", url, headers=HEADERS | wanted, timeout=SILENCE_S) as response:
            figures.status = response.status_code
            await _refused(response, asked)
            figures.added, figures.taken = differences(plain, response.headers)
            await _arrived(response, figures)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise NotArrived(await _broken(error, asked, figures)) from None
    finally:
        figures.ended_at = time.monotonic()
    if figures.got_bytes < figures.wanted_bytes:
        why = f"only {figures.got_bytes:,} bytes arrived of {figures.wanted_bytes:,}"
        raise NotArrived(Probed(Found.BROKEN, why, fronts.NOTHING_IN_FRONT))


async def _arrived(response: httpx.Response, figures: Figures) -> None:
    """An edge may leave the range out of a request: then more would come than was wanted."""
    async for chunk in response.aiter_raw():
        if figures.first_byte_s is None:
            figures.first_byte_s = time.monotonic() - figures.started_at
        figures.got_bytes += len(chunk)
        if figures.got_bytes >= figures.wanted_bytes:
            figures.got_bytes = figures.wanted_bytes
            return


async def _refused(response: httpx.Response, asked: Asked) -> None:
    """Raises NotArrived for what is no film of ours."""
    head = probe.read(response, b"", asked.base_url)
    if head.is_ours and response.status_code in (OK, PARTIAL):
        return
    if head.is_ours:
        why = f"the fileserver itself answers {response.status_code}; its log says why"
        raise NotArrived(Probed(Found.BROKEN, why, "Look for the line `request_refused` in its log."))
    page = bytearray()
    async for chunk in response.aiter_bytes():
        page += chunk
        if len(page) >= MOST_OF_A_PAGE:
            break
    raise NotArrived(fronts.in_front(probe.read(response, bytes(page), asked.base_url), asked.cure))


async def _broken(error: Exception, asked: Asked, figures: Figures) -> Probed:
    """The text of the error is left out: it may hold the address."""
    if figures.got_bytes:
        why = f"it broke off after {figures.got_bytes:,} bytes ({type(error).__name__})"
        return Probed(Found.BROKEN, why, asked.cure)
    if isinstance(error, httpx.InvalidURL | UnicodeError):
        return Probed(Found.BROKEN, "that is a name which nobody can look up", probe.NAMELESS)
    return await probe.unreached(error, asked.base_url, asked.cure)


def differences(plain: httpx.Headers, through: httpx.Headers) -> tuple[dict[str, str], tuple[str, ...]]:
    """What was added on the way, and the names of what got lost there or came otherwise."""
    added = {
        name: value[:_LONGEST_WORD]
        for name, value in through.items()
        if name not in _ALWAYS_ANOTHER and plain.get(name) != value
    }
    taken = (name for name, value in plain.items() if name not in _ALWAYS_ANOTHER and through.get(name) != value)
    return added, tuple(taken)
