"""Pure: what the volume shows of itself, and a doubt about it."""

from dataclasses import dataclass

from postflow.mount_identity import Identity


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the volume is not believed now.

    Attributes:
        is_alarming: False for a volume that may just be new.
        is_of_canary: it can be read, and shows something else than it should.
    """

    why: str
    what_to_do: str
    is_alarming: bool = True
    is_of_canary: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the volume showed when it was asked.

    Attributes:
        errno: why its root cannot be listed; 0 if it can.
        has_canary: whether the path that must be there is there; True if there is none.
        identity: None where nobody can tell.
    """

    errno: int
    is_empty: bool
    has_canary: bool
    identity: Identity | None
