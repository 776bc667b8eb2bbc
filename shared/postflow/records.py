"""Edge: typed records in a key-value bucket, changed by compare-and-set only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import nats.errors
from nats.js import errors as js_errors
from nats.js.kv import KeyValue
from pydantic import BaseModel

from postflow.errors import BusUnavailable, RecordConflict

R = TypeVar("R", bound=BaseModel)

_WRONG_LAST_SEQUENCE = (10071, 10164)
"""Error codes of nats-server; nats-py names them only for puts, not for deletes."""


_STREAM_NOT_FOUND = 10059


@dataclass(frozen=True, slots=True)
class Held(Generic[R]):
    """A record as it was at one revision. Whoever writes it back must still be at that revision."""

    value: R
    revision: int


class Records(Generic[R]):
    """One kind of record in one bucket.

    Every call raises BusUnavailable when NATS does not answer; a write may then have happened or not, which the
    next read tells.
    """

    def __init__(self, bucket: KeyValue, kind: type[R], written: Callable[[str], None] = lambda refused: None) -> None:
        """
        Args:
            written: told after each write why NATS did not take it, or nothing.
        """
        self._bucket = bucket
        self._kind = kind
        self._written = written

    async def get(self, key: str) -> Held[R] | None:
        with _translated(key):
            try:
                entry = await self._bucket.get(key)
            except js_errors.KeyNotFoundError as error:
                if _is_bucket_lost(error):
                    raise BusUnavailable("the bucket is not there any more") from error
                return None
        if entry.value is None or entry.revision is None:
            return None
        return Held(self._kind.model_validate_json(entry.value), entry.revision)

    async def create(self, key: str, value: R) -> Held[R]:
        """Raises RecordConflict when there is one already."""
        with _translated(key, self._written):
            revision = await self._bucket.create(key, _encoded(value))
        return Held(value, revision)

    async def update(self, key: str, value: R, *, held: Held[R]) -> Held[R]:
        """Raises RecordConflict when it is not at `held.revision` any more."""
        with _translated(key, self._written):
            revision = await self._bucket.update(key, _encoded(value), last=held.revision)
        return Held(value, revision)

    async def delete(self, key: str, *, held: Held[R]) -> None:
        """Raises RecordConflict when it is not at `held.revision` any more."""
        with _translated(key, self._written):
            await self._bucket.delete(key, last=held.revision)


def _is_bucket_lost(error: js_errors.KeyNotFoundError) -> bool:
    """nats-py says the same of a record and of a whole bucket that is not there; whoever takes a lost ledger for an
    empty one does everything anew."""
    return getattr(error.__context__, "err_code", None) == _STREAM_NOT_FOUND


def _encoded(value: BaseModel) -> bytes:
    return value.model_dump_json().encode()


@contextmanager
def _translated(key: str, written: Callable[[str], None] = lambda refused: None) -> Iterator[None]:
    try:
        yield
    except js_errors.BadRequestError as error:
        if isinstance(error, js_errors.KeyWrongLastSequenceError) or error.err_code in _WRONG_LAST_SEQUENCE:
            raise RecordConflict(f"{key} was changed by another writer") from error
        raise
    except (TimeoutError, nats.errors.Error, js_errors.Error, OSError) as error:
        written(reason(error))
        raise BusUnavailable(f"NATS did not take or give the record {key}: {reason(error)}") from error
    written("")


def reason(error: Exception) -> str:
    """In NATS' own words, if it has any."""
    return getattr(error, "description", None) or type(error).__name__
