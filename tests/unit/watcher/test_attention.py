"""Which files are looked at again, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.watcher.examples import look
from tests.unit.watcher.fakes import START, FakeClock
from watcher.attention import Attention, Timing, Verdict
from watcher.stability import HUGE_BYTES, Look, Quiet, Quieting

PATH = "EXPORTS/a.mov"
REVISION = (look().size_bytes, look().mtime_ns)
TIMING = Timing(Quiet(quiet_s=20, samples=3), hot_s=2, hot_for_s=600)


class Watcher:
    """Attention and a clock."""

    def __init__(self, timing: Timing = TIMING) -> None:
        self.attention = Attention(timing)
        self.clock = FakeClock()

    def look(self, shown: Look, decided: tuple[int, int] | None = None) -> Verdict:
        now_s = self.clock.monotonic()
        return self.attention.look(PATH, shown, asked_s=now_s, now_s=now_s, now_at=self.clock.now(), decided=decided)

    def until_due(self) -> None:
        due_s = self.attention.next_due_s()
        assert due_s is not None
        self.clock.passed_s = max(due_s, self.clock.passed_s)
        assert self.attention.due(self.clock.monotonic(), 10) == [PATH]

    def until_finished(self, shown: Look) -> None:
        verdict = self.look(shown)
        while verdict is not Verdict.FINISHED:
            self.until_due()
            verdict = self.look(shown)

    def decide(self, shown: Look) -> None:
        self.attention.decided(PATH, shown, now_s=self.clock.monotonic(), now_at=self.clock.now())


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


def test_a_new_file_is_a_candidate_and_finished_when_quiet(watcher: Watcher) -> None:
    assert watcher.look(look()) is Verdict.FIRST
    watcher.until_finished(look())
    assert watcher.clock.monotonic() == pytest.approx(20)


def test_a_file_that_is_as_the_ledger_has_it_is_not_followed(watcher: Watcher) -> None:
    assert watcher.look(look(), decided=(100, look().mtime_ns)) is Verdict.SETTLED
    assert PATH not in watcher.attention


def test_a_file_that_is_not_as_the_ledger_has_it_is_a_candidate(watcher: Watcher) -> None:
    assert watcher.look(look(200), decided=(100, look().mtime_ns)) is Verdict.FIRST


def test_a_finished_file_comes_again_until_it_is_decided_about(watcher: Watcher) -> None:
    watcher.until_finished(look())
    watcher.until_due()
    assert watcher.look(look()) is Verdict.FINISHED
    watcher.decide(look())
    watcher.until_due()
    assert watcher.look(look()) is Verdict.SETTLED


def test_a_decided_file_that_changes_is_a_candidate_again(watcher: Watcher) -> None:
    watcher.until_finished(look())
    watcher.decide(look())
    watcher.until_due()
    assert watcher.look(look(200)) is Verdict.FIRST


def test_a_decided_file_cools_down_and_is_let_go(watcher: Watcher) -> None:
    watcher.decide(look())
    looks = 0
    while PATH in watcher.attention:
        watcher.until_due()
        watcher.look(look())
        looks += 1
    assert watcher.clock.monotonic() == pytest.approx(600, rel=0.15)
    assert looks < 60


def test_an_empty_file_is_no_candidate_until_it_has_content(watcher: Watcher) -> None:
    assert watcher.look(look(0)) is Verdict.EMPTY
    assert list(watcher.attention.candidates()) == []
    watcher.until_due()
    assert watcher.look(look(100)) is Verdict.FIRST
    watcher.until_finished(look(100))
    assert watcher.clock.monotonic() == pytest.approx(22)


def test_a_file_that_hides_for_a_moment_must_be_quiet_anew(watcher: Watcher) -> None:
    watcher.look(look())
    watcher.clock.passed_s = 15
    assert watcher.attention.missing(PATH, 15)
    watcher.clock.passed_s = 19
    assert watcher.look(look()) is Verdict.FIRST
    watcher.until_finished(look())
    assert watcher.clock.monotonic() == pytest.approx(39)


def test_a_file_that_stays_away_is_let_go(watcher: Watcher) -> None:
    watcher.look(look())
    while watcher.attention.missing(PATH, watcher.clock.monotonic()):
        watcher.until_due()
    assert PATH not in watcher.attention
    assert watcher.attention.next_due_s() is None


@pytest.mark.parametrize("is_followed", [True, False])
def test_a_reopened_revision_must_be_quiet_for_longer(watcher: Watcher, is_followed: bool) -> None:
    if is_followed:
        watcher.until_finished(look())
        watcher.decide(look())
    watcher.attention.reopen(PATH, REVISION, times=4)
    began_s = watcher.clock.monotonic()
    watcher.until_finished(look())
    assert watcher.clock.monotonic() == pytest.approx(began_s + 80)
    watcher.decide(look())
    began_s = watcher.clock.monotonic()
    watcher.until_finished(look(300))
    assert watcher.clock.monotonic() == pytest.approx(began_s + 20)


def test_reopening_a_revision_does_not_disturb_the_one_that_took_its_place(watcher: Watcher) -> None:
    watcher.decide(look())
    watcher.look(look(200))
    watcher.clock.passed_s = 15
    watcher.attention.reopen(PATH, REVISION, times=4)
    watcher.until_finished(look(200))
    assert watcher.clock.monotonic() == pytest.approx(20)


def test_a_file_that_gave_no_answer_is_looked_at_again(watcher: Watcher) -> None:
    watcher.look(look())
    watcher.until_due()
    assert watcher.attention.next_due_s() is None
    watcher.attention.postpone(PATH, watcher.clock.monotonic())
    watcher.until_due()


def test_a_wanted_file_is_due_at_once_and_only_once(watcher: Watcher) -> None:
    watcher.look(look())
    watcher.clock.passed_s = 0.5
    assert watcher.attention.want(PATH, 0.5)
    assert watcher.attention.due(0.5, 10) == [PATH]
    assert watcher.attention.due(100, 10) == []
    assert not watcher.attention.want("another", 0.5)


def test_no_more_is_due_than_asked_for(watcher: Watcher) -> None:
    for number in range(5):
        watcher.attention.look(f"{number}", look(), asked_s=0, now_s=0, now_at=START)
    assert len(watcher.attention.due(100, 3)) == 3
    assert len(watcher.attention.due(100, 3)) == 2


@given(
    st.lists(st.tuples(st.floats(0, 15), st.sampled_from([look(), look(200), look(0), None])), max_size=40),
    st.floats(0, 30),
    st.integers(1, 4),
)
def test_a_file_is_never_finished_before_it_was_quiet(
    history: list[tuple[float, Look | None]], quiet_s: float, samples: int
) -> None:
    watcher = Watcher(Timing(Quiet(quiet_s, samples), hot_s=2, hot_for_s=600))
    seen: list[tuple[float, Look | None]] = []
    for wait_s, shown in history:
        watcher.clock.passed_s += wait_s
        now_s = watcher.clock.monotonic()
        seen.append((now_s, shown))
        if shown is None:
            watcher.attention.missing(PATH, now_s)
            continue
        if watcher.look(shown) is Verdict.FINISHED:
            proof = list(seen)
            while proof[0][1] != shown or any(one != shown for _, one in proof):
                proof.pop(0)
            assert shown.size_bytes > 0
            assert len(proof) >= samples
            assert proof[-1][0] - proof[0][0] >= quiet_s - 1e-6


def test_a_very_large_file_must_be_quiet_for_longer(watcher: Watcher) -> None:
    watcher.until_finished(look(HUGE_BYTES + 1))
    assert watcher.clock.monotonic() == pytest.approx(60)


def test_what_is_to_be_waited_for_may_change_meanwhile(watcher: Watcher) -> None:
    is_blind = True
    watcher = Watcher(Timing(Quieting(Quiet(20, 3), lambda: is_blind), hot_s=2, hot_for_s=600))
    assert watcher.look(look()) is Verdict.FIRST
    while watcher.clock.monotonic() < 40:
        watcher.until_due()
        assert watcher.look(look()) is Verdict.WAITING
    is_blind = False
    watcher.until_due()
    assert watcher.look(look()) is Verdict.FINISHED
