"""The ledger, on a real SQLite file."""

from datetime import datetime
from pathlib import Path

import pytest

from postflow.decoding import decode
from postflow.identity import file_id
from postflow.messages import FileDelivered, FileReady, FileRejected, FileSuperseded, FileWaiting
from tests.examples import about_file, delivered, failed, ready
from tests.unit.watcher.examples import SHOT, look
from tests.unit.watcher.fakes import START
from watcher.database import Database
from watcher.records import FileState, Known, Released, RevisionState
from watcher.seen import Seen
from watcher.stability import Look


def shot(**changed: object) -> FileReady:
    return ready(path=SHOT, size_bytes=look().size_bytes, mtime_ns=look().mtime_ns, **changed)


def about_shot(**changed: object) -> dict[str, object]:
    return about_file(path=SHOT, size_bytes=look().size_bytes, mtime_ns=look().mtime_ns, **changed)


def superseded(**changed: object) -> FileSuperseded:
    return FileSuperseded.model_validate(about_shot(why="a newer one", **changed))


def publish_all(seen: Seen) -> list[object]:
    messages = [(one, decode(one.subject, one.payload)) for one in seen.unsent(100)]
    seen.sent(messages, START)
    return [message for _, message in messages]


def test_a_new_path_is_waited_for_and_counts_as_undecided(seen: Seen) -> None:
    seen.wait_for([(SHOT, look()), ("top.mov", look())])
    assert seen.known_in("EXPORTS") == {
        "UNDLM_00003_v001.mov": Known(look().size_bytes, look().mtime_ns, FileState.WAITING)
    }
    assert seen.known_in("") == {"top.mov": Known(look().size_bytes, look().mtime_ns, FileState.WAITING)}
    known = seen.known(SHOT)
    assert known is not None
    assert known.decided is None
    assert seen.count() == 2


def test_that_a_revision_waits_for_long_is_told_once(seen: Seen) -> None:
    waiting = FileWaiting.model_validate(about_shot(attempt=0, waiting_for="its writer"))
    assert seen.tell_waiting(waiting)
    assert not seen.tell_waiting(waiting)
    assert publish_all(seen) == [waiting]
    assert not seen.tell_waiting(waiting)
    assert publish_all(seen) == []


def test_waiting_for_a_path_leaves_what_was_decided_about_it(seen: Seen) -> None:
    seen.keep(SHOT, look(), FileState.IGNORED, reason="")
    seen.wait_for([(SHOT, look(200))])
    known = seen.known(SHOT)
    assert known is not None
    assert known.decided == (look().size_bytes, look().mtime_ns)
    seen.forget_waiting([SHOT])
    assert seen.known(SHOT) == known


def test_what_is_only_waited_for_can_be_forgotten(seen: Seen) -> None:
    seen.wait_for([(SHOT, look())])
    seen.forget_waiting([SHOT])
    assert seen.known(SHOT) is None


@pytest.mark.parametrize(
    "extreme",
    [
        pytest.param(Look(2**62, 2**63 + 10**17, 2**64 - 1), id="beyond-2262-and-a-64-bit-inode"),
        pytest.param(Look(1, -1, 0), id="before-1970"),
    ],
)
def test_extreme_looks_come_back_as_they_were(seen: Seen, extreme: Look) -> None:
    seen.keep(SHOT, extreme, FileState.IGNORED, reason="")
    known = seen.known(SHOT)
    assert known is not None
    assert known.decided == (extreme.size_bytes, extreme.mtime_ns)


def test_a_release_raises_the_attempt_before_anybody_hears_of_it(seen: Seen) -> None:
    seen.release(shot(), look())
    assert seen.revision(shot().file_id) == Released(1, RevisionState.RELEASING)
    assert publish_all(seen) == [shot()]
    assert seen.revision(shot().file_id) == Released(1, RevisionState.READY)
    assert seen.unsent(100) == []


def test_what_was_not_sent_is_still_there_after_a_restart(tmp_path: Path) -> None:
    database = Database(tmp_path)
    Seen(database).release(shot(), look())
    database.close()
    database = Database(tmp_path)
    assert publish_all(Seen(database)) == [shot()]
    database.close()


def test_messages_leave_in_the_order_of_their_decisions(seen: Seen) -> None:
    first, second = shot(), ready(path="EXPORTS/UNDLM_00004_v001.mov")
    seen.release(first, look())
    seen.release(second, look())
    assert [one.payload for one in seen.unsent(1)] == [first.model_dump_json().encode()]
    assert publish_all(seen) == [first, second]


def test_a_rejection_is_kept_with_its_reason_and_told(seen: Seen) -> None:
    rejected = FileRejected.model_validate(about_shot(attempt=0) | {"why": "no", "expected": "yes"})
    seen.reject(rejected, look(), reason="no; expected yes")
    assert seen.turned_away() == [(SHOT, FileState.REJECTED, "no; expected yes")]
    assert publish_all(seen) == [rejected]
    seen.reopen([SHOT])
    assert seen.turned_away() == []
    known = seen.known(SHOT)
    assert known is not None
    assert known.state is FileState.WAITING


@pytest.mark.parametrize(
    ("endings", "expected"),
    [
        pytest.param([(1, "delivered")], Released(1, RevisionState.DELIVERED), id="delivered"),
        pytest.param([(1, "failed")], Released(1, RevisionState.FAILED), id="failed"),
        pytest.param([(1, "superseded")], Released(1, RevisionState.SUPERSEDED), id="superseded"),
        pytest.param([(1, "delivered"), (1, "failed")], Released(1, RevisionState.DELIVERED), id="for-good"),
        pytest.param([(1, "failed"), (1, "delivered")], Released(1, RevisionState.DELIVERED), id="late"),
        pytest.param([(2, "failed"), (1, "superseded")], Released(2, RevisionState.FAILED), id="newest-counts"),
        pytest.param([(2, "failed"), (1, "delivered")], Released(2, RevisionState.DELIVERED), id="delivered-anyhow"),
        pytest.param([(1, "failed"), (1, "failed")], Released(1, RevisionState.FAILED), id="told-twice"),
    ],
)
def test_the_ledger_keeps_how_a_revision_ended(seen: Seen, endings: list[tuple[int, str]], expected: Released) -> None:
    seen.release(shot(), look())
    for attempt, state in endings:
        ended = {"delivered": delivered, "failed": failed, "superseded": superseded}[state]
        about = {} if state == "superseded" else {"path": SHOT, "size_bytes": 100, "mtime_ns": look().mtime_ns}
        seen.end(ended(**about, attempt=attempt), RevisionState(state), reason="")
    assert seen.revision(shot().file_id) == expected


def test_what_ended_need_not_be_sent_any_more(seen: Seen) -> None:
    seen.release(shot(), look())
    seen.end(superseded(), RevisionState.SUPERSEDED, reason="")
    assert seen.unsent(100) == []


def test_an_ending_of_a_revision_that_this_ledger_never_released_is_kept(seen: Seen) -> None:
    assert seen.end(superseded(), RevisionState.SUPERSEDED, reason="")
    assert seen.revision(shot().file_id) == Released(1, RevisionState.SUPERSEDED)


def test_a_late_mark_of_sent_does_not_undo_an_ending(seen: Seen) -> None:
    seen.release(shot(), look())
    pending = [(one, decode(one.subject, one.payload)) for one in seen.unsent(100)]
    seen.end(superseded(), RevisionState.SUPERSEDED, reason="")
    seen.sent(pending, START)
    assert seen.revision(shot().file_id) == Released(1, RevisionState.SUPERSEDED)


def test_only_the_revision_that_was_decided_about_last_is_current(seen: Seen) -> None:
    older, newer = shot(), ready(path=SHOT, size_bytes=200)
    seen.release(older, look())
    assert seen.is_current(SHOT, older.file_id)
    seen.release(newer, look(200))
    assert not seen.is_current(SHOT, older.file_id)
    assert seen.is_current(SHOT, newer.file_id)
    assert seen.revision(older.file_id) == Released(1, RevisionState.RELEASING)


def test_twins_have_the_same_name_size_and_date_in_another_folder(seen: Seen) -> None:
    seen.release(shot(), look())
    seen.end(about(SHOT), RevisionState.DELIVERED, reason="")
    seen.keep("MASTERS/UNDLM_00003_v001.mov", look(), FileState.IGNORED, reason="")
    seen.keep("OTHER/UNDLM_00003_v001.mov", look(200), FileState.IGNORED, reason="")
    seen.keep("OTHER/UNDLM_00004_v001.mov", look(), FileState.IGNORED, reason="")
    seen.wait_for([("THIRD/UNDLM_00003_v001.mov", look())])
    twins = {twin.path: twin for twin in seen.twins("NEW/UNDLM_00003_v001.mov", look())}
    assert twins.keys() == {SHOT, "MASTERS/UNDLM_00003_v001.mov"}
    assert twins[SHOT].revision is RevisionState.DELIVERED
    assert twins[SHOT].destination == shot().destination
    assert twins["MASTERS/UNDLM_00003_v001.mov"].file_id is None
    assert SHOT not in {twin.path for twin in seen.twins(SHOT, look())}


def about(path: str) -> FileDelivered:
    return delivered(path=path, size_bytes=look().size_bytes, mtime_ns=look().mtime_ns)


def test_a_move_takes_the_old_path_out(seen: Seen) -> None:
    seen.release(shot(), look())
    (twin,) = seen.twins("NEW/UNDLM_00003_v001.mov", look())
    seen.move("NEW/UNDLM_00003_v001.mov", look(), origin=twin)
    assert seen.known(SHOT) is None
    (moved,) = seen.twins("THIRD/UNDLM_00003_v001.mov", look())
    assert (moved.path, moved.state, moved.file_id) == (
        "NEW/UNDLM_00003_v001.mov",
        FileState.MOVED,
        file_id("local", SHOT, look().size_bytes, look().mtime_ns),
    )


def test_times_are_written_with_their_zone(seen: Seen, database: Database) -> None:
    seen.release(shot(), look())
    publish_all(seen)
    ((changed_at, released_at),) = database.rows("SELECT changed_at, released_at FROM revisions")
    assert datetime.fromisoformat(changed_at).tzinfo is not None
    assert datetime.fromisoformat(released_at) == START


def test_what_was_delivered_meanwhile_is_not_released_anew(seen: Seen) -> None:
    """Taken for forgotten while NATS was away, and delivered after all."""
    seen.release(shot(), look())
    publish_all(seen)
    assert seen.release_anew(shot(attempt=2))
    seen.end(delivered(**about_shot(attempt=1)), RevisionState.DELIVERED, reason="")
    assert seen.unsent(10) == []


def test_what_a_person_wants_once_more_is_released_though_it_was_delivered(seen: Seen) -> None:
    seen.release(shot(), look())
    publish_all(seen)
    ended = delivered(**about_shot(attempt=1))
    seen.end(ended, RevisionState.DELIVERED, reason="")
    seen.release(shot(attempt=2, again=True), look())
    seen.end(ended, RevisionState.DELIVERED, reason="")
    assert [unsent.subject for unsent in seen.unsent(10)] == [shot().subject]
