"""Fixtures for tests of the watcher."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher.database import Database
from watcher.seen import Seen


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def seen(database: Database) -> Seen:
    return Seen(database)
