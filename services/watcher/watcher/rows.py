"""Pure: rows of the ledger as records, and paths, looks and numbers as its columns hold them."""

from postflow.destination import Destination
from watcher.records import FileState, Known, RevisionState, Twin
from watcher.stability import Look


def signed(number: int) -> int:
    """A number of 64 bits as SQLite can hold it: inodes, and dates beyond the year 2262, use the last bit."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def unsigned_date(number: int) -> int:
    """The date behind a signed number; real dates before 1970 are small ones."""
    return number + (1 << 64) if number < -(1 << 62) else number


def split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def of_look(look: Look) -> tuple[int, int, int]:
    return signed(look.size_bytes), signed(look.mtime_ns), signed(look.inode)


def known_of(size_bytes: int, mtime_ns: int, state: str) -> Known:
    return Known(size_bytes, unsigned_date(mtime_ns), FileState(state))


def twin_of(
    folder: str, name: str, state: str, file_id: str | None, revision: str | None, destination: str | None
) -> Twin:
    return Twin(
        joined(folder, name),
        FileState(state),
        file_id,
        RevisionState(revision) if revision else None,
        Destination.model_validate_json(destination) if destination else None,
    )
