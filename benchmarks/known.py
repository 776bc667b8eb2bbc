"""Edge: a volume of very many films, and a ledger of the watcher that knows all of them."""

import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from postflow.destination import Destination
from postflow.identity import file_id
from postflow.routing import load_rules
from tests.integration.watcher_rig import shot
from tests.unit.watcher.examples import RULES
from watcher.baseline_rows import begin_anew
from watcher.database import Database
from watcher.records import FileState, RevisionState
from watcher.seen import UPSERT_FILE

IN_A_BOX = 100
SIZE_BYTES, OLD_NS = 4096, 1_700_000_000 * 10**9
AT_ONCE = 10_000
AT = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
REVISION = """
    INSERT INTO revisions
        (file_id, path, attempt, state, destination, changed_at, released_at, ended_at, size_bytes, mtime_ns)
    VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Film:
    folder: str
    name: str
    inode: int

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


def grow(volume: Path, files: int, folders: int) -> Iterator[Film]:
    """Sparse films below `EXPORTS`, the same number in each folder, a hundred folders in one above."""
    each = files // folders
    for number in range(folders):
        folder = f"EXPORTS/BOX{number // IN_A_BOX:03d}/SQ{number:05d}"
        (volume / folder).mkdir(parents=True)
        for film in range(1, each + 1):
            yield Film(folder, shot(film), _made(volume / folder / shot(film)))


def know(data: Path, films: Iterable[Film]) -> None:
    """Every second one was delivered, the others were there before."""
    database = Database(data)
    every = iter(films)
    while some := list(itertools.islice(every, AT_ONCE)):
        with database.changing() as connection:
            _note(connection, some)
    with database.changing() as connection:
        watch_folders = [watch for _, watch in load_rules(RULES).watch_folders]
        begin_anew(connection, watch_folders, OLD_NS, "")
    database.close()


def _note(connection: sqlite3.Connection, films: list[Film]) -> None:
    delivered, left_alone = films[::2], films[1::2]
    ids = [file_id("local", film.path, SIZE_BYTES, OLD_NS) for film in delivered]
    connection.executemany(
        REVISION,
        [
            (one, film.path, RevisionState.DELIVERED, _destination(film), AT, AT, AT, SIZE_BYTES, OLD_NS)
            for one, film in zip(ids, delivered, strict=True)
        ],
    )
    rows: list[tuple[Film, FileState, str, str | None]]
    rows = [(film, FileState.RELEASED, "", one) for one, film in zip(ids, delivered, strict=True)]
    rows += [(film, FileState.IGNORED, "it was here before PostFlow", None) for film in left_alone]
    connection.executemany(
        UPSERT_FILE,
        [
            (film.folder, film.name, SIZE_BYTES, OLD_NS, film.inode, state, reason, one)
            for film, state, reason, one in rows
        ],
    )


def _made(film: Path) -> int:
    descriptor = os.open(film, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.ftruncate(descriptor, SIZE_BYTES)
        os.utime(descriptor, ns=(OLD_NS, OLD_NS))
        return os.fstat(descriptor).st_ino
    finally:
        os.close(descriptor)


def _destination(film: Film) -> str:
    folder = ("SHOTS", film.folder.rpartition("/")[2])
    to = {"show": "undlm", "route": "shots", "project": "Undlm", "folder": folder, "name": film.name}
    return Destination.model_validate(to).model_dump_json()
