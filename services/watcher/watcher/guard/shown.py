"""Pure: what the volume shows of itself, what is remembered of it, and a doubt about it."""

from dataclasses import dataclass


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
class Identity:
    """What is mounted.

    Attributes:
        kind: the type of the filesystem, as `ext4` or `fuse.something`.
        source: what is mounted, in its own words.
    """

    kind: str
    source: str

    def is_same(self, other: "Identity") -> bool:
        return (self.kind, self._name) == (other.kind, other._name)

    @property
    def is_shared(self) -> bool:
        """Whether other machines write to it, for all that is known: a FUSE mount, or one over the network."""
        is_fuse = self.kind == "fuse" or self.kind.startswith("fuse.")
        return is_fuse or ":" in self.source or self.source.startswith("//")

    @property
    def _name(self) -> str:
        """The source, where it names something that lasts: a disk may be another device after each start."""
        return self.source if self.is_shared and not self.source.startswith("/dev/") else ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.source})" if self.source else self.kind


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
