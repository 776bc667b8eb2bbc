"""Edge: reads a source URL as Frame.io's fetcher may: one plain GET, or ranges of it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from simulators.frameio.assets import SourceRequest
from simulators.frameio.intake import Intake
from simulators.instants import Clock

_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class FetchFailed(Exception):
    """The source could not be read: nothing is stored."""


class TransferCut(Exception):
    """The transfer ended before its end; what came is in the intake."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """`status` of the answer that brought the bytes; an error page arrives as well as a movie does."""

    status: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Stall:
    """Where the reading stops, and for how long; without an end it is for good."""

    after_bytes: int
    for_s: float | None


@dataclass(frozen=True, slots=True)
class Manner:
    """`drop_after_bytes`: hang up there, as the real fetcher does at times."""

    max_bytes: int
    part_bytes: int | None = None
    parts_at_once: int = 1
    bytes_per_s: float | None = None
    drop_after_bytes: int | None = None
    stall: Stall | None = None


class Transfer:
    """One attempt to read one URL. Every request is written down in `requests`."""

    def __init__(
        self, client: httpx.AsyncClient, url: str, manner: Manner, requests: list[SourceRequest], clock: Clock
    ) -> None:
        self._client = client
        self._url = url
        self._manner = manner
        self._requests = requests
        self._clock = clock
        self._stall = manner.stall

    async def head(self) -> httpx.Headers:
        async with self._asked("HEAD", None) as (answer, _):
            return answer.headers

    async def fetch(self, intake: Intake) -> Arrived:
        """
        Raises:
            FetchFailed: no answer, or one too large to be taken.
            TransferCut: the body ended early.
        """
        if self._manner.part_bytes is None:
            return await self._whole(intake)
        return await self._in_parts(intake, self._manner.part_bytes)

    async def _whole(self, intake: Intake) -> Arrived:
        async with self._asked("GET", None) as (answer, request):
            self._guard(int(answer.headers.get("content-length", 0)))
            await self._read(answer, request, intake.take)
            return _arrived(answer)

    async def _in_parts(self, intake: Intake, part_bytes: int) -> Arrived:
        """The first range tells the size; a source that answers 200 to it sends everything at once."""
        async with self._asked("GET", (0, part_bytes - 1)) as (answer, request):
            if answer.status_code != httpx.codes.PARTIAL_CONTENT:
                self._guard(int(answer.headers.get("content-length", 0)))
                await self._read(answer, request, intake.take)
                return _arrived(answer)
            total = _total(answer, 0)
            self._guard(total)
            await self._read(answer, request, intake.take)
        starts = range(part_bytes, total, part_bytes)
        for batch in _batches(starts, self._manner.parts_at_once):
            parts = [self._part(start, min(start + part_bytes, total) - 1, total) for start in batch]
            for part in await asyncio.gather(*parts):
                intake.take(part)
        return _arrived(answer)

    async def _part(self, start: int, end: int, total: int) -> bytes:
        async with self._asked("GET", (start, end)) as (answer, request):
            if answer.status_code != httpx.codes.PARTIAL_CONTENT or _total(answer, start) != total:
                raise TransferCut(f"bytes {start}-{end} of {total} were answered by {answer.status_code}")
            part = bytearray()
            await self._read(answer, request, part.extend)
            return bytes(part)

    async def _read(self, answer: httpx.Response, request: SourceRequest, take: Callable[[bytes], None]) -> None:
        """Raw bytes: what is stored is what went over the wire."""
        limit = self._manner.drop_after_bytes
        async for chunk in answer.aiter_raw():
            if limit is not None and request.received_bytes + len(chunk) >= limit:
                chunk = chunk[: limit - request.received_bytes]
            take(chunk)
            request.received_bytes += len(chunk)
            self._guard(request.received_bytes)
            if limit is not None and request.received_bytes >= limit:
                raise TransferCut(f"dropped after {request.received_bytes} bytes")
            await self._stalled(request)
            if self._manner.bytes_per_s:
                await asyncio.sleep(len(chunk) / self._manner.bytes_per_s)

    async def _stalled(self, request: SourceRequest) -> None:
        """Reads nothing for a while, once, and keeps the connection. For good: until somebody ends the fetch."""
        stall = self._stall
        if stall is None or request.received_bytes < stall.after_bytes:
            return
        self._stall = None
        if stall.for_s is None:
            await asyncio.Event().wait()
        else:
            await asyncio.sleep(stall.for_s)

    def _guard(self, size: int) -> None:
        if size > self._manner.max_bytes:
            raise FetchFailed(f"{size} bytes are more than {self._manner.max_bytes}")

    @asynccontextmanager
    async def _asked(
        self, method: str, span: tuple[int, int] | None
    ) -> AsyncIterator[tuple[httpx.Response, SourceRequest]]:
        request = SourceRequest(self._clock(), method, range=span and f"bytes={span[0]}-{span[1]}")
        self._requests.append(request)
        try:
            async with self._client.stream(method, self._url, headers=_headers(request)) as answer:
                _note(answer, request)
                yield answer, request
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.ReadTimeout) as error:
            request.error = f"{type(error).__name__}: {error}"
            if request.status is None:
                raise FetchFailed(request.error) from error
            raise TransferCut(request.error) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            request.error = f"{type(error).__name__}: {error}"
            raise FetchFailed(request.error) from error
        except (FetchFailed, TransferCut) as error:
            request.error = str(error)
            raise


def _headers(request: SourceRequest) -> dict[str, str]:
    plain = {"accept-encoding": "identity"}
    return plain | ({"range": request.range} if request.range else {})


def _note(answer: httpx.Response, request: SourceRequest) -> None:
    length = answer.headers.get("content-length")
    request.status = answer.status_code
    request.content_length = int(length) if length is not None else None
    request.content_type = answer.headers.get("content-type")
    request.etag = answer.headers.get("etag")


def _total(answer: httpx.Response, start: int) -> int:
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if found is None or int(found[1]) != start:
        raise TransferCut(f"content-range {answer.headers.get('content-range')!r} for a range from {start}")
    return int(found[3])


def _arrived(answer: httpx.Response) -> Arrived:
    """Frame.io takes the media type from the answer's header, not from the file's name."""
    media_type = answer.headers.get("content-type", "application/octet-stream").partition(";")[0].strip()
    return Arrived(answer.status_code, media_type)


def _batches(starts: range, size: int) -> list[range]:
    return [starts[at : at + size] for at in range(0, len(starts), size)]
