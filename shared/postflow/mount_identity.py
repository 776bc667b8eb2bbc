"""Pure: what is mounted somewhere, told apart from what was mounted there before."""

from dataclasses import dataclass


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
        return is_fuse(self.kind) or ":" in self.source or self.source.startswith("//")

    @property
    def _name(self) -> str:
        """The source, where it names something that lasts: a disk may be another device after each start."""
        return self.source if self.is_shared and not self.source.startswith("/dev/") else ""

    def __str__(self) -> str:
        return f"{self.kind} ({self.source})" if self.source else self.kind


def is_fuse(kind: str) -> bool:
    """Whether a filesystem of this type is one in user space."""
    return kind == "fuse" or kind.startswith("fuse.")


def is_another(before: Identity | None, now: Identity | None) -> bool:
    """Whether something else is mounted now, as far as anybody can tell.

    Args:
        before, now: None where nobody can tell, or nothing is remembered.
    """
    return before is not None and now is not None and not before.is_same(now)
