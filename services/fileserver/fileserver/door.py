"""Edge: answers one request to the signed route: admits or refuses it, serves it, and tells what became of it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import Counter
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from fileserver.admit import CHANGED, CONFLICT, GONE, NOT_FOUND, UNAVAILABLE, Refused, admit
from fileserver.connection import Client
from fileserver.exposure import Exposure
from fileserver.exposures import Exposures
from fileserver.live import Live
from fileserver.progress import Following
from fileserver.pull import Cut, Pull, RevisionChanged
from fileserver.replies import UNSATISFIABLE, Reply, probed, refusal, reply
from fileserver.signing import Address, Keyring
from fileserver.visit import Visit, visit
from fileserver.volume import DiskTrouble, FileGone, NotReadable, OpenFile, Revision, Volume, VolumeAway
from postflow import attributes
from postflow.logs import get_logger, without_secrets
from postflow.telemetry import Telemetry

logger = get_logger(__name__)

MOST_PULLS = 64
"""Bodies that are sent at once: what bounds the memory of them all. The others wait their turn."""

REQUESTS = Counter("postflow_fileserver_requests_total", "Requests to the signed route", ["method", "status"])
BYTES = Counter("postflow_fileserver_bytes_sent_total", "Bytes of files that went out")


@dataclass(slots=True)
class Outcome:
    """What became of a request.

    Attributes:
        why: why it was refused or cut; empty when all went well.
    """

    reply: Reply
    sent_bytes: int = 0
    why: str = ""
    is_cut: bool = False


class Door:
    """The endpoint of the signed route.

    Args:
        probe: what stands behind an address that a probe of our own is asking for.
    """

    def __init__(
        self,
        ledger: Exposures,
        volume: Volume,
        keyring: Keyring,
        following: Following,
        telemetry: Telemetry,
        now: Callable[[], datetime],
        *,
        probe: Callable[[Address], bytes | None] = lambda _: None,
    ) -> None:
        self._ledger = ledger
        self._probe = probe
        self._volume = volume
        self._keyring = keyring
        self._following = following
        self._telemetry = telemetry
        self._now = now
        self._pulling = asyncio.Semaphore(MOST_PULLS)
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._started(self._serve(_visit(Request(scope)), Client(scope, receive, send)))

    async def closed(self, patience_s: float) -> None:
        """Wait until every request has told what became of it; uvicorn does not wait for those it cancels."""
        if self._running:
            await asyncio.wait(self._running, timeout=patience_s)

    def _started(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _serve(self, asked: Visit, client: Client) -> None:
        started = time.monotonic()
        content = self._probe(asked.address)
        if content is not None:
            await client.begin(probed(len(content)))
            await client.take(content, is_last=True)
            return
        admitted = admit(asked.address, keyring=self._keyring, find=self._open_record, now=self._now())
        live = self._about(asked.address.exposure_id, admitted)
        if live is None and isinstance(admitted, Refused):
            outcome = await _refused(client, admitted)
        else:
            assert live is not None, "only what is open is admitted"
            outcome = await self._traced(live, admitted, asked, client)
        _tell(outcome, asked, live, time.monotonic() - started)

    def _about(self, exposure_id: str, admitted: Exposure | Refused) -> Live | None:
        """Which exposure a signed address is about, also after its end. An unsigned one is about nothing."""
        if isinstance(admitted, Refused) and admitted.status == NOT_FOUND:
            return None
        return self._ledger.find(exposure_id) or self._ledger.ended_lately(exposure_id)

    async def _traced(self, live: Live, admitted: Exposure | Refused, asked: Visit, client: Client) -> Outcome:
        """Serve or refuse inside a span of the file's trace."""
        with self._telemetry.stage(
            f"{asked.method} /x",
            file_id=live.record.file_id,
            attempt=live.record.attempt,
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": asked.method,
                "user_agent.original": without_secrets(asked.user_agent[:200]),
                attributes.EXPOSURE: live.record.exposure,
            },
        ) as span:
            if isinstance(admitted, Refused):
                outcome = await _refused(client, admitted)
            else:
                outcome = await self._served(live, asked, client)
            _mark(span, outcome, live)
        return outcome

    async def _served(self, live: Live, asked: Visit, client: Client) -> Outcome:
        record = live.record
        if asked.method == "GET" and live.was_asked_for(self._now()):
            self._following.asked_for(live)
            self._started(self._ledger.note(live))
        try:
            file = await self._volume.open(record.path)
        except FileGone:
            return await self._changed(live, client)
        except NotReadable as error:
            return await _refused(client, Refused(CONFLICT, f"not readable: {error}"))
        except (VolumeAway, DiskTrouble) as error:
            return await _refused(client, Refused(UNAVAILABLE, f"the volume: {error}"))
        with closing(file):
            if file.revision != Revision(record.size_bytes, record.mtime_ns):
                return await self._changed(live, client)
            wanted = reply(record, method=asked.method, asked_range=asked.asked_range, if_range=asked.if_range)
            if asked.method == "HEAD" or wanted.status == UNSATISFIABLE:
                return await _told(client, wanted)
            async with self._pulling:
                return await self._pulled(live, file, wanted, client)

    async def _pulled(self, live: Live, file: OpenFile, wanted: Reply, client: Client) -> Outcome:
        if live.over.is_set():
            return await _refused(client, Refused(GONE, "ended"))
        await client.begin(wanted)
        pull = Pull(live, file, wanted, client, self._volume, self._following, self._now)
        outcome, cut_by_us = Outcome(wanted), False
        if live.begins_a_pull():
            self._started(self._ledger.note(live))
        try:
            await pull.run()
        except Cut as cut:
            if isinstance(cut, RevisionChanged):
                await self._taint(live)
            outcome.why, outcome.is_cut = cut.why, True
            await client.drop()
        except asyncio.CancelledError:  # only the end of the service cancels; what was sent is still written down
            outcome.why, outcome.is_cut, cut_by_us = "the service is stopping", True, True
            await client.drop()
        finally:
            live.ends_a_pull(cut_by_us=cut_by_us)
            outcome.sent_bytes = pull.sent_bytes
            BYTES.inc(pull.sent_bytes)
            await self._ledger.note(live)
        return outcome

    async def _changed(self, live: Live, client: Client) -> Outcome:
        """The file is not what was announced, and nothing of it is sent. What went out whole before stays good."""
        if not live.record.went_out_whole:
            await self._taint(live)
        return await _refused(client, CHANGED)

    async def _taint(self, live: Live) -> None:
        """Known and written down before the client can hear of anything."""
        live.taint()
        await self._ledger.note(live)

    def _open_record(self, exposure_id: str) -> Exposure | None:
        return live.record if (live := self._ledger.find(exposure_id)) else None


def _visit(request: Request) -> Visit:
    """A path that is spelled with escapes is not one of ours: the address in it counts for nothing."""
    parts = request.path_params
    is_plain = request.scope.get("raw_path", b"") == request.scope["path"].encode(errors="replace")
    return visit(
        request.method,
        Address(parts["exposure_id"], parts["expires"], parts["key_id"], parts["signature"] if is_plain else ""),
        peer=request.client.host if request.client else "",
        headers=((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw),
    )


async def _refused(client: Client, refused: Refused) -> Outcome:
    return await _told(client, refusal(refused), why=refused.why)


async def _told(client: Client, answer: Reply, *, why: str = "") -> Outcome:
    """Answer without a body."""
    await client.begin(answer)
    await client.take(b"", is_last=True)
    return Outcome(answer, why=why)


def _mark(span: Span, outcome: Outcome, live: Live) -> None:
    span.set_attributes(
        {
            "http.response.status_code": outcome.reply.status,
            attributes.RANGE_START: outcome.reply.start,
            attributes.RANGE_BYTES: outcome.reply.length,
            attributes.BYTES_SENT: outcome.sent_bytes,
            attributes.CUT: outcome.is_cut,
            attributes.TAINTED: live.record.tainted,
        }
    )
    if outcome.why:
        span.set_status(Status(StatusCode.ERROR, outcome.why))


def _tell(outcome: Outcome, asked: Visit, live: Live | None, elapsed_s: float) -> None:
    """One line for each request. Of addresses that we never signed there may be any number: those are for DEBUG."""
    REQUESTS.labels(asked.method, str(outcome.reply.status)).inc()
    facts: dict[str, object] = {"status": outcome.reply.status, "bytes_sent": outcome.sent_bytes, **asked.facts()}
    facts["elapsed_s"] = round(elapsed_s, 3)
    if live is not None:
        facts |= {"file_id": live.record.file_id, "path": live.record.path, "exposure": live.record.exposure}
    if outcome.is_cut:
        logger.warning("cut", action="request_cut", why=outcome.why, **facts)
    elif outcome.why:
        say = logger.debug if live is None else logger.info
        say("refused", action="request_refused", why=outcome.why, **facts)
    else:
        logger.info("answered", action="request_answered", **facts)
