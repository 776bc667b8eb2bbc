"""What is said of a project that the rules name."""

from datetime import UTC, datetime

from postflow.checks import Check
from postflow.questions import Target
from uploader.frameio.objects import Project
from uploader.frameio.reach import Sight, Tried, Us, check

AT = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
UNDLM = Project(id="p1", name="UNDLM", root_folder_id="r1")
WIP = Target(project="UNDLM", folder=("WIP", "BYSHOT"), shows=("undlm", "next"))
INBOX = Target(project="UNDLM", folder=("INBOX",), shows=("undlm",))
SEEN = Sight((UNDLM,), frozenset({"WIP", "INBOX"}))
US = Us("Ada", "Studio")


def said(sight: Sight, tried: Tried | None = None) -> Check:
    return check("UNDLM", [WIP, INBOX], sight, tried, US)


def test_a_project_that_nobody_sees_is_red_and_names_whom_to_invite() -> None:
    red = said(Sight(()))
    assert (red.ok, red.detail) == (
        False,
        "Ada sees no such project in Studio; the rules of undlm, next send files there",
    )
    assert "invite PostFlow's user Ada" in red.what_to_do


def test_folders_that_may_not_be_listed_are_red() -> None:
    red = said(Sight((UNDLM,), closed="Frame.io answered 403"))
    assert not red.ok
    assert red.what_to_do == "Give PostFlow's user Ada the editor role in it."


def test_a_project_that_is_there_is_well_and_not_more_is_claimed() -> None:
    well = said(SEEN)
    assert well == Check(
        True, "there; its folders can be listed; whether files are taken there shows with the first one"
    )


def test_a_refused_file_is_remembered_until_one_arrives() -> None:
    red = said(SEEN, Tried(AT, "Frame.io answered 403 to POST remote_upload"))
    assert not red.ok
    assert "a file was refused at 12:30 UTC" in red.detail
    assert "postflow retry --failed" in red.what_to_do
    assert said(SEEN, Tried(AT)).detail.endswith("a file arrived at 12:30 UTC")


def test_folders_that_are_not_there_yet_are_named() -> None:
    assert "made with the first file: WIP" in said(Sight((UNDLM,), frozenset({"INBOX"}))).detail
    assert "not listed yet" in said(Sight((UNDLM,))).detail


def test_two_of_one_name_and_an_inactive_one_are_worth_a_look() -> None:
    twice = said(Sight((UNDLM, UNDLM), SEEN.folders))
    assert twice.ok
    assert twice.what_to_do.startswith("Write its id")
    asleep = said(Sight((UNDLM.model_copy(update={"status": "inactive"}),), SEEN.folders))
    assert asleep.ok
    assert asleep.what_to_do.startswith("Activate it")
