"""The file of the rules, after it was read."""

import os
from pathlib import Path

import pytest

from tests.unit.watcher.examples import RULES, rules
from watcher.rules_file import RulesFile


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "postflow.toml"
    path.write_text(RULES)
    return path


def edit(file: Path, text: str) -> None:
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before, before + 1))


def test_as_it_was_read_it_is_well(file: Path) -> None:
    check = RulesFile(file, rules(), "1 show").check()
    assert (check.ok, check.detail, check.what_to_do) == (True, f"{file}: 1 show", "")


def test_an_edit_waits_for_a_restart(file: Path) -> None:
    kept = RulesFile(file, rules(), "1 show")
    edit(file, RULES.replace("SHOTS", "WIP"))
    assert kept.check().what_to_do == "Restart the watcher to use it."
    edit(file, RULES)
    assert kept.check().what_to_do == ""


def test_mistakes_in_an_edit_are_told_before_a_restart_finds_them(file: Path) -> None:
    kept = RulesFile(file, rules(), "1 show")
    edit(file, "[shows.undlm]\ncode = 5\n")
    check = kept.check()
    assert not check.ok
    assert "shows.undlm.code: found 5" in check.detail
    assert "; and " in check.detail
    assert check.what_to_do
    edit(file, RULES)
    assert kept.check().ok


def test_a_file_that_is_gone_is_told(file: Path) -> None:
    kept = RulesFile(file, rules(), "1 show")
    file.unlink()
    assert not kept.check().ok
