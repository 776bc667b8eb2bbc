"""Pure: what the console sees of NATS."""

from postflow.destination import Frozen
from postflow.pauses import Pauses


class JetStream(Frozen):
    stored_bytes: int
    limit_bytes: int | None
    """None when nobody said."""


class Stream(Frozen):
    messages: int
    stored_bytes: int


class Backlog(Frozen):
    """
    Attributes:
        unread: messages that its readers have not been given.
        in_hand: those that they have and did not settle.
    """

    name: str
    unread: int
    in_hand: int


class Facts(Frozen):
    """Without JetStream or stream the rest is empty."""

    version: tuple[int, ...]
    version_text: str
    jetstream: JetStream | None = None
    stream: Stream | None = None
    durables: tuple[Backlog, ...] = ()
    buckets: tuple[str, ...] = ()
    parked: int = 0
    pauses: Pauses = Pauses()
