"""Edge: walks the bucket `deliveries` in the order in which it was written, one row at a time.

Neither `keys()` nor a watch: both hold all keys of a bucket that grows for years. A row that is written again moves to
the end, so whoever remembers how far he came sees every change, and never all of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import RawStreamMsg
from nats.js.client import JetStreamContext

from postflow.errors import BusUnavailable

DELETED = ("DEL", "PURGE")


@dataclass(frozen=True, slots=True)
class Row:
    """
    Attributes:
        value: None of a marker, which says that the key was deleted.
    """

    key: str
    revision: int
    written_at: datetime
    value: bytes | None


class Rows:
    """Every call raises BusUnavailable when NATS does not answer."""

    def __init__(self, jetstream: JetStreamContext, bucket: str) -> None:
        self._jetstream = jetstream
        self._stream = f"KV_{bucket}"
        self._prefix = f"$KV.{bucket}."

    async def after(self, revision: int) -> Row | None:
        """The next row that was written after this one."""
        with _translated():
            try:
                return self._row(await self._jetstream.get_msg(self._stream, seq=revision + 1, subject=">", next=True))
            except js_errors.NotFoundError:
                return None

    async def get(self, key: str) -> Row | None:
        with _translated():
            try:
                return self._row(await self._jetstream.get_msg(self._stream, subject=self._prefix + key))
            except js_errors.NotFoundError:
                return None

    async def forget(self, marker: Row) -> None:
        """Remove a marker itself; whatever was written to its key since then stays."""
        with _translated():
            await self._jetstream.purge_stream(self._stream, subject=self._prefix + marker.key, seq=marker.revision + 1)

    def _row(self, raw: RawStreamMsg) -> Row:
        assert raw.subject is not None
        assert raw.seq is not None
        assert raw.time is not None
        is_marker = (raw.headers or {}).get("KV-Operation") in DELETED
        value = None if is_marker else raw.data or b""
        return Row(raw.subject.removeprefix(self._prefix), raw.seq, raw.time, value)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (TimeoutError, nats.errors.Error, js_errors.Error, OSError) as error:
        raise BusUnavailable(f"NATS does not let the ledger be walked: {type(error).__name__}") from error
