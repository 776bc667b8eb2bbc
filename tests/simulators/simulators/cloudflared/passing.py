"""Edge: an answer of the origin on its way through the tunnel, and what can happen to it there."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.cloudflared.faults import ChangeBody, CutBody, StallBody
from simulators.serving import ConnectionCut

HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade")
)
_LOOK_S = 0.02


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What will go wrong with one body."""

    cut: CutBody | None = None
    change: ChangeBody | None = None
    stall: StallBody | None = None


class Traffic:
    """
    Attributes:
        bytes_passed: of bodies, over all requests.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self.bytes_passed = 0


class Passed(Response):
    """What the origin answers, for as long as the link holds. Cut at either side, it is cut at the other.

    `keep` is given the whole body once it has passed.
    """

    def __init__(
        self,
        answer: httpx.Response,
        traffic: Traffic,
        *,
        is_linked: Callable[[], bool],
        mishaps: Mishaps,
        cache_status: str | None = None,
        keep: Callable[[bytes], None] | None = None,
    ) -> None:
        self.status_code = answer.status_code
        self.raw_headers = [(n, v) for n, v in answer.headers.raw if n.lower().decode() not in HOP_BY_HOP]
        if cache_status is not None:
            self.raw_headers.append((b"cf-cache-status", cache_status.encode()))
        self.background = None
        self._answer = answer
        self._traffic = traffic
        self._is_linked = is_linked
        self._mishaps = mishaps
        self._keep = keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._traffic.in_flight += 1
        passing = asyncio.create_task(self._pass(send))
        tasks = (passing, asyncio.create_task(_gone(receive)), asyncio.create_task(self._unlinked()))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            is_whole = passing.done() and passing.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._answer.aclose()
            self._traffic.in_flight -= 1
        if not is_whole:
            await ConnectionCut()(scope, receive, send)

    async def _pass(self, send: Send) -> bool:
        """Whether all of it got through. A silence of the origin longer than the edge bears is an error of httpx."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        passed, kept = 0, bytearray()
        with contextlib.suppress(httpx.HTTPError):
            async for chunk in self._answer.aiter_raw():
                chunk, is_last = self._changed(chunk, passed)
                passed += len(chunk)
                self._traffic.bytes_passed += len(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if is_last:
                    return False
                await self._stalled(passed)
                if self._keep is not None:
                    kept += chunk
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            if self._keep is not None:
                self._keep(bytes(kept))
            return True
        return False

    def _changed(self, chunk: bytes, passed: int) -> tuple[bytes, bool]:
        """What becomes of a chunk behind so many bytes, and whether it is the last."""
        if self._mishaps.change is not None:
            chunk = bytes(len(chunk))
        cut = self._mishaps.cut
        if cut is None or passed + len(chunk) < cut.after_bytes:
            return chunk, False
        return chunk[: cut.after_bytes - passed], True

    async def _stalled(self, passed: int) -> None:
        stall = self._mishaps.stall
        if stall is None or passed < stall.after_bytes:
            return
        self._mishaps = Mishaps(self._mishaps.cut, self._mishaps.change)
        await (asyncio.Event().wait() if stall.for_s is None else asyncio.sleep(stall.for_s))

    async def _unlinked(self) -> None:
        while self._is_linked():
            await asyncio.sleep(_LOOK_S)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
