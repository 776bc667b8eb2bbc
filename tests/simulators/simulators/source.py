"""Edge: a small origin to fetch from, well-behaved or not, for tests of whoever fetches."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


@dataclass
class Source:
    """Answers every path with `content`; `seen` holds (method, range) of each request, `paths` and
    `headers` the rest of it.

    `send_bytes`: the connection ends after so many, whatever was announced. `answers_ranges`: 206 for a range, else
    200 and everything. `announced_bytes`: what Content-Length says, if not the truth.
    """

    content: bytes = b"movie"
    content_type: str | None = "video/quicktime"
    status: int = 200
    send_bytes: int | None = None
    announced_bytes: int | None = None
    answers_ranges: bool = True
    open_gate: asyncio.Event | None = None
    seen: list[tuple[str, str | None]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        wanted = request.headers.get("range")
        self.seen.append((request.method, wanted))
        self.paths.append(request.url.path)
        self.headers.append(dict(request.headers))
        if self.open_gate is not None:
            await self.open_gate.wait()
        headers = {"accept-ranges": "bytes", "etag": '"one"'}
        if self.content_type is not None:
            headers["content-type"] = self.content_type
        status, body = self.status, self.content
        if wanted and self.answers_ranges and status == 200:
            first, last = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
            body = self.content[first : last + 1]
            headers["content-range"] = f"bytes {first}-{first + len(body) - 1}/{len(self.content)}"
            status = 206
        headers["content-length"] = str(self.announced_bytes or len(body))
        return StreamingResponse(self._sent(body), status, headers)

    async def _sent(self, body: bytes) -> AsyncIterator[bytes]:
        sent = body if self.send_bytes is None else body[: self.send_bytes]
        for at in range(0, len(sent), 2**16):
            yield sent[at : at + 2**16]
