"""Who is remembered as the writer of a file, and for how long."""

import unicodedata

import pytest

from postflow.routing import Rules, read_rules
from tests.unit.watcher.examples import RULES
from watcher import writers
from watcher.writers import Writers

NAMED = read_rules(RULES.replace("[shows.undlm]\n", "[shows.undlm]\nname_writers = true\n"))[0]
UNNAMED = read_rules(RULES)[0]


def remembered(rules: Rules, *paths: str) -> Writers:
    made = Writers(lambda: rules)
    for path in paths:
        made.wrote(path, f"who wrote {path}")
    return made


def test_a_path_is_the_same_however_its_accents_are_spelled() -> None:
    path = "EXPORTS/Séquence.mov"
    found = remembered(NAMED, unicodedata.normalize("NFD", path)).of(unicodedata.normalize("NFC", path))
    assert found is not None


def test_the_last_writer_counts() -> None:
    made = remembered(NAMED, "EXPORTS/a.mov")
    made.wrote("EXPORTS/a.mov", "Ada")
    assert made.of("EXPORTS/a.mov") == "Ada"


@pytest.mark.parametrize("path", ["ELSEWHERE/a.mov", "EXPORTS/notes.txt"])
def test_of_files_that_nobody_watches_nobody_is_remembered(path: str) -> None:
    assert remembered(NAMED, path).of(path) is None


def test_rules_that_want_nobody_named_any_more_are_obeyed_at_once() -> None:
    rules = NAMED
    made = Writers(lambda: rules)
    made.wrote("EXPORTS/a.mov", "Ada")
    rules = UNNAMED
    assert made.of("EXPORTS/a.mov") is None


def test_only_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "MOST", 2)
    made = remembered(NAMED, "EXPORTS/a.mov", "EXPORTS/b.mov", "EXPORTS/a.mov", "EXPORTS/c.mov")
    assert [made.of(f"EXPORTS/{name}.mov") is not None for name in "abc"] == [True, False, True]
