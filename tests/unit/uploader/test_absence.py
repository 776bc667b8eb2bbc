"""How a file ends that is not on the volume any more as it was announced."""

import pytest

from postflow.messages import Refusal
from postflow.questions import Whereabouts, WhereaboutsAnswer
from uploader.absence import AWAY_S, SILENT_S, UNSETTLED_S, AskAgain, End, Failed, SendAgain, Superseded, end

CHANGED = Refusal(code="REVISION_CHANGED", why="it changed", what_to_do="Nothing.")
GONE = Refusal(code="FILE_GONE", why="it is gone", what_to_do="Put it back.")


def answer(state: Whereabouts, *, settled: bool = True, path: str = "") -> WhereaboutsAnswer:
    return WhereaboutsAnswer(state=state, settled=settled, path=path)


@pytest.mark.parametrize(
    ("said", "refusal", "waited_s", "expected"),
    [
        pytest.param(answer(Whereabouts.CHANGED), GONE, 0, Superseded, id="overwritten"),
        pytest.param(answer(Whereabouts.MOVED, path="SQ02/x.mov"), GONE, 0, Superseded, id="moved"),
        pytest.param(answer(Whereabouts.GONE), CHANGED, 0, Failed, id="deleted"),
        pytest.param(answer(Whereabouts.GONE, settled=False), GONE, 0, AskAgain, id="perhaps-moved"),
        pytest.param(answer(Whereabouts.GONE, settled=False), GONE, UNSETTLED_S, Failed, id="never-found"),
        pytest.param(answer(Whereabouts.HERE), GONE, 0, AskAgain, id="back-just-now"),
        pytest.param(answer(Whereabouts.HERE), GONE, 20, SendAgain, id="back"),
        pytest.param(answer(Whereabouts.UNKNOWN), CHANGED, 0, Superseded, id="never-heard-of-changed"),
        pytest.param(answer(Whereabouts.UNKNOWN), GONE, 0, Failed, id="never-heard-of-gone"),
        pytest.param(answer(Whereabouts.UNKNOWN, settled=False), GONE, 0, AskAgain, id="the-volume-is-silent"),
        pytest.param(answer(Whereabouts.UNKNOWN, settled=False), GONE, 3600, AskAgain, id="the-volume-is-away"),
        pytest.param(
            answer(Whereabouts.UNKNOWN, settled=False), GONE, AWAY_S, Failed, id="the-volume-is-away-for-good"
        ),
        pytest.param(None, GONE, UNSETTLED_S, AskAgain, id="no-watcher"),
        pytest.param(None, GONE, SILENT_S, Failed, id="no-watcher-for-long"),
    ],
)
def test_each_whereabouts_has_its_end(
    said: WhereaboutsAnswer | None, refusal: Refusal, waited_s: float, expected: type[End]
) -> None:
    assert isinstance(end(said, refusal, waited_s=waited_s), expected)


def test_a_person_hears_where_it_was_moved_to() -> None:
    moved = end(answer(Whereabouts.MOVED, path="SQ02/x.mov"), GONE, waited_s=0)
    assert isinstance(moved, Superseded)
    assert "moved to SQ02/x.mov" in moved.why


def test_a_person_hears_that_a_deletion_needs_nothing_if_it_was_meant() -> None:
    deleted = end(answer(Whereabouts.GONE), CHANGED, waited_s=0)
    assert isinstance(deleted, Failed)
    assert deleted.refusal.code == "FILE_GONE"
    assert "deleted" in deleted.refusal.why
    assert deleted.refusal.what_to_do.startswith("Nothing, if that was meant")
