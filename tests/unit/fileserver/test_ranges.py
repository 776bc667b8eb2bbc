"""What a Range header asks for, and what has gone out."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.ranges import (
    MOST_SPANS,
    Part,
    Span,
    Unsatisfiable,
    Whole,
    added,
    length,
    may_be_partial,
    union,
    wanted,
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, Whole()),
        ("", Whole()),
        ("bytes=0-0", Part(0, 1)),
        ("bytes=0-99", Part(0, 100)),
        ("bytes=10-19", Part(10, 10)),
        ("BYTES=10-19", Part(10, 10)),
        ("bytes= 10-19 ", Part(10, 10)),
        ("bytes=10-", Part(10, 90)),
        ("bytes=-10", Part(90, 10)),
        ("bytes=-1000", Part(0, 100)),
        ("bytes=90-1000", Part(90, 10)),
        ("bytes=99-", Part(99, 1)),
        ("bytes=100-", Unsatisfiable()),
        ("bytes=100-200", Unsatisfiable()),
        ("bytes=-0", Unsatisfiable()),
        ("bytes=" + "9" * 5000 + "-", Unsatisfiable()),
        ("bytes=0-" + "9" * 5000, Part(0, 100)),
        ("bytes=" + "0" * 5000 + "5-9", Part(5, 5)),
        ("bytes=20-10", Whole()),
        ("bytes=-", Whole()),
        ("bytes=a-b", Whole()),
        ("bytes=1-2,5-6", Whole()),
        ("bytes=0x1-2", Whole()),
        ("bytes=١-٢", Whole()),
        ("bytes=+1-2", Whole()),
        ("bytes 1-2", Whole()),
        ("seconds=1-2", Whole()),
        ("bytes=1-2\n", Whole()),
    ],
)
def test_a_range_of_a_hundred_bytes(header: str | None, expected: object) -> None:
    assert wanted(header, 100) == expected


def test_nothing_of_an_empty_file_can_be_asked_for_in_part() -> None:
    assert wanted("bytes=0-", 0) == Unsatisfiable()
    assert wanted(None, 0) == Whole()


@given(size=st.integers(1, 1000), first=st.integers(0, 1200), last=st.integers(0, 1200))
def test_what_is_sent_covers_exactly_what_was_asked(size: int, first: int, last: int) -> None:
    file = range(size)
    match wanted(f"bytes={first}-{last}", size):
        case Part(start, amount):
            assert file[start : start + amount] == file[first : last + 1]
        case Unsatisfiable():
            assert first >= size
        case Whole():
            assert last < first


@given(size=st.integers(1, 1000), amount=st.integers(0, 1200))
def test_a_suffix_is_the_end_of_the_file(size: int, amount: int) -> None:
    match wanted(f"bytes=-{amount}", size):
        case Part(start, sent):
            assert start + sent == size
            assert sent == min(amount, size)
        case other:
            assert (other, amount) == (Unsatisfiable(), 0)


@given(header=st.text(max_size=30), size=st.integers(0, 1000))
def test_no_header_leads_outside_the_file(header: str, size: int) -> None:
    for asked in (header, f"bytes={header}"):
        match wanted(asked, size):
            case Part(start, amount):
                assert start >= 0
                assert amount >= 1
                assert start + amount <= size


@pytest.mark.parametrize(
    ("if_range", "partial"),
    [
        (None, True),
        ('"tag"', True),
        ("Sat, 21 Nov 2026 12:00:00 GMT", True),
        ('W/"tag"', False),
        ('"other"', False),
        ("Sat, 21 Nov 2026 12:00:01 GMT", False),
        ("", False),
    ],
)
def test_if_range_must_name_what_we_have(if_range: str | None, partial: bool) -> None:
    assert may_be_partial(if_range, etag='"tag"', last_modified="Sat, 21 Nov 2026 12:00:00 GMT") is partial


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=20)


@given(spans)
def test_the_union_holds_each_byte_that_went_out_once(sent: list[Span]) -> None:
    covered: tuple[Span, ...] = ()
    for span in sent:
        covered = added(covered, span)
    assert length(covered) == len({byte for start, end in sent for byte in range(start, end)})
    assert list(covered) == sorted(covered)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(covered))


@given(spans, spans)
def test_the_union_does_not_depend_on_the_order(one: list[Span], other: list[Span]) -> None:
    assert union(union((), tuple(one)), tuple(other)) == union(union((), tuple(other)), tuple(one))


def test_too_many_islands_are_forgotten_and_never_invented() -> None:
    covered: tuple[Span, ...] = ()
    for number in range(2 * MOST_SPANS):
        covered = added(covered, (10 * number, 10 * number + 1))
    covered = added(covered, (0, 5))
    assert len(covered) == MOST_SPANS
    assert covered[0] == (0, 5)
    assert length(covered) == MOST_SPANS + 4
