"""Edge: puts the simulated daemon together as a Starlette app: the one route that it is asked by, and a desk."""

import asyncio
import time
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulators import desk, unknown
from simulators.faults import Delay, DelayAnswer, FaultQueue, Reset
from simulators.instants import Clock
from simulators.journal import Call, Journal, Violation
from simulators.lucidlink.faults import Faults, Nonsense, Status
from simulators.lucidlink.settings import Settings
from simulators.serving import ConnectionCut

ROUTE = "files"
NAMES = (ROUTE,)


class Upload(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(pattern="^/")
    uploading: bool = True


class LucidlinkSimulator:
    """`app` is served by `simulators.serving.running`.

    Attributes:
        uploading: the paths that another machine is still uploading.
        unknown: the paths that the daemon has never heard of; of all others it knows.
        most_at_once: how many calls were under way together.
    """

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self.settings = settings or Settings()
        self.uploading: set[str] = set()
        self.unknown: set[str] = set()
        self.faults = FaultQueue(clock)
        self.journal = Journal()
        self.asked: list[str] = []
        self.most_at_once = 0
        self._under_way = 0
        self._clock = clock
        self.app = Starlette(
            routes=[
                Route("/v1/{filespace}/files", self._files, methods=["GET"]),
                *desk.routes(self.journal, self.faults, _faults, NAMES),
                Route("/_sim/state", self._state),
                Route("/_sim/uploads", self._mark, methods=["POST"]),
            ],
            exception_handlers=unknown.handlers(self._unknown),
        )

    async def _files(self, request: Request) -> Response:
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            if self._under_way > self.settings.most_at_once:
                self._violate("too_many_at_once", f"{self._under_way} calls")
            answer, injected = await self._answered(request)
        finally:
            self._under_way -= 1
        status = 0 if isinstance(answer, ConnectionCut) else answer.status_code
        self.journal.record(Call(self._clock(), ROUTE, request.method, request.url.path, status, injected))
        return answer

    async def _answered(self, request: Request) -> tuple[Response, bool]:
        """The answer, and whether a queued fault gave it."""
        query = request.query_params.multi_items()
        path = query[0][1] if len(query) == 1 and query[0][0] == "path" else ""
        if request.method != "GET" or not path.startswith("/") or await request.body():
            self._violate("malformed", f"{request.method} {request.url.query}")
            return _error(400, "expected GET with one path"), False
        if request.path_params["filespace"] != self.settings.filespace:
            return _error(404, "no such filespace is linked"), False
        self.asked.append(path)
        if delay := self.faults.take(Delay, route=ROUTE, name=path):
            await asyncio.sleep(delay.delay_s)
        if (mishap := self._mishap(path)) is not None:
            return mishap, True
        answer = self._told(path)
        if delayed := self.faults.take(DelayAnswer, route=ROUTE, name=path):
            await asyncio.sleep(delayed.delay_s)
        return answer, False

    def _mishap(self, path: str) -> Response | None:
        if self.faults.take(Reset, route=ROUTE, name=path):
            return ConnectionCut()
        if wanted := self.faults.take(Status, route=ROUTE, name=path):
            return HTMLResponse(f"<html><h1>{wanted.status}</h1></html>", wanted.status)
        if nonsense := self.faults.take(Nonsense, route=ROUTE, name=path):
            return HTMLResponse(nonsense.body, nonsense.status)
        return None

    def _told(self, path: str) -> Response:
        if path in self.unknown:
            return JSONResponse({"files": []})
        entry: dict[str, Any] = {"id": f"2955:{abs(hash(path)) % 10**6}"}
        if self.settings.flag:
            entry["remoteUpload"] = "yes" if path in self.uploading else "no"
        return JSONResponse({"files": [entry]})

    async def _state(self, _: Request) -> Response:
        return JSONResponse(
            {
                "filespace": self.settings.filespace,
                "uploading": sorted(self.uploading),
                "asked": self.asked,
                "most_at_once": self.most_at_once,
                "violations": self.journal.violations,
            }
        )

    async def _mark(self, request: Request) -> Response:
        """Another machine begins to upload a file, or is done with it."""
        try:
            wanted = Upload.model_validate_json(await request.body())
        except ValidationError as error:
            return desk.not_understood(error)
        (self.uploading.add if wanted.uploading else self.uploading.discard)(wanted.path)
        return await self._state(request)

    async def _unknown(self, request: Request, status: int) -> Response:
        self._violate("unknown_route", f"{request.method} {request.url.path}")
        self.journal.record(Call(self._clock(), "unknown", request.method, request.url.path, status))
        return _error(status, "no such route")

    def _violate(self, kind: str, detail: str) -> None:
        self.journal.violate(Violation(self._clock(), kind, ROUTE, detail))


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": message}, status_code=status)


def _faults(body: bytes) -> list[Any]:
    return list(Faults.model_validate_json(body).faults)
