"""Edge: what this machine's mount table says of a folder.

Source: Linux, proc(5), `mountinfo` and `fdinfo`. Other systems have no such table, and nothing is known there.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from postflow.mount_identity import Identity, is_fuse

TABLE = Path("/proc/self/mountinfo")

_ESCAPE = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """
    Attributes:
        at: where it is mounted.
        kind: the type of the filesystem, as `ext4` or `fuse.something`.
        source: what is mounted, in its own words.
        user_id: of a FUSE mount, who mounted it.
    """

    id: int
    at: str
    kind: str
    source: str
    is_read_only: bool
    allows_others: bool
    user_id: int | None

    @property
    def is_fuse(self) -> bool:
        return is_fuse(self.kind)

    @property
    def is_lucidlink(self) -> bool:
        """Whether it says so itself; another FUSE mount may be one too."""
        return self.is_fuse and "lucid" in f"{self.kind} {self.source}".lower()

    @property
    def is_closed_to_us(self) -> bool:
        """A FUSE mount is for nobody but who made it, not even for root, unless it allows others."""
        return self.is_fuse and not self.allows_others and self.user_id not in (None, os.getuid())

    def __str__(self) -> str:
        kind = f"LucidLink ({self.kind})" if self.is_lucidlink else self.kind
        facts = [f"{kind} at {self.at}", "read-only" if self.is_read_only else "writable"]
        if self.is_fuse:
            facts.append("allow_other" if self.allows_others else f"for uid {self.user_id} alone")
        return ", ".join(facts)


def mount_of(folder: Path) -> Mount | None:
    """The mount that a folder is on; None where nobody can tell. May block as long as the mount does."""
    try:
        mount_id = _mount_id(folder)
        table = TABLE.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    return next((mount for mount in parsed(table) if mount.id == mount_id), None)


def identity_of(folder: Path) -> Identity | None:
    """What the mount is that a folder is on, in words that can be written down; None where nobody can tell. May block
    as long as the mount does."""
    mount = mount_of(folder)
    return Identity(mount.kind, _writable(mount.source)) if mount is not None else None


def open_to_us(mount: Mount | None) -> str:
    """What to do so that we may read it, if it is the mount itself that keeps us out; else empty."""
    if mount is None or not mount.is_closed_to_us:
        return ""
    return (
        f"It is mounted for uid {mount.user_id} alone, and this is uid {os.getuid()}: mount it with allow_other, or "
        f"let the service be uid {mount.user_id}."
    )


def parsed(table: str) -> Iterator[Mount]:
    """Lines that are no mounts are left out."""
    for line in table.splitlines():
        before, separator, after = line.partition(" - ")
        fields, filesystem = before.split(" "), after.split(" ")
        if separator and len(fields) >= 6 and len(filesystem) >= 3:
            with suppress(ValueError):
                yield _mount(fields, filesystem)


def _mount(fields: list[str], filesystem: list[str]) -> Mount:
    options = dict(option.partition("=")[::2] for option in filesystem[2].split(","))
    user_id = options.get("user_id")
    return Mount(
        id=int(fields[0]),
        at=_plain(fields[4]),
        kind=filesystem[0],
        source=_plain(filesystem[1]),
        is_read_only="ro" in fields[5].split(",") or "ro" in options,
        allows_others="allow_other" in options,
        user_id=int(user_id) if user_id is not None else None,
    )


def _mount_id(folder: Path) -> int | None:
    """Opened as a place only: no right to read it is needed, and nothing is asked of what is mounted there."""
    if not hasattr(os, "O_PATH"):
        return None
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text()
    finally:
        os.close(descriptor)
    found = re.search(r"^mnt_id:\s*(\d+)$", facts, re.MULTILINE)
    return int(found[1]) if found else None


def _plain(escaped: str) -> str:
    """Spaces and their like are written as octal numbers."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)), escaped)


def _writable(text: str) -> str:
    """Bytes that are no UTF-8 stand there as Python would write them."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
