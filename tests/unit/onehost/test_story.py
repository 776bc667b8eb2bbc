"""What each message means for somebody who watches."""

import pytest

from onehost.demo.story import Stage, Tone, duration, stage_of, told
from postflow.decoding import MESSAGES
from postflow.messages import (
    Condition,
    ConditionState,
    FilePlayable,
    FileReady,
    FileRejected,
    FileStale,
    FileSuperseded,
    FileWaiting,
    Message,
    Parked,
    Progress,
    Refusal,
)
from tests import examples
from tests.examples import AT, about_file

SIGNATURE = "sig"

FIELDS = about_file()
REJECTED = FileRejected.model_validate(FIELDS | {"why": "four digits", "expected": "UNDLM_00003"})
WAITING = FileWaiting.model_validate(FIELDS | {"waiting_for": "the mount"})
STALE = FileStale.model_validate(FIELDS | {"exposure": 1, "why": "cut off"})
PLAYABLE = FilePlayable.model_validate(FIELDS | {"asset_id": "a1", "view_url": "https://x.example/a1"})
SUPERSEDED = FileSuperseded.model_validate(FIELDS | {"why": "it was overwritten"})
PROGRESS = Progress(file_id=examples.ready().file_id, bytes_done=1, size_bytes=2, at=AT)
INBOX = FileReady.model_validate(
    about_file(destination=examples.destination(folder=("INBOX",), inbox_reason="it fits no pattern"))
)
NO_TUNNEL = examples.exposed(public_url=None, internal_url="http://fileserver:8080/x/abc/1/k/sig")
REFUSED = examples.exposed(public_url=None, refusal=Refusal(code="GONE", why="it is gone", what_to_do="Look for it."))
PARKED = Parked(
    durable="watcher", sequence=1, original_subject="x", code="X", why="it is odd", what_to_do="Retry it.", at=AT
)


def _condition(state: ConditionState) -> Condition:
    return Condition(
        name="tunnel", instance="a", state=state, what="the tunnel is down", what_to_do="Wait.", since=AT, at=AT
    )


WORDS: list[tuple[Message, str, str, Tone]] = [
    (examples.ready(), "ready", "complete, 1.0 kB; it goes to UNDLM / WIP_BYSHOT / SC01_SEQ_INTRO", Tone.PLAIN),
    (INBOX, "ready", "it goes to UNDLM / INBOX, because it fits no pattern", Tone.PLAIN),
    (examples.exposed(), "signed", "for this attempt alone", Tone.PLAIN),
    (NO_TUNNEL, "signed", "there is no public one now", Tone.PLAIN),
    (REFUSED, "refused", "it is gone. Look for it.", Tone.BAD),
    (STALE, "again", "another address is needed: cut off", Tone.PLAIN),
    (examples.delivered(), "verified", "all of it, 1.0 kB", Tone.GOOD),
    (PLAYABLE, "playable", "ready to watch", Tone.GOOD),
    (SUPERSEDED, "superseded", "it was overwritten", Tone.PLAIN),
    (examples.failed(), "failed", "it said no. Ask it why.", Tone.BAD),
    (REJECTED, "rejected", "four digits; right would be UNDLM_00003", Tone.BAD),
    (WAITING, "waiting", "for the mount", Tone.PLAIN),
    (_condition(ConditionState.RAISED), "trouble", "the tunnel is down. Wait.", Tone.BAD),
    (_condition(ConditionState.CLEARED), "all right", "the tunnel is down", Tone.GOOD),
    (PARKED, "parked", "watcher put a message aside: it is odd. Retry it.", Tone.BAD),
]


@pytest.mark.parametrize(("message", "step", "text", "tone"), WORDS)
def test_says_in_words_what_happened(message: Message, step: str, text: str, tone: Tone) -> None:
    said = told(message)
    assert said is not None
    assert (said.step, said.tone) == (step, tone)
    assert text in said.text


def test_shows_progress_in_another_way() -> None:
    assert told(PROGRESS) is None


@pytest.mark.parametrize("message", [examples.exposed(), NO_TUNNEL, REFUSED])
def test_never_shows_an_address_that_can_be_read(message: Message) -> None:
    said = told(message)
    assert said is not None
    assert SIGNATURE not in said.text.split("/")
    assert "http" not in said.text


@pytest.mark.parametrize(
    ("message", "stage"),
    [
        (examples.ready(), Stage.READY),
        (examples.exposed(), Stage.EXPOSED),
        (examples.delivered(), Stage.DELIVERED),
        (examples.failed(), Stage.ENDED),
        (SUPERSEDED, Stage.ENDED),
        (REJECTED, Stage.ENDED),
        (WAITING, None),
        (STALE, None),
    ],
)
def test_knows_how_far_a_file_has_come(message: Message, stage: Stage | None) -> None:
    assert stage_of(message) is stage


def test_has_words_for_every_kind_of_message() -> None:
    assert {type(message) for message, *_ in WORDS} | {Progress} == set(MESSAGES)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0042, "4 ms"),
        (0.0996, "0.10 s"),
        (4.6, "4.60 s"),
        (12.34, "12.3 s"),
        (99.99, "1 min 40 s"),
        (3600, "60 min 0 s"),
    ],
)
def test_says_durations_with_the_digits_that_matter(seconds: float, text: str) -> None:
    assert duration(seconds) == text
