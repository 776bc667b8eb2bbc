"""Edge: the watcher's reader: how each attempt ended, into the ledger."""

from collections.abc import Callable, Sequence
from typing import Protocol

from postflow.logs import get_logger
from postflow.messages import FileEnded
from postflow.reading import Delivery
from watcher.asking import Ask
from watcher.records import RevisionState
from watcher.told import ending_of

logger = get_logger(__name__)


class Ledger(Protocol):
    """Every call raises LedgerUnavailable; the message then comes again."""

    def end(self, ended: FileEnded, state: RevisionState, *, reason: str) -> bool: ...

    def is_current(self, path: str, file_id: str) -> bool: ...

    def reopen(self, paths: Sequence[str]) -> None: ...

    def forget(self, path: str) -> None: ...


class Volume(Protocol):
    def is_gone(self, path: str) -> bool: ...


class Endings:
    """The handler. Run twice, it does the same again.

    Args:
        look_again: takes the ending after which something must be decided about the path anew.
    """

    def __init__(
        self, ledger: Ledger, volume: Volume, look_again: Callable[[FileEnded], None], *, filespace: str, ask: Ask
    ) -> None:
        self._ledger = ledger
        self._volume = volume
        self._look_again = look_again
        self._filespace = filespace
        self._ask = ask

    async def __call__(self, delivery: Delivery) -> None:
        message = delivery.message
        if not isinstance(message, FileEnded) or message.filespace != self._filespace:
            logger.debug("not about a file of ours", action="not_ours", subject=message.subject)
            return
        if await self._ask(self._note, message):
            self._look_again(message)
        logger.info("ended", action="ended", file_id=message.file_id, path=message.path, state=message.state)

    def _note(self, message: FileEnded) -> bool:
        """Whether to look at the path again."""
        state, reason = ending_of(message)
        if not self._ledger.end(message, state, reason=reason):
            return False
        match state:
            case RevisionState.SUPERSEDED:
                return self._superseded(message)
            case RevisionState.FAILED:
                return self._failed(message)
        return False

    def _superseded(self, message: FileEnded) -> bool:
        """If we know of no newer revision there is one to be seen, or what took this one's place did not stay."""
        if not self._ledger.is_current(message.path, message.file_id):
            return False
        self._ledger.reopen([message.path])
        return True

    def _failed(self, message: FileEnded) -> bool:
        """What failed waits for a person; if it is gone it is forgotten, so that it counts when it comes back."""
        is_current = self._ledger.is_current(message.path, message.file_id)
        if not is_current or not self._volume.is_gone(message.path):
            return False
        self._ledger.forget(message.path)
        return True
