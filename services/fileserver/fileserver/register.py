"""Edge: what the access log is told of each request; `docs/security.md` has its fields in words.

A line never holds an address, a signature or an exposure's id. What strangers say of themselves is cut short and
freed of anything that looks like one.
"""

import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from fileserver.crowd import Crowd
from fileserver.live import Live
from fileserver.outcome import Outcome
from fileserver.replies import Reply
from fileserver.visit import Visit
from postflow.logs import without_secrets

Fields = dict[str, object]


class Log(Protocol):
    def soon(self, fields: Fields) -> None: ...

    async def now(self, fields: Fields) -> None:
        """Raises AccessLogUnavailable."""


class Register:
    """To be used from one event loop."""

    def __init__(
        self, log: Log, now: Callable[[], datetime], *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._now = now
        self._monotonic = monotonic
        self._crowds = {event: Crowd() for event in ("answered", "refused", "strange")}

    async def begins(self, live: Live, asked: Visit, wanted: Reply) -> str:
        """A body is about to be sent; what the line of its end has in common with this one.

        Raises:
            AccessLogUnavailable: it must not be sent.
        """
        request = secrets.token_hex(8)
        granted = {"status": wanted.status, "start": wanted.start, "length": wanted.length}
        await self._log.now(self._entry("begins", asked) | {"request": request} | _file(live) | granted)
        return request

    def ends(self, request: str, live: Live, asked: Visit, outcome: Outcome) -> None:
        self._log.soon(self._entry("ends", asked) | {"request": request} | _file(live) | _result(outcome))

    def answered(self, live: Live | None, asked: Visit, outcome: Outcome) -> None:
        """Without anything of a film, at an address that we signed; `live` is None if we do not know it any more."""
        event = "refused" if outcome.why else "answered"
        about = _file(live) if live is not None else {}
        self._in_a_crowd(event, lambda: self._entry(event, asked) | about | _result(outcome))

    def probed(self, asked: Visit) -> None:
        self._log.soon(self._entry("probe", asked))

    def strange(self, asked: Visit, outcome: Outcome) -> None:
        """Of something that we never signed."""
        self._in_a_crowd("strange", lambda: self._entry("strange", asked, is_ours=False) | _result(outcome))

    def _in_a_crowd(self, event: str, entry: Callable[[], Fields]) -> None:
        """Where nothing of a film leaves, nobody who asks again and again may fill the disk."""
        if self._crowds[event].gets_a_line(self._monotonic()):
            self._log.soon(entry())

    def sum_up(self) -> None:
        """To be called now and then: of those that got no line of their own."""
        for event, crowd in self._crowds.items():
            if count := crowd.count():
                self._log.soon({"event": event, "at": self._at(), "count": count})

    def tells(self, event: str) -> None:
        """Something that is no request."""
        self._log.soon({"event": event, "at": self._at()})

    def _entry(self, event: str, asked: Visit, *, is_ours: bool = True) -> Fields:
        entry: Fields = {"event": event, "at": self._at()}
        if is_ours:
            entry["key"] = asked.address.key_id
        return entry | {name: without_secrets(value) for name, value in asked.facts().items()}

    def _at(self) -> str:
        return self._now().isoformat(timespec="milliseconds")


def _file(live: Live) -> Fields:
    record = live.record
    return {
        "file_id": record.file_id,
        "path": record.path,
        "attempt": record.attempt,
        "exposure": record.exposure,
        "size_bytes": record.size_bytes,
    }


def _result(outcome: Outcome) -> Fields:
    told: Fields = {"status": outcome.reply.status, "bytes_sent": outcome.sent_bytes}
    if outcome.why:
        told |= {"why": outcome.why, "cut": outcome.is_cut}
    return told
