"""The file of the rules, edited while they are in force."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from postflow.errors import RetryableError
from postflow.routing import InForce, Rules, load_rules, renewed
from postflow.rules_file import MOST_NAMED, RulesFile, content_of
from tests.unit.routing.example import SECOND_SHOW
from tests.unit.watcher.examples import RULES

EDITED = RULES.replace("SHOTS", "WIP")
BROKEN = SECOND_SHOW.replace('project = "PUB"', "project = 5")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "postflow.toml"
    path.write_text(RULES)
    return path


def opened(path: Path) -> RulesFile:
    content = content_of(path)
    state = renewed(content.text)
    return RulesFile(path, content, state, InForce(state.rules))


async def edit(file: RulesFile, path: Path, text: str) -> None:
    path.write_text(text)
    await file.look()
    await file.look()


async def test_as_it_was_read_it_is_well(path: Path) -> None:
    file = opened(path)
    await file.look()
    assert (file.check().ok, file.check().detail, file.check().what_to_do) == (
        True,
        f"{path}: 1 show, 2 watch folders",
        "",
    )


def in_place(path: Path) -> None:
    before = path.stat().st_mtime_ns
    path.write_text(EDITED)
    os.utime(path, ns=(before, before))


def replaced(path: Path) -> None:
    other = path.with_name(".postflow.toml.swp")
    other.write_text(EDITED)
    other.replace(path)


@pytest.mark.parametrize("save", [in_place, replaced])
async def test_an_edit_is_taken_when_two_looks_have_found_the_same(path: Path, save: Callable[[Path], None]) -> None:
    file = opened(path)
    save(path)
    await file.look()
    assert file.rules() == load_rules(RULES)
    await file.look()
    assert file.rules() == load_rules(EDITED)
    assert file.check().ok


async def test_a_file_that_is_half_written_is_not_taken(path: Path) -> None:
    file = opened(path)
    path.write_text(EDITED[:200])
    await file.look()
    path.write_text(EDITED)
    await file.look()
    await file.look()
    assert file.check().ok
    assert file.rules() == load_rules(EDITED)


async def test_a_file_that_is_missing_while_it_is_replaced_is_no_trouble(path: Path) -> None:
    file = opened(path)
    path.unlink()
    await file.look()
    assert file.check().ok
    path.write_text(EDITED)
    await file.look()
    await file.look()
    assert file.rules() == load_rules(EDITED)


async def test_an_edit_with_mistakes_is_refused_with_all_of_them_and_told_once(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = opened(path)
    await edit(file, path, "[shows.undlm]\ncode = 5\n")
    await file.look()
    check = file.check()
    assert not check.ok
    places = ("code", "project", "watch", "patterns", "routes")
    assert all(f"shows.undlm.{place}: found" in check.detail for place in places)
    assert check.what_to_do == (
        "Correct it; it is read again by itself. "
        "Until then show undlm by the rules of before; the rest of the file holds."
    )
    assert file.rules() == load_rules(RULES)
    assert capsys.readouterr().out.count("shows.undlm.code: found 5") == 1
    await edit(file, path, RULES)
    assert file.check().ok


async def test_what_is_no_toml_concerns_the_whole_file(path: Path) -> None:
    file = opened(path)
    await edit(file, path, RULES + "\n[shows.")
    assert file.check().what_to_do.endswith("Until then the rules of before hold.")
    assert file.rules() == load_rules(RULES)


async def test_a_show_with_a_mistake_stops_no_other(path: Path) -> None:
    file = opened(path)
    await edit(file, path, EDITED + BROKEN)
    assert file.rules().shows == load_rules(EDITED).shows
    assert "nothing is sent of show pub; the rest of the file holds" in file.check().what_to_do


async def test_of_very_many_mistakes_the_line_names_the_first_and_the_log_all(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = opened(path)
    await edit(file, path, "".join(f"colour_{number} = 1\n" for number in range(30)) + RULES)
    assert file.check().detail.count("an unknown key") == MOST_NAMED
    assert file.check().detail.endswith("; and 10 more")
    assert capsys.readouterr().out.count("a mistake in the rules") >= 30


async def test_a_file_that_is_gone_is_told_and_the_rules_stay(path: Path) -> None:
    file = opened(path)
    path.unlink()
    await file.look()
    await file.look()
    assert not file.check().ok
    assert "there is no file" in file.check().detail
    assert file.rules() == load_rules(RULES)
    await edit(file, path, RULES)
    assert file.check().ok


async def test_who_cannot_take_an_edit_now_is_asked_again(path: Path) -> None:
    file = opened(path)
    refused = [RetryableError("the ledger failed")]

    async def adopt(rules: Rules) -> None:
        if refused:
            raise refused.pop()
        file.rules.put(rules)

    file.when_edited(adopt)
    await edit(file, path, EDITED)
    assert "it was edited since, and that waits: the ledger failed" in file.check().detail
    await file.look()
    assert file.rules() == load_rules(EDITED)
    assert "waits" not in file.check().detail
