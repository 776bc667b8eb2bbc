"""Pure: what a card is, whatever stands on it."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import AwareDatetime

from postflow.destination import Frozen


class State(StrEnum):
    WAITING = "waiting"
    REJECTED = "rejected"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    DELIVERED = "delivered"
    PLAYABLE = "playable"
    PARKED = "parked"
    RAISED = "raised"
    CLEARED = "cleared"


class Line(Frozen):
    label: str
    text: str


class Card(Frozen):
    """
    Attributes:
        at: when what it tells became so.
        link: where its title leads, and its button.
        trace: where the file's way can be seen.
    """

    state: State
    attempt: int = 0
    at: AwareDatetime
    title: str
    says: str
    lines: tuple[Line, ...] = ()
    link: str | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What a channel should show.

    Attributes:
        key: of the story that the card tells; one story has one card.
        opens: worth a card of its own; else it only changes one that is there.
    """

    key: str
    channel: str
    card: Card
    opens: bool = True
