import unicodedata

import pytest

from postflow.destination import Destination
from postflow.routing import Rejected, Routed, Unwatched, load_rules, route
from tests.unit.routing.example import EXAMPLE, inside

RULES = load_rules(EXAMPLE)


def delivered(path: str) -> Destination:
    outcome = route(RULES, inside(path))
    assert isinstance(outcome, Routed), outcome
    return outcome.destination


def refused(path: str) -> Rejected:
    outcome = route(RULES, inside(path))
    assert isinstance(outcome, Rejected), outcome
    return outcome


@pytest.mark.parametrize(
    ("path", "folder", "version", "to"),
    [
        pytest.param("SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov", "WIP_BYSHOT/SC01_SEQ_INTRO", 1, "shots", id="shot"),
        pytest.param("UNDLM_00412_comp_v002.mov", "WIP_BYSHOT/SC21_SEQ_ATTIC", 2, "shots", id="task"),
        pytest.param("UNDLM_00412_v002.mov", "WIP_BYSHOT/SC21_SEQ_ATTIC", 2, "shots", id="plain"),
        pytest.param("UNDLM_00412_V002.mov", "WIP_BYSHOT/SC21_SEQ_ATTIC", 2, "shots", id="upper-case-version"),
        pytest.param("SQ01_ALL/SQ01_UNDLM_v010.mov", "WIP_BYSHOT/SC01_SEQ_INTRO/ALL", 10, "cuts", id="cut"),
        pytest.param("UNDLM_00001_MASTER_v003.mxf", "SC01_SEQ_INTRO/master", 3, "finals", id="final"),
        pytest.param("any/where/undlm_reel2_20260114.mov", "EDITORIAL/REEL_2", None, "reels", id="regex"),
    ],
)
def test_serves_the_names_of_the_studio(path: str, folder: str, version: int | None, to: str) -> None:
    destination = delivered(path)
    assert "/".join(destination.folder) == folder
    assert (destination.show, destination.route, destination.version) == ("undlm", to, version)
    assert destination.inbox_reason is None


def test_resolves_every_field_of_a_name_with_and_without_a_sequence() -> None:
    with_sequence = delivered("SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov")
    assert with_sequence.fields == {
        "show": "UNDLM",
        "sq": "SQ01",
        "shot": "00003",
        "version": "001",
        "ext": "mov",
        "scene": "01",
        "sequence": "INTRO",
    }
    assert with_sequence.name == "SQ01_UNDLM_00003_v001.mov"
    assert (with_sequence.project, with_sequence.channel) == ("UNDLM", "default")
    without = delivered("UNDLM_00412_comp_v002.mov")
    assert without.fields.keys() == with_sequence.fields.keys() | {"task"}


@pytest.mark.parametrize("shot", [1, 20, 21, 516])
def test_knows_the_scene_of_every_shot(shot: int) -> None:
    assert delivered(f"UNDLM_{shot:05d}_v001.mov").fields["scene"]


@pytest.mark.parametrize("sequence", range(1, 26))
def test_knows_all_scenes(sequence: int) -> None:
    path = f"SQ{sequence:02d}/UNDLM_00003/SQ{sequence:02d}_UNDLM_00003_v001.mov"
    assert delivered(path).fields["scene"] == f"{sequence:02d}"


RIGHT = "SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov"


@pytest.mark.parametrize(
    ("path", "why", "expected"),
    [
        pytest.param(
            "SQ02/UNDLM_00003/SQ01_UNDLM_00003_v001.mov",
            "it is in SQ02/UNDLM_00003, its name belongs in SQ01/UNDLM_00003",
            RIGHT,
            id="wrong-scene-folder",
        ),
        pytest.param(
            "SQ01/UNDLM_00004/SQ01_UNDLM_00003_v001.mov",
            "it is in SQ01/UNDLM_00004, its name belongs in SQ01/UNDLM_00003",
            RIGHT,
            id="wrong-shot-folder",
        ),
        pytest.param(
            "SQ01_UNDLM_00003_v001.mov",
            "it is at the top of the watch folder, its name belongs in SQ01/UNDLM_00003",
            RIGHT,
            id="no-folder",
        ),
        pytest.param(
            "old/SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov",
            "it is in old/SQ01/UNDLM_00003, its name belongs in SQ01/UNDLM_00003",
            RIGHT,
            id="too-deep",
        ),
        pytest.param(
            "SQ01/UNDLM_0003/SQ01_UNDLM_0003_v001.mov",
            "shot needs 5 digits, like 00003; found 0003",
            RIGHT,
            id="too-few-digits",
        ),
        pytest.param(
            "SQ01/UNDLM_00003/SQ01_UNDLM_000003_v001.mov",
            "shot needs 5 digits, like 00003; found 000003",
            RIGHT,
            id="too-many-digits",
        ),
        pytest.param(
            "SQ01/UNDLM_0003/SQ01_UNDLM_00003_v001.mov",
            "it is in SQ01/UNDLM_0003, its name belongs in SQ01/UNDLM_00003",
            RIGHT,
            id="digits-of-the-folder",
        ),
        pytest.param(
            "SQ01/UNDLM_00003/SQ01_UNDLM_3_V1.mov",
            "shot needs 5 digits, like 00003; found 3; version needs 3 digits, like 001; found 1",
            RIGHT,
            id="two-mistakes",
        ),
        pytest.param(
            "UNDLM_123456_v001.mov",
            "shot needs 5 digits, like 00001; found 123456",
            "UNDLM_{shot}_v001.mov",
            id="no-such-number",
        ),
        pytest.param(
            "SQ01/UNDLM_00412_v002.mov",
            "it is in SQ01, its name belongs at the top of the watch folder",
            "UNDLM_00412_v002.mov",
            id="belongs-at-the-top",
        ),
        pytest.param(
            "SQ99/UNDLM_00003/SQ99_UNDLM_00003_v001.mov",
            "sq SQ99 is not in the table scenes",
            "one like SQ19, SQ09, or a line for SQ99 in the table scenes",
            id="unknown-sequence",
        ),
        pytest.param(
            "UNDLM_00999_v001.mov",
            "shot 00999 is not in the table shots",
            "one like 00493-00516, 00472-00492, 00452-00471, or a line for 00999 in the table shots",
            id="unknown-shot",
        ),
    ],
)
def test_refuses_what_nearly_fits_with_the_right_form(path: str, why: str, expected: str) -> None:
    rejected = refused(path)
    assert (rejected.why, rejected.expected) == (why, expected)
    assert (rejected.show, rejected.channel) == ("undlm", "default")


def test_quotes_a_wrong_name_in_the_spelling_of_the_artist() -> None:
    assert refused("undlm_412_Comp_v002.mov").expected == "UNDLM_00412_Comp_v002.mov"


def test_sends_what_fits_no_pattern_to_the_inbox_with_the_reason() -> None:
    destination = delivered("lunch with cécile.mov")
    assert (destination.route, destination.folder) == ("inbox", ("INBOX",))
    assert destination.name == "lunch with cécile.mov"
    assert destination.fields == {"show": "UNDLM", "ext": "mov"}
    assert destination.inbox_reason is not None
    assert destination.inbox_reason.startswith("it fits no naming pattern; expected a name like SQ01/UNDLM_00003/")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("elsewhere/UNDLM_00412_v002.mov", "outside every watch folder"),
        ("UNDLM/EXPORTS.mov", "outside every watch folder"),
        ("UNDLM/EXPORTS/UNDLM_00412_v002.exr", "included by none of **/*.mov, **/*.mp4, **/*.mxf"),
        ("UNDLM/EXPORTS/SQ01/_OLD/x/UNDLM_00412_v002.mov", "excluded by **/_old/**"),
        ("UNDLM/EXPORTS/../secret.mov", "not a path inside the filespace"),
        ("/UNDLM/EXPORTS/UNDLM_00412_v002.mov", "not a path inside the filespace"),
        ("", "not a path inside the filespace"),
    ],
)
def test_says_why_a_path_does_not_count(path: str, reason: str) -> None:
    outcome = route(RULES, path)
    assert isinstance(outcome, Unwatched)
    assert outcome.reason == reason


def test_gives_the_channels_without_a_secret() -> None:
    assert {name: channel.webhook_env for name, channel in RULES.channels.items()} == {
        "default": "DISCORD_WEBHOOK_URL",
        "editorial": "DISCORD_WEBHOOK_EDITORIAL",
    }


def test_takes_every_unicode_form_and_answers_in_nfc() -> None:
    decomposed = unicodedata.normalize("NFD", "Été.mov")
    assert delivered(decomposed).name == "Été.mov"
