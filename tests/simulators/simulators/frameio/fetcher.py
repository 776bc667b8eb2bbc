"""Edge: fetches in the background what remote_upload was given, and stores what came, whatever it is."""

import asyncio
from dataclasses import dataclass, replace

import httpx

from simulators.frameio.assets import File
from simulators.frameio.faults import (
    DelayFetch,
    ErrorPage,
    NeverFetch,
    ResetFetch,
    SlowFetch,
    SlowProcessing,
    StallFetch,
    TruncateFetch,
)
from simulators.frameio.intake import Intake
from simulators.frameio.settings import Settings
from simulators.frameio.transfer import Arrived, FetchFailed, Manner, Stall, Transfer, TransferCut
from simulators.instants import Clock


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What will go wrong with one fetch."""

    never: NeverFetch | None = None
    delay: DelayFetch | None = None
    slow: SlowFetch | None = None
    reset: ResetFetch | None = None
    stall: StallFetch | None = None
    truncate: TruncateFetch | None = None
    error_page: ErrorPage | None = None
    processing: SlowProcessing | None = None


class Fetcher:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None
        self._kept_bytes = 0

    @property
    def under_way(self) -> int:
        return len(self._tasks)

    def start(self, file: File, settings: Settings, mishaps: Mishaps) -> None:
        if mishaps.never is not None:
            file.upload_failed = mishaps.never.upload_failed
            return
        task = asyncio.create_task(self._fetch(file, settings, mishaps))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def probe(self, file: File, settings: Settings) -> None:
        """Ask the source before the 202, as one documented answer suggests; a source that fails tells nothing."""
        transfer = Transfer(
            self._http(settings), file.source_url or "", _manner(settings), file.source_requests, self._clock
        )
        try:
            headers = await transfer.head()
        except (FetchFailed, TransferCut):
            return
        if settings.early_size:
            file.size = file.early_size = int(headers.get("content-length", 0))
        if settings.early_media_type:
            file.media_type = file.early_media_type = headers.get("content-type", "").partition(";")[0] or None

    async def idle(self) -> None:
        """Wait until no fetch is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def clear(self) -> None:
        """Break off every fetch."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._kept_bytes = 0

    async def aclose(self) -> None:
        await self.clear()
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _fetch(self, file: File, settings: Settings, mishaps: Mishaps) -> None:
        later_s = mishaps.delay.delay_s if mishaps.delay else 0.0
        await asyncio.sleep(settings.fetch_delay_s + later_s)
        settings = _as_it_goes(settings, mishaps)
        intake = Intake(settings.keep_bytes)
        if mishaps.error_page is not None:
            page = mishaps.error_page
            intake.take(page.body.encode())
            self._settle(file, intake, Arrived(page.status, page.media_type), settings)
            return
        try:
            intake, arrived = await self._transferred(file, settings, mishaps, intake)
        except FetchFailed as error:
            _fail(file, str(error))
        else:
            self._settle(file, intake, arrived, settings)

    async def _transferred(
        self, file: File, settings: Settings, mishaps: Mishaps, intake: Intake
    ) -> tuple[Intake, Arrived]:
        manner = _manner(settings, mishaps)
        if mishaps.reset is not None:
            await self._dropped(file, settings, replace(manner, drop_after_bytes=mishaps.reset.after_bytes))
        transfer = self._transfer(file, settings, manner)
        if settings.head_first:
            await transfer.head()
        try:
            return intake, await transfer.fetch(intake)
        except TransferCut as error:
            if settings.truncated == "fail":
                raise FetchFailed(str(error)) from error
            return intake, Arrived(200, _last_type(file))

    async def _dropped(self, file: File, settings: Settings, manner: Manner) -> None:
        try:
            await self._transfer(file, settings, manner).fetch(Intake(0))
        except TransferCut:
            return

    def _settle(self, file: File, intake: Intake, arrived: Arrived, settings: Settings) -> None:
        if arrived.status >= 300 and settings.error_answer == "fail":
            _fail(file, f"the source answered {arrived.status}")
            return
        file.size, file.sha256, file.media_type = intake.size, intake.sha256, arrived.media_type
        file.kept = self._kept(intake, settings)
        file.stored_at = self._clock()
        file.uploaded_at = file.stored_at + settings.uploaded_after_s
        file.transcoded_at = file.uploaded_at + settings.transcoded_after_s

    def _kept(self, intake: Intake, settings: Settings) -> bytes | None:
        if intake.kept is None or self._kept_bytes + intake.size > settings.keep_total_bytes:
            return None
        self._kept_bytes += intake.size
        return intake.kept

    def _transfer(self, file: File, settings: Settings, manner: Manner) -> Transfer:
        return Transfer(self._http(settings), file.source_url or "", manner, file.source_requests, self._clock)

    def _http(self, settings: Settings) -> httpx.AsyncClient:
        """No cookies of a session, no proxy of the environment, no redirect followed: none of it is documented."""
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=settings.fetch_timeout_s,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
                headers={"user-agent": "postflow-simulators"},
                trust_env=False,
            )
        return self._client


def _manner(settings: Settings, mishaps: Mishaps | None = None) -> Manner:
    manner = Manner(
        max_bytes=settings.max_upload_bytes,
        part_bytes=settings.part_bytes,
        parts_at_once=settings.parts_at_once,
        bytes_per_s=settings.fetch_bytes_per_s,
    )
    if mishaps is None:
        return manner
    if mishaps.slow is not None:
        manner = replace(manner, bytes_per_s=mishaps.slow.bytes_per_s)
    if mishaps.stall is not None:
        manner = replace(manner, stall=Stall(mishaps.stall.after_bytes, mishaps.stall.for_s))
    if mishaps.truncate is not None:
        manner = replace(manner, drop_after_bytes=mishaps.truncate.after_bytes)
    return manner


def _as_it_goes(settings: Settings, mishaps: Mishaps) -> Settings:
    """What a mishap says of its own file goes before the settings."""
    changed: dict[str, object] = {}
    if mishaps.truncate is not None and mishaps.truncate.store is not None:
        changed["truncated"] = "store" if mishaps.truncate.store else "fail"
    if mishaps.error_page is not None and mishaps.error_page.store is not None:
        changed["error_answer"] = "store" if mishaps.error_page.store else "fail"
    if mishaps.processing is not None:
        changed |= mishaps.processing.model_dump(include={"uploaded_after_s", "transcoded_after_s"}, exclude_none=True)
    return settings.model_copy(update=changed)


def _fail(file: File, reason: str) -> None:
    file.upload_failed = True
    file.failure = reason


def _last_type(file: File) -> str:
    return (file.source_requests[-1].content_type or "application/octet-stream").partition(";")[0]
