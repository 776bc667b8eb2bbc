"""Edge: LucidLink's daemon on this machine, asked whether another machine is still uploading a file.

Nobody documents its local service, so whatever it does but say so is no reason to hold a file back. While nothing at
all answers it is not asked about files, and they wait for nobody's time-outs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from postflow.checks import Check
from postflow.logs import get_logger
from postflow.waiting import until_set
from watcher.clock import Clock
from watcher.uploads import Word, understood

logger = get_logger(__name__)

PATIENCE_S = 10.0
MOST_AT_ONCE = 10
LOOK_S = 15.0
"""Between two questions while nothing answers."""
SELDOM_S = 60.0
TOLD_AFTER_S = 60.0
"""A daemon that is restarted is none of anybody's business."""

UNIX = "unix://"
NOBODY_BEHIND = (502, 503, 504)
"""What the relay says for a daemon that does not answer."""

WHAT_TO_DO = (
    "See that the daemon runs, that LUCIDLINK_API leads to it (`lucid list` says its port), and that "
    "LUCIDLINK_FILESPACE is the name that it has there; or unset LUCIDLINK_API. Until then nobody waits for its word."
)


def client(api: str) -> httpx.AsyncClient:
    """The daemon is a neighbour: no proxy of the environment stands between."""
    if api.startswith(UNIX):
        transport = httpx.AsyncHTTPTransport(uds=api.removeprefix(UNIX))
        return httpx.AsyncClient(base_url="http://lucidlink", transport=transport, timeout=PATIENCE_S, trust_env=False)
    return httpx.AsyncClient(base_url=api, timeout=PATIENCE_S, trust_env=False)


@asynccontextmanager
async def linked(api: str | None, filespace: str, clock: Clock) -> AsyncIterator["Lucidlink | None"]:
    """The daemon at that address; None if there is none."""
    if api is None:
        yield None
        return
    async with client(api) as http:
        yield Lucidlink(http, filespace, clock)


class Lucidlink:
    """
    Args:
        filespace: as the daemon calls it.
    """

    def __init__(self, http: httpx.AsyncClient, filespace: str, clock: Clock) -> None:
        self._http = http
        self._address = f"/v1/{quote(filespace, safe='')}/files"
        self._clock = clock
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._answered_s: float | None = None
        self._silence: _Trouble | None = None
        self._nonsense: _Trouble | None = None
        self._told: str | None = None

    @property
    def is_silent(self) -> bool:
        """Nothing answers, and so it is not asked about files."""
        return self._silence is not None

    @property
    def is_of_use(self) -> bool:
        """It tells of files whether somebody is uploading them, as far as it was asked. Not while it is silent, however
        short: then files are released without its word."""
        return self._answered_s is not None and not self.is_silent and self._lasting() is None

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look()
            self._tell()
            await until_set(stop, LOOK_S if self.is_silent else SELDOM_S)

    async def look(self) -> None:
        """See whether anything answers."""
        async with self._places:
            await self._ask("")

    async def word(self, path: str) -> Word:
        """What it says of a file by its path inside the filespace. Never raises for what the daemon does."""
        async with self._places:
            return Word.UNKNOWN if self.is_silent else await self._ask(path)

    def check(self) -> Check:
        """For people; never a reason not to be ready."""
        trouble = self._lasting()
        if trouble is not None:
            return Check(True, f"LUCIDLINK_API has been of no use since {trouble.since}: {trouble.why}", WHAT_TO_DO)
        return Check(True, "LUCIDLINK_API " + ("has not answered yet" if self._answered_s is None else "answers"))

    async def _ask(self, path: str) -> Word:
        asked_s = self._clock.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                answer = await self._http.get(self._address, params={"path": f"/{path}"})
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError) as error:
            return self._unanswered(f"nothing answers ({type(error).__name__})", asked_s)
        if answer.status_code in NOBODY_BEHIND:
            return self._unanswered(f"nothing answers behind it ({answer.status_code})", asked_s)
        self._silence, self._answered_s = None, self._clock.monotonic()
        word = understood(answer.content) if answer.status_code == 200 else None
        if word is not None:
            self._nonsense = None
        elif path:  # what it makes of the root is its own affair
            self._nonsense = self._nonsense or self._trouble(f"its answer is none ({answer.status_code})")
        return word or Word.UNKNOWN

    def _unanswered(self, why: str, asked_s: float) -> Word:
        """If others were answered meanwhile, that is about this file alone."""
        if self._answered_s is None or self._answered_s < asked_s:
            self._silence = self._silence or self._trouble(why)
        return Word.UNKNOWN

    def _trouble(self, why: str) -> "_Trouble":
        return _Trouble(why, self._clock.monotonic(), f"{self._clock.now():%H:%M} UTC")

    def _lasting(self) -> "_Trouble | None":
        """At once if it never answered, as that is a mistake in the settings."""
        trouble = self._silence or self._nonsense
        if trouble is None or self._answered_s is None:
            return trouble
        return trouble if self._clock.monotonic() >= trouble.since_s + TOLD_AFTER_S else None

    def _tell(self) -> None:
        """Each trouble once, and its end."""
        trouble = self._lasting()
        why = trouble.why if trouble else None
        if why != self._told:
            if why is not None:
                logger.warning("LUCIDLINK_API is of no use", action="lucidlink_silent", why=why, what_to_do=WHAT_TO_DO)
            elif not (self._silence or self._nonsense):
                logger.info("LUCIDLINK_API answers again", action="lucidlink_answers")
            self._told = why


@dataclass(frozen=True, slots=True)
class _Trouble:
    why: str
    since_s: float
    since: str
