"""The rules after an edit: what of it holds, and what goes on as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postflow.routing import NO_RULES, Rejected, Rules, WatchFolder, load_rules, renewed, route
from tests.unit.routing.example import EXAMPLE, SECOND_SHOW, edited

BOTH = EXAMPLE + SECOND_SHOW
BEFORE = load_rules(BOTH)
LINES = BOTH.splitlines(keepends=True)
THIRD_SHOW = SECOND_SHOW.replace(".pub", ".spot").replace("PUB", "SPOT")
BROKEN_SECOND = SECOND_SHOW.replace('project = "PUB"', "project = 5")


def folders(rules: Rules, show: str) -> list[str]:
    return [watch.folder for watch in rules.shows[show].watch]


def test_a_sound_edit_holds_as_it_stands() -> None:
    text = BOTH.replace('project = "PUB"', 'project = "Spots"')
    after = renewed(text, BEFORE)
    assert after.rules == load_rules(text)
    assert (after.problems, after.kept, after.left_out, after.is_refused) == ((), (), (), False)


@pytest.mark.parametrize("text", ["", "shows = 1", "[shows.undlm", "# nothing\n"])
def test_what_is_no_toml_or_has_no_show_changes_nothing(text: str) -> None:
    after = renewed(text, BEFORE)
    assert after.rules is BEFORE
    assert after.is_refused
    assert after.problems
    assert after.kept == ("undlm", "pub")


def test_a_show_with_a_mistake_goes_on_as_it_was_and_the_others_as_they_are_written_now() -> None:
    after = renewed(edited(('"INBOX"', '"SORTING"')) + BROKEN_SECOND, BEFORE)
    assert after.rules.shows["pub"] == BEFORE.shows["pub"]
    assert after.rules.shows["undlm"] == load_rules(edited(('"INBOX"', '"SORTING"'))).shows["undlm"]
    assert (after.kept, after.left_out) == (("pub",), ())
    assert [problem.place for problem in after.problems] == ["shows.pub.project"]


def test_a_show_that_was_never_sound_is_left_out_and_its_files_are_not_anothers() -> None:
    after = renewed(EXAMPLE + BROKEN_SECOND)
    assert list(after.rules.shows) == ["undlm"]
    assert (after.kept, after.left_out) == ((), ("pub",))
    verdict = route(after.rules, "UNDLM/EXPORTS/PUB_01_cut.mov")
    assert isinstance(verdict, Rejected)
    assert verdict.why == "its path says PUB, which is another show"


def test_a_show_that_is_not_in_the_file_any_more_is_gone() -> None:
    after = renewed(EXAMPLE, BEFORE)
    assert list(after.rules.shows) == ["undlm"]
    assert after.kept == ()


def test_a_show_that_got_another_name_and_a_mistake_goes_on_under_its_own() -> None:
    after = renewed(EXAMPLE + BROKEN_SECOND.replace(".pub", ".spots"), BEFORE)
    assert list(after.rules.shows) == ["undlm", "pub"]
    assert (after.kept, after.left_out) == (("pub",), ("spots",))


def test_where_a_sound_show_now_has_the_folder_of_a_broken_one_the_sound_one_has_it() -> None:
    more = '[[shows.pub.watch]]\nfolder = "PUB/MORE"\ninclude = ["**/*.mov"]\n'
    two_folders = SECOND_SHOW + more
    before = load_rules(two_folders)
    third = THIRD_SHOW.replace("SPOT/EXPORTS", "PUB/EXPORTS/SPOTS")
    broken = two_folders.replace('project = "PUB"', "project = 5").replace("PUB/EXPORTS", "PUB/OTHERS")
    after = renewed(broken + third, before)
    assert folders(after.rules, "pub") == ["PUB/MORE"]
    assert folders(after.rules, "spot") == ["PUB/EXPORTS/SPOTS"]
    nothing_left = renewed(broken + third, load_rules(SECOND_SHOW))
    assert list(nothing_left.rules.shows) == ["spot"]
    assert nothing_left.left_out == ("pub",)


def test_a_channel_with_a_mistake_goes_on_as_it_was() -> None:
    text = BOTH.replace('webhook_env = "DISCORD_WEBHOOK_EDITORIAL"', 'webhook_env = "?"')
    after = renewed(text, BEFORE)
    assert after.rules.channels["editorial"] == BEFORE.channels["editorial"]
    assert after.problems


def test_a_mistake_outside_of_every_show_is_told_and_stops_none() -> None:
    after = renewed("colour = 3\n" + BOTH, BEFORE)
    assert after.rules == BEFORE
    assert [problem.place for problem in after.problems] == ["colour"]


@given(st.lists(st.tuples(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "twice", "cut"])), max_size=4))
def test_whatever_an_edit_damages_no_two_watch_folders_overlap_and_every_mistake_is_told(
    damages: list[tuple[int, str]],
) -> None:
    lines = list(LINES)
    for index, damage in damages:
        cut = lines[index][: len(lines[index]) // 2] + "\n"
        lines[index] = {"drop": "", "twice": lines[index] * 2, "cut": cut}[damage]
    after = renewed("".join(lines), BEFORE)
    assert after.problems or after.rules == load_rules("".join(lines))
    watched = [watch for _, watch in after.rules.watch_folders]
    assert not any(_overlap(one, other) for one in watched for other in watched if one is not other)
    for show in ("undlm", "pub"):
        in_file = any(line.startswith(f"[shows.{show}]") for line in lines)
        assert show in after.rules.shows or not in_file or show in after.left_out


@given(st.text())
def test_any_text_leaves_rules_in_force(text: str) -> None:
    assert renewed(text, BEFORE).rules.shows
    assert renewed(text, NO_RULES).problems


def _overlap(one: WatchFolder, other: WatchFolder) -> bool:
    a, b = f"{one.folder}/".lower(), f"{other.folder}/".lower()
    return a.startswith(b) or b.startswith(a)
