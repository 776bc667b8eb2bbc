"""What becomes of a file that has stopped changing."""

from datetime import timedelta

import pytest

from postflow.decoding import decode
from postflow.destination import Lane
from postflow.messages import FileFailed, FileReady, FileRejected, FileSuperseded, Message
from tests.unit.watcher.examples import RULES, SHOT, look, rules, sighting
from tests.unit.watcher.fakes import START, FakeVolume
from watcher.database import Database
from watcher.fuse import Fuse
from watcher.records import FileState, Released, RevisionState
from watcher.release import Decision, Release
from watcher.seen import Seen
from watcher.stability import Look
from watcher.turned import Turned

AT = START + timedelta(seconds=20)
MOVED = "EXPORTS/SQ01/UNDLM_00003_v001.mov"


class Desk:
    """The handler between a real ledger and a volume in memory."""

    def __init__(self, seen: Seen, database: Database, text: str = RULES) -> None:
        self.seen = seen
        self.volume = FakeVolume({SHOT: 100})
        self.unproved: set[str] = set()
        self.asked: list[str] = []
        self.turned = Turned(database, Fuse(), self.volume.is_gone)
        self.use(text)

    def use(self, text: str) -> None:
        self.rules = rules(text)
        parts = (lambda: self.rules, self.seen, self.volume, self.turned)
        self.release = Release(*parts, filespace="local", large_bytes=1000, proved=self.proved)

    def proved(self, path: str, _: Look) -> bool:
        self.asked.append(path)
        return path not in self.unproved

    def decide(self, path: str = SHOT, **changed: int) -> Decision:
        return self.release.decide(sighting(path, **changed), AT)

    def told(self) -> list[Message]:
        pairs = [(one, decode(one.subject, one.payload)) for one in self.seen.unsent(100)]
        self.seen.sent(pairs, AT)
        return [message for _, message in pairs]

    def end(self, ready: Message, state: RevisionState) -> None:
        assert isinstance(ready, FileReady)
        told = {"why": "", "service": "uploader", "code": "X", "what_to_do": ""}
        kind = FileFailed if state is RevisionState.FAILED else FileSuperseded
        self.seen.end(kind.model_validate(ready.model_dump() | told), state, reason="")

    def known_as(self, path: str) -> FileState | None:
        known = self.seen.known(path)
        return known.state if known else None


@pytest.fixture
def desk(seen: Seen, database: Database) -> Desk:
    return Desk(seen, database)


def test_a_file_that_is_not_proved_to_be_whole_is_decided_about_later(desk: Desk) -> None:
    desk.unproved.add(SHOT)
    assert desk.decide() is Decision.UNPROVED
    assert (desk.told(), desk.known_as(SHOT)) == ([], None)
    desk.unproved.clear()
    assert desk.decide() is Decision.RELEASED


def test_nobody_looks_into_a_file_that_would_not_be_sent_anyway(desk: Desk) -> None:
    desk.unproved |= {"EXPORTS/nonsense.mov", SHOT}
    assert desk.decide("EXPORTS/nonsense.mov") is Decision.REJECTED
    desk.unproved.clear()
    desk.decide()
    desk.asked.clear()
    assert desk.decide() is Decision.KNOWN
    assert desk.asked == []


def test_a_new_revision_is_released_with_where_it_goes(desk: Desk) -> None:
    assert desk.decide() is Decision.RELEASED
    (ready,) = desk.told()
    assert isinstance(ready, FileReady)
    assert (ready.path, ready.attempt, ready.lane, ready.changed_at, ready.at) == (SHOT, 1, Lane.SMALL, START, AT)
    assert (ready.destination.folder, ready.destination.name) == (("SHOTS", "00003"), "UNDLM_00003_v001.mov")
    assert desk.known_as(SHOT) is FileState.RELEASED


@pytest.mark.parametrize(("size_bytes", "lane"), [(999, Lane.SMALL), (1000, Lane.LARGE)])
def test_the_lane_depends_on_the_size(desk: Desk, size_bytes: int, lane: Lane) -> None:
    desk.decide(size_bytes=size_bytes)
    (ready,) = desk.told()
    assert isinstance(ready, FileReady)
    assert ready.lane is lane


def test_the_same_revision_is_not_released_twice(desk: Desk) -> None:
    desk.decide()
    assert desk.decide() is Decision.KNOWN
    assert len(desk.told()) == 1
    assert desk.decide() is Decision.KNOWN
    assert desk.told() == []


def test_an_overwritten_file_is_a_second_revision_even_while_the_first_is_underway(desk: Desk) -> None:
    desk.decide()
    assert desk.decide(size_bytes=200) is Decision.RELEASED
    first, second = desk.told()
    assert isinstance(first, FileReady)
    assert isinstance(second, FileReady)
    assert first.file_id != second.file_id
    assert desk.seen.revision(first.file_id) == Released(1, RevisionState.READY)


def test_a_file_that_was_put_back_as_it_was_delivered_is_not_sent_again(desk: Desk) -> None:
    desk.decide()
    (first,) = desk.told()
    desk.end(first, RevisionState.DELIVERED)
    desk.decide(size_bytes=200)
    assert desk.decide() is Decision.KNOWN
    assert len(desk.told()) == 1


@pytest.mark.parametrize("state", [RevisionState.SUPERSEDED, RevisionState.FAILED])
def test_a_file_that_is_back_though_its_attempt_ended_without_delivery_is_the_next_attempt(
    desk: Desk, state: RevisionState
) -> None:
    desk.decide()
    (first,) = desk.told()
    desk.end(first, state)
    assert desk.decide() is Decision.RELEASED
    (second,) = desk.told()
    assert isinstance(second, FileReady)
    assert second.attempt == 2


def test_a_file_that_was_left_alone_is_so_under_any_unicode_form_of_its_path(desk: Desk) -> None:
    nfc, nfd = "EXPORTS/é/UNDLM_00003_v001.mov", "EXPORTS/e\u0301/UNDLM_00003_v001.mov"
    desk.seen.keep(nfc, look(), FileState.IGNORED, reason="it was here before")
    desk.volume.sizes = {nfc: 100, nfd: 100}
    assert desk.decide(nfd) is Decision.KNOWN
    assert desk.decide(nfc) is Decision.KNOWN
    assert desk.decide(nfd, size_bytes=200) is Decision.RELEASED


def test_a_name_that_fits_nothing_is_rejected_with_what_would_be_right(desk: Desk) -> None:
    assert desk.decide("EXPORTS/UNDLM_003_v001.mov") is Decision.REJECTED
    (rejected,) = desk.told()
    assert isinstance(rejected, FileRejected)
    assert "5 digits" in rejected.why + rejected.expected
    assert rejected.channel == "default"
    assert desk.known_as("EXPORTS/UNDLM_003_v001.mov") is FileState.REJECTED


def test_a_name_with_a_newline_is_rejected_not_sent(desk: Desk) -> None:
    assert desk.decide("EXPORTS/UNDLM_00003_v001\n.mov") is Decision.REJECTED


def test_a_path_that_is_watched_no_more_is_left_alone(desk: Desk) -> None:
    assert desk.decide("EXPORTS/drafts/UNDLM_00003_v001.mov") is Decision.UNWATCHED
    assert desk.told() == []


def test_rejected_files_are_judged_again_when_the_rules_say_otherwise(desk: Desk) -> None:
    short, odd = "EXPORTS/UNDLM_003_v001.mov", "EXPORTS/odd name.mov"
    desk.decide(short)
    desk.decide(odd)
    desk.told()
    assert desk.release.judge_again(desk.rules) == []
    desk.use(RULES.replace("{shot:5d}", "{shot:3d}").replace("UNDLM_00003_v001", "UNDLM_003_v001"))
    assert len(desk.release.judge_again(desk.rules)) == 2
    assert desk.known_as(short) is FileState.WAITING
    assert desk.decide(short) is Decision.RELEASED
    assert desk.decide(odd) is Decision.REJECTED


class TestMoves:
    """Old path gone, same name, size and date, same place in Frame.io, and delivered."""

    def delivered(self, desk: Desk) -> None:
        desk.decide()
        (ready,) = desk.told()
        desk.end(ready, RevisionState.DELIVERED)
        del desk.volume.sizes[SHOT]

    def test_a_delivered_file_that_was_moved_is_not_sent_again(self, desk: Desk) -> None:
        self.delivered(desk)
        assert desk.decide(MOVED) is Decision.MOVED
        assert desk.told() == []
        assert desk.known_as(MOVED) is FileState.MOVED
        assert desk.known_as(SHOT) is None

    def test_it_may_be_moved_on_and_back(self, desk: Desk) -> None:
        self.delivered(desk)
        desk.decide(MOVED)
        assert desk.decide("EXPORTS/SQ02/UNDLM_00003_v001.mov") is Decision.MOVED
        assert desk.decide() is Decision.KNOWN
        assert desk.told() == []

    def test_a_file_that_was_here_before_is_still_left_alone_when_moved(self, desk: Desk) -> None:
        desk.seen.keep(SHOT, look(), FileState.IGNORED, reason="it was here before")
        del desk.volume.sizes[SHOT]
        assert desk.decide(MOVED) is Decision.MOVED

    def test_a_copy_is_sent(self, desk: Desk) -> None:
        self.delivered(desk)
        desk.volume.sizes[SHOT] = 100
        assert desk.decide(MOVED) is Decision.RELEASED

    def test_only_one_of_two_copies_takes_the_old_ones_place(self, desk: Desk) -> None:
        self.delivered(desk)
        assert desk.decide(MOVED) is Decision.MOVED
        desk.volume.sizes[MOVED] = 100
        assert desk.decide("EXPORTS/SQ02/UNDLM_00003_v001.mov") is Decision.RELEASED

    def test_it_is_sent_if_the_old_one_is_still_underway(self, desk: Desk) -> None:
        desk.decide()
        del desk.volume.sizes[SHOT]
        assert desk.decide(MOVED) is Decision.RELEASED
        assert len(desk.told()) == 2

    def test_it_is_sent_if_it_goes_somewhere_else_now(self, desk: Desk) -> None:
        self.delivered(desk)
        desk.use(RULES.replace("SHOTS/{shot}", "OTHER/{shot}"))
        assert desk.decide(MOVED) is Decision.RELEASED

    def test_it_is_sent_if_its_date_is_another(self, desk: Desk) -> None:
        self.delivered(desk)
        assert desk.decide(MOVED, mtime_ns=5) is Decision.RELEASED

    @pytest.mark.parametrize("mute", [SHOT, "EXPORTS"])
    def test_it_is_sent_if_nobody_can_say_that_the_old_one_is_gone(self, desk: Desk, mute: str) -> None:
        self.delivered(desk)
        desk.volume.mute = {SHOT, mute}
        assert desk.decide(MOVED) is Decision.RELEASED
