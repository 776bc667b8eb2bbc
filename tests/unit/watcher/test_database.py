"""The SQLite file behind the ledger."""

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.database import FILE_NAME, MIGRATIONS, Database, LedgerUnavailable, LedgerUnusable
from watcher.rows import signed, unsigned_date


def test_it_is_made_with_the_schema_of_this_release_and_synced(database: Database) -> None:
    assert database.row("PRAGMA user_version") == (len(MIGRATIONS),)
    assert database.row("PRAGMA journal_mode") == ("wal",)
    assert database.row("PRAGMA synchronous") == (2,)


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    first = Database(tmp_path)
    with first.changing() as connection:
        connection.execute("INSERT INTO frontier VALUES ('a', 'b')")
    first.close()
    second = Database(tmp_path)
    assert second.rows("SELECT place FROM frontier") == [("a",)]
    second.close()


def test_a_change_that_breaks_off_is_undone(database: Database) -> None:
    with suppress(ZeroDivisionError), database.changing() as connection:
        connection.execute("INSERT INTO frontier VALUES ('a', 'b')")
        raise ZeroDivisionError
    assert database.rows("SELECT * FROM frontier") == []


def test_a_second_watcher_on_the_same_ledger_is_refused(database: Database, tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match="another watcher"):
        Database(tmp_path / "data")


def test_a_ledger_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(LedgerUnusable, match="newer release"):
        Database(tmp_path)


def test_a_damaged_ledger_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(LedgerUnusable, match="restore it from a backup"):
        Database(tmp_path)


def test_a_full_disk_is_said_and_passes(database: Database) -> None:
    (pages,) = database.rows("PRAGMA page_count")[0]
    database.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerUnavailable, match="full"), database.changing() as connection:
        connection.executemany("INSERT INTO frontier VALUES (?, '')", [(f"{number:0900}",) for number in range(100)])
    assert not database.check().ok
    assert "room" in database.check().what_to_do
    database.rows("PRAGMA max_page_count = 100000")
    with database.changing() as connection:
        connection.execute("INSERT INTO frontier VALUES ('a', 'b')")
    assert database.check().ok
    assert database.rows("SELECT place FROM frontier") == [("a",)]


@given(st.integers(0, 2**64 - 1))
def test_every_inode_fits(number: int) -> None:
    assert -(2**63) <= signed(number) < 2**63


@given(st.integers(-(2**61), 2**63 + 2**61))
def test_every_date_comes_back(mtime_ns: int) -> None:
    assert unsigned_date(signed(mtime_ns)) == mtime_ns
