"""Pure: what the operator's desk asks about a ledger of the watcher that was lost, and the answer."""

from enum import StrEnum

from postflow.destination import Frozen

ASK_REBUILD = "postflow.ask.watcher.rebuild"


class Rebuild(StrEnum):
    """How far the rebuilding of a lost ledger is."""

    WHOLE = "whole"
    """Nothing was lost."""
    LOST = "lost"
    """Nobody has asked yet what would be done, or it could not be found out."""
    LOOKING = "looking"
    LOOKED = "looked"
    REBUILDING = "rebuilding"
    DONE = "done"


class RebuildStep(StrEnum):
    LOOK = "look"
    """Find out what would be done."""
    WAIT = "wait"
    """Only say how far it is."""
    GO = "go"
    """Do it. Only after a look, and by the word of a person."""


class RebuildQuestion(Frozen):
    """Make the watcher's ledger anew, if it was lost.

    Attributes:
        deliver_unknown: files that the stream knows nothing of count as new.
    """

    step: RebuildStep
    deliver_unknown: bool = False


class Stock(Frozen):
    """The files that are there, by what the stream tells of them.

    Attributes:
        delivered: as they are now.
        unfinished: released or waiting, and not ended.
        failed: they wait for a person.
        rejected: by the rules, as they are now.
        changed: since the stream told of their paths last.
        left_alone: the ledger, an older copy, has them as known without a delivery.
        unknown: the stream does not know their paths.
    """

    delivered: int = 0
    unfinished: int = 0
    failed: int = 0
    rejected: int = 0
    changed: int = 0
    left_alone: int = 0
    unknown: int = 0

    @property
    def files(self) -> int:
        return sum(self.model_dump().values())


class RebuildAnswer(Frozen):
    """
    Attributes:
        sequence: how far the stream is taken over.
        stock: what was counted so far.
        unanswered: how many folders or files gave no answer.
        problem: why it went no further; nothing is released.
    """

    state: Rebuild
    sequence: int = 0
    stock: Stock = Stock()
    unanswered: int = 0
    problem: str = ""
