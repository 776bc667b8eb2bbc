"""Edge: answers one request to the signed route: admits or refuses it, serves it, and tells what became of it."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from datetime import datetime

from opentelemetry.trace import SpanKind
from prometheus_client import Counter
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from fileserver.access_log import AccessLogUnavailable
from fileserver.admit import CHANGED, CROWDED, GONE, NOT_FOUND, UNAVAILABLE, Refused, admit
from fileserver.aside import Ledger
from fileserver.asking import asked_by
from fileserver.connection import Client
from fileserver.cors import preflight
from fileserver.exposure import Exposure
from fileserver.films import Films
from fileserver.lifetime import Moment
from fileserver.live import Live
from fileserver.opening import opened
from fileserver.outcome import Outcome, mark, tell
from fileserver.progress import Following
from fileserver.pull import Cut, Pull, RevisionChanged
from fileserver.racing import NobodyWaits, while_wanted
from fileserver.register import Register
from fileserver.replies import Headers, Reply, probed, refusal, reply
from fileserver.rotating import Keys
from fileserver.signing import Address
from fileserver.visit import Visit
from fileserver.volume import OpenFile, Volume
from postflow import attributes
from postflow.logs import get_logger, without_secrets
from postflow.telemetry import Telemetry

logger = get_logger(__name__)

MOST_PULLS = 64
"""Bodies that are sent at once: what bounds the memory of them all. The others wait their turn."""

BYTES = Counter("postflow_fileserver_bytes_sent_total", "Bytes of files that went out")


class Door:
    """The endpoint of the signed route.

    Args:
        probe: what stands behind an address that a probe of our own is asking for.
        also: headers of every answer.
    """

    def __init__(
        self,
        ledger: Ledger,
        volume: Volume,
        films: Films,
        keys: Keys,
        following: Following,
        telemetry: Telemetry,
        register: Register,
        clock: Callable[[], Moment],
        *,
        probe: Callable[[Address], bytes | None] = lambda _: None,
        also: Headers = (),
    ) -> None:
        self._ledger = ledger
        self._probe = probe
        self._also = also
        self._volume = volume
        self._films = films
        self._keys = keys
        self._following = following
        self._telemetry = telemetry
        self._register = register
        self._clock = clock
        self._pulling = asyncio.Semaphore(MOST_PULLS)
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._started(self._serve(asked_by(Request(scope)), Client(scope, receive, send, self._also)))

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
            self._register.probed(asked)
            return
        admitted = admit(asked.address, keys=self._keys, find=self._ledger.find, now=self._clock())
        live = self._about(asked.address.exposure_id, admitted)
        if live is None and isinstance(admitted, Refused):
            outcome = await self._turned_away(client, admitted, asked)
        else:
            assert live is not None, "only what is open is admitted"
            outcome = await self._traced(live, admitted, asked, client)
        tell(outcome, asked, live, time.monotonic() - started)

    async def _turned_away(self, client: Client, refused: Refused, asked: Visit) -> Outcome:
        """Somebody who asks for something that we never signed, or do not know any more."""
        outcome = await _refused(client, refused)
        if refused.status == NOT_FOUND:
            self._register.strange(asked, outcome)
        else:
            self._register.answered(None, asked, outcome)
        return outcome

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
                "user_agent.original": without_secrets(asked.facts().get("user_agent", "")),
                attributes.EXPOSURE: live.record.exposure,
            },
        ) as span:
            if isinstance(admitted, Refused):
                outcome = await _refused(client, admitted)
            elif not live.lets_in():
                outcome = await _refused(client, CROWDED)
            else:
                try:
                    outcome = await self._served(live, asked, client)
                finally:
                    live.leaves()
            if not outcome.is_registered:
                self._register.answered(live, asked, outcome)
            mark(span, outcome, live)
        return outcome

    async def _served(self, live: Live, asked: Visit, client: Client) -> Outcome:
        record = live.record
        if asked.method == "OPTIONS":
            return await _told(client, preflight())
        if asked.method == "GET" and live.was_asked_for(self._now()):
            self._following.asked_for(live)
            self._started(self._ledger.note(live))
        file = await opened(self._films, live, client)
        if isinstance(file, Refused):
            return await (self._changed(live, client) if file is CHANGED else _refused(client, file))
        with closing(file):
            wanted = reply(
                record,
                method=asked.method,
                asked_range=asked.asked_range,
                if_range=asked.if_range,
                conditions=asked.conditions,
            )
            if asked.method == "HEAD" or not wanted.has_body:
                return await _told(client, wanted)
            try:
                await while_wanted(live, client, self._pulling.acquire())
            except NobodyWaits as ended:
                return await _refused(client, ended.refused)
            try:
                return await self._registered(live, file, wanted, asked, client)
            finally:
                self._pulling.release()

    async def _registered(self, live: Live, file: OpenFile, wanted: Reply, asked: Visit, client: Client) -> Outcome:
        """Nothing of a film leaves that does not stand in the access log."""
        if live.over.is_set():
            return await _refused(client, Refused(GONE, "ended"))
        try:
            request = await self._register.begins(live, asked, wanted)
        except AccessLogUnavailable as error:
            refused = Refused(UNAVAILABLE, f"the access log cannot be written: {error}")
            return await _refused(client, refused)
        outcome = Outcome(wanted, is_registered=True)
        try:
            await self._pulled(live, file, wanted, client, outcome)
        finally:
            self._register.ends(request, live, asked, outcome)
        return outcome

    async def _pulled(self, live: Live, file: OpenFile, wanted: Reply, client: Client, outcome: Outcome) -> None:
        await client.begin(wanted)
        pull = Pull(live, file, wanted, client, self._volume, self._films, self._following, self._now)
        cut_by_us = False
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

    async def _changed(self, live: Live, client: Client) -> Outcome:
        """The file is not what was announced, and nothing of it is sent. What went out whole before stays good."""
        if not live.record.went_out_whole:
            await self._taint(live)
        return await _refused(client, CHANGED)

    async def _taint(self, live: Live) -> None:
        """Known and written down before the client can hear of anything."""
        live.taint()
        await self._ledger.note(live)

    def _now(self) -> datetime:
        return self._clock().at


async def _refused(client: Client, refused: Refused) -> Outcome:
    return await _told(client, refusal(refused), why=refused.why)


async def _told(client: Client, answer: Reply, *, why: str = "") -> Outcome:
    """Answer without a body."""
    await client.begin(answer)
    await client.take(b"", is_last=True)
    return Outcome(answer, why=why)
