"""Edge: may this user list the folders of a mount, and open what is in them? Tried with a few files, none is read.

A mount can be listed by whoever may see it, and its files may still belong to somebody else alone. Opening is enough
to know: on a filespace each byte that is read has to be fetched first.
"""

import errno
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_FOLDERS = 20
"""Of those that are given."""
MOST_LISTED = 8
"""Folders that are looked into for a file, in and below each of them."""
MOST_ENTRIES = 200
"""Of one folder."""
MOST_TRIED = 3
"""Files that are refused, until a folder's are believed not to be for us."""

NOBODY_ANSWERS = (errno.ENOTCONN, errno.ESTALE, errno.ENODEV, errno.ESHUTDOWN)
"""What a FUSE mount says whose daemon has died."""

_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Rights:
    """
    Attributes:
        refused: what this user may not do, in words; empty when all is well.
        opened: a file that could be opened, from the root; empty when none was found.
    """

    refused: tuple[str, ...] = ()
    opened: str = ""


def rights(root: Path, folders: Iterable[str]) -> Rights:
    """Look at some files in and below each folder. May block as long as the mount does.

    Args:
        folders: from the root, `` for the root itself. What is not there, or gives no answer, says nothing of rights.
    """
    refused: list[str] = []
    opened = ""
    for folder in list(folders)[:MOST_FOLDERS]:
        found = _of(root, folder)
        refused += found.refused
        opened = opened or found.opened
    return Rights(tuple(refused), opened)


def what_to_do(error: OSError | None = None) -> str:
    """
    Args:
        error: what the mount answered; none: that it is not for us.
    """
    if error is not None and error.errno in NOBODY_ANSWERS:
        return "Start the filespace's client again: it is mounted there, and nobody answers for it any more."
    return f"Let uid {os.getuid()} read it: a FUSE mount needs allow_other, or the service the uid of who may."


def _of(root: Path, folder: str) -> Rights:
    refused: list[str] = []
    try:
        for path in _files(root, folder):
            try:
                os.close(os.open(root / path, _OPEN))
            except PermissionError as error:
                refused.append(f"{path} may not be opened: {error.strerror}")
            except OSError:
                continue
            else:
                return Rights(opened=path)
            if len(refused) == MOST_TRIED:
                break
    except PermissionError as error:
        return Rights((f"{folder or root} may not be listed: {error.strerror}",))
    return Rights(tuple(refused[:1]))


def _files(root: Path, folder: str) -> Iterator[str]:
    """A few files, those nearest to the folder first. Raises PermissionError if the folder itself is closed."""
    files, folders = _listed(root, folder)
    yield from files
    deeper = deque(folders)
    for _ in range(MOST_LISTED - 1):
        if deeper:
            files, folders = _listed_if_open(root, deeper.popleft())
            deeper.extend(folders)
            yield from files


def _listed_if_open(root: Path, folder: str) -> tuple[list[str], list[str]]:
    """A folder below may be closed for good reasons."""
    try:
        return _listed(root, folder)
    except PermissionError:
        return [], []


def _listed(root: Path, folder: str) -> tuple[list[str], list[str]]:
    """Files and folders that are not hidden, of the first few; none if there is no such folder, or no answer."""
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(root / folder) as entries:
            for entry, _ in zip(entries, range(MOST_ENTRIES), strict=False):
                if entry.name.startswith((".", "~")):
                    continue
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_file(follow_symlinks=False):
                    files.append(path)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(path)
    except PermissionError:
        raise
    except OSError:
        return [], []
    return sorted(files), sorted(folders)


def why_not_writable(variable: str, folder: Path) -> list[str]:
    """What is wrong with a folder that a setting names, as its problem; it is made if it is not there. Empty if all
    is well."""
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        who = f"uid {os.getuid()}"
        return [f"{variable}: {folder} is not writable by {who}: {error.strerror}; give the folder to {who}"]
    return []
