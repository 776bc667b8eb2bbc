"""Edge: the mounted filespace: list and look. Reads names and dates only."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from postflow.errors import RetryableError
from postflow.routing import WHOLE_FILESPACE, folded
from watcher.guard.shown import Doubt
from watcher.selection import Kind
from watcher.stability import Look


class Unanswered(RetryableError):
    """The volume did not say. Nothing at all follows for what is there."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All of one folder; one that was cut short is no listing."""

    files: tuple[str, ...]
    folders: tuple[str, ...]
    others: tuple[tuple[str, Kind], ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at a path.

    Attributes:
        newest_ns: the later of mtime and ctime; a rename into place moves only the second.
    """

    kind: Kind
    look: Look
    newest_ns: int


class Guards(Protocol):
    def doubt(self) -> Doubt | None: ...

    def remember(self) -> None: ...


class Volume:
    """Paths are inside the filespace, `/` between their parts, `` for the root. Every call may block for seconds."""

    def __init__(self, root: Path, guard: Guards) -> None:
        self._root = str(root).rstrip("/")
        self._guard = guard

    def doubt(self) -> Doubt | None:
        """Why nothing may be concluded from what the volume shows; None if all is well."""
        return self._guard.doubt()

    def remember(self) -> None:
        """What we watch was found on it: another one in its place is not believed. Raises LedgerUnavailable."""
        self._guard.remember()

    def list(self, folder: str) -> Listing | None:
        """None if it says that there is no such folder. Raises Unanswered."""
        files, folders, others = [], [], []
        try:
            with os.scandir(self._absolute(folder)) as entries:
                for entry in entries:
                    if entry.is_file(follow_symlinks=False):
                        files.append(entry.name)
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                    else:
                        others.append((entry.name, Kind.LINK if entry.is_symlink() else Kind.OTHER))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unanswered(_reason(error)) from error
        if not folder and not (files or folders or others):
            raise Unanswered("the volume is empty: nothing is mounted there, or nothing is in it yet")
        return Listing(tuple(files), tuple(folders), tuple(others))

    def look(self, path: str) -> Sight | None:
        """None if it says that there is no such path. Raises Unanswered."""
        try:
            seen = os.lstat(self._absolute(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unanswered(_reason(error)) from error
        look = Look(seen.st_size, seen.st_mtime_ns, seen.st_ino)
        return Sight(_kind(seen.st_mode), look, max(seen.st_mtime_ns, seen.st_ctime_ns))

    def is_gone(self, path: str) -> bool:
        """Whether it is certain that there is no such path: the volume answers and is itself, and so is what is
        left of the folders above."""
        try:
            if self.look(path) is not None:
                return False
            above = path.rpartition("/")[0]
            while above and self.look(above) is None:
                above = above.rpartition("/")[0]
            if self.list(above) is None:
                return False
        except Unanswered:
            return False
        return self.doubt() is None

    def spelling(self, folder: str) -> str | None:
        """A folder of the rules as the volume spells it, whatever case and Unicode form the rules use; None if it is
        not there. Raises Unanswered."""
        if folder == WHOLE_FILESPACE:
            return ""
        if (sight := self.look(folder)) is not None and sight.kind is Kind.FOLDER:
            return folder
        here = ""
        for part in folder.split("/"):
            listing = self.list(here)
            names = sorted(listing.folders) if listing else []
            match = next((name for name in names if folded(name) == folded(part)), None)
            if match is None:
                return None
            here = f"{here}/{match}" if here else match
        return here

    def why_not_readable(self, path: str) -> str | None:
        """Opened and closed, not read."""
        try:
            os.close(os.open(self._absolute(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW))
        except OSError as error:
            return _reason(error)
        return None

    def inside(self, absolute: str) -> str | None:
        """The path inside the filespace of an absolute one."""
        return absolute[len(self._root) + 1 :] if absolute.startswith(self._root + "/") else None

    def outside(self, path: str) -> Path:
        return Path(self._absolute(path))

    def _absolute(self, path: str) -> str:
        return f"{self._root}/{path}"


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return Kind.FILE
    if stat.S_ISDIR(mode):
        return Kind.FOLDER
    return Kind.LINK if stat.S_ISLNK(mode) else Kind.OTHER


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
