"""Where the rules send files, as far as it is the same for all of them."""

from postflow.questions import Target
from postflow.routing import Rules
from tests.unit.watcher.examples import RULES, rules
from watcher.ruled import targets

INBOX = """
[shows.undlm.inbox]
project = "Sorting"
folder = ""
"""
SECOND = RULES.replace("undlm", "next").replace("UNDLM", "NEXT").replace("EXPORTS", "E2").replace("MASTERS", "M2")


def test_folders_are_told_up_to_the_first_that_depends_on_the_file() -> None:
    assert targets(rules()) == (Target(project="Undlm", folder=("SHOTS",), shows=("undlm",)),)
    deep = rules(RULES.replace("SHOTS/{shot}", "WIP/BY SHOT/SC{shot}/x"))
    assert targets(deep)[0].folder == ("WIP", "BY SHOT")


def test_an_inbox_may_have_a_project_of_its_own_and_the_root_is_no_folder() -> None:
    assert targets(rules(RULES + INBOX))[1:] == (Target(project="Sorting", shows=("undlm",)),)


def test_what_several_shows_share_is_told_once() -> None:
    assert targets(rules(RULES + SECOND)) == (Target(project="Undlm", folder=("SHOTS",), shows=("undlm", "next")),)


def test_without_shows_there_is_nothing_to_tell() -> None:
    assert targets(Rules()) == ()
