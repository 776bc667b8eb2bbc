"""What is where: the last word about each file."""

import tracemalloc
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.standing import Count, Standing

T0 = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def file_id(number: int) -> str:
    return f"{number:032x}"


def after(*messages: tuple[str, int, int]) -> dict[str, int]:
    """How many files are in each state; messages as state, file and attempt, in the order of the stream."""
    return {count.state: count.count for count in standing(*messages).counts()}


def standing(*messages: tuple[str, int, int]) -> Standing:
    made = Standing()
    for sequence, (state, number, attempt) in enumerate(messages, start=1):
        lane = ".small" if state in ("ready", "stale") else ""
        dedupe_id = f"{file_id(number)}.{state}.{attempt}.1"
        at = T0 + timedelta(seconds=sequence)
        made.take(f"postflow.file.{state}{lane}.{file_id(number)}", dedupe_id, sequence, at)
    return made


def test_the_last_word_about_a_file_counts() -> None:
    assert after(("ready", 1, 1), ("exposed", 1, 1), ("delivered", 1, 1), ("ready", 2, 1)) == {
        "delivered": 1,
        "ready": 1,
    }


def test_what_ended_an_attempt_outranks_what_came_late() -> None:
    assert after(("ready", 1, 1), ("failed", 1, 1), ("exposed", 1, 1)) == {"failed": 1}
    assert after(("playable", 1, 1), ("delivered", 1, 1)) == {"playable": 1}


def test_a_newer_attempt_outranks_the_ending_of_an_older_one() -> None:
    assert after(("failed", 1, 1), ("ready", 1, 2)) == {"ready": 1}
    assert after(("ready", 1, 2), ("failed", 1, 1)) == {"ready": 1}


def test_a_file_whose_address_was_lost_waits_for_another() -> None:
    assert after(("ready", 1, 1), ("exposed", 1, 1), ("stale", 1, 1)) == {"ready": 1}


def test_the_oldest_of_each_state_is_named() -> None:
    counts = list(standing(("ready", 1, 1), ("ready", 2, 1), ("ready", 3, 1), ("exposed", 1, 1)).counts())
    assert counts == [
        Count("ready", 2, T0 + timedelta(seconds=2), 2),
        Count("exposed", 1, T0 + timedelta(seconds=4), 4),
    ]


def test_what_is_about_no_file_is_passed_over() -> None:
    made = Standing()
    made.take("postflow.condition.tunnel.a", "", 1, T0)
    made.take("postflow.file.ready.small.short", "", 2, T0)
    made.take(f"postflow.file.waiting.{file_id(1)}", "", 3, T0)
    made.take(f"postflow.file.ready.small.{'g' * 32}", "", 4, T0)
    made.take(f"postflow.file.ready.small.0x{'1_' * 15}", "", 5, T0)
    assert list(made.counts()) == []


def test_a_file_costs_little_memory() -> None:
    """So that the console sees a million of them within what its container may take."""
    many = 50_000
    tracemalloc.start()
    try:
        made = standing(*(("ready", number << 100 | number, 1) for number in range(many)))
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [count.count for count in made.counts()] == [many]
    assert held_bytes / many < 190


@given(st.lists(st.tuples(st.sampled_from(["ready", "exposed", "delivered", "failed"]), st.integers(0, 9), st.just(1))))
def test_every_file_is_counted_once(messages: list[tuple[str, int, int]]) -> None:
    assert sum(after(*messages).values()) == len({number for _, number, _ in messages})
