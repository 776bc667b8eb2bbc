"""Edge: a volume of very many small films, for what only counts them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.integration.watcher_rig import shot

IN_A_FOLDER = 100
OLD_S = 1_700_000_000


def grow(volume: Path, files: int) -> None:
    """Make `EXPORTS` below the volume, with so many films in folders of a hundred."""
    exports = volume / "EXPORTS"
    for number in range(files):
        folder = exports / f"SQ{number // IN_A_FOLDER:04d}"
        if number % IN_A_FOLDER == 0:
            folder.mkdir(parents=True)
        film = folder / shot(number % IN_A_FOLDER + 1)
        film.write_bytes(b"film")
        os.utime(film, (OLD_S, OLD_S))


@contextmanager
def arriving(volume: Path) -> Iterator[Callable[[str], datetime]]:
    """Give what writes a film of some name below the volume, and says when it was written; afterwards they are gone.

    Each comes into another folder: where something has just come the watcher looks more often."""
    folders = sorted((volume / "EXPORTS").iterdir())
    written: list[Path] = []

    def write(name: str) -> datetime:
        film = folders[len(written) % len(folders)] / name
        written.append(film)
        film.write_bytes(b"film")
        return datetime.now(UTC)

    try:
        yield write
    finally:
        for film in written:
            film.unlink()
