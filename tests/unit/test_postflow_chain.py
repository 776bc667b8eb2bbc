"""A log whose lines hang together shows whatever was done to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postflow.chain import BEGINNING, Checking, Link, read, sealed


def log(length: int) -> tuple[list[bytes], list[Link]]:
    lines, links = [], [BEGINNING]
    for number in range(length):
        line, link = sealed({"what": f"é {number}"}, links[-1])
        lines.append(line)
        links.append(link)
    return lines, links[1:]


def problems(lines: list[bytes], remembered: Link | None = None) -> list[str]:
    checking = Checking(remembered)
    found = [*map(checking.take, lines), checking.beginning(), checking.end()]
    return [one for one in found if one is not None]


def test_a_log_as_it_was_written_is_whole() -> None:
    lines, links = log(5)
    assert problems(lines, links[3]) == []
    assert problems(lines) == []


def test_the_beginning_may_have_been_deleted_for_its_age() -> None:
    lines, links = log(5)
    said, last = sealed({"oldest": 3}, links[4])
    assert problems([*lines[2:], said], last) == []
    assert problems([*lines[1:], said], last) == []
    assert problems([*lines[3:], said], last) == ["its beginning is missing: lines 3 to 3"]
    assert problems(lines[2:], links[4]) == ["its beginning is missing: lines 1 to 2"]


@pytest.mark.parametrize("at", range(4))
def test_a_line_that_was_changed_is_found_by_the_line_after_it(at: int) -> None:
    lines, _ = log(5)
    lines[at] = json.dumps(json.loads(lines[at]) | {"what": "nothing"}).encode()
    (problem,) = problems(lines)
    assert problem == f"it does not hang from the line before: {at + 1} was changed"


@given(st.integers(0, 4), st.integers(0, 10_000), st.integers(0, 7))
def test_no_bit_can_be_turned_unseen(at: int, byte: int, bit: int) -> None:
    lines, links = log(5)
    line = bytearray(lines[at])
    line[byte % len(line)] ^= 1 << bit
    lines[at] = bytes(line)
    assert problems(lines, links[4])


def test_the_last_line_that_was_changed_is_found_by_what_nats_remembers() -> None:
    lines, links = log(5)
    lines[4] = lines[4].replace(b"4", b"5")
    assert problems(lines) == problems(lines) != problems(lines, links[4])
    assert "written anew" in str(problems(lines, links[4]))


def test_a_line_that_was_taken_out_is_found() -> None:
    lines, _ = log(5)
    del lines[2]
    assert problems(lines) == ["lines 3 to 3 are missing before it"]


def test_a_line_that_was_put_in_is_found() -> None:
    lines, _ = log(5)
    lines.insert(2, lines[1])
    assert "was put in" in problems(lines)[0]


def test_an_end_that_was_cut_off_is_found_by_what_nats_remembers() -> None:
    lines, links = log(5)
    assert problems(lines[:3], links[4]) == ["the end is missing: lines 4 to 5, and perhaps more"]
    assert problems([], links[4]) == ["the end is missing: lines 1 to 5, and perhaps more"]


def test_a_log_that_was_written_anew_is_found_by_what_nats_remembers() -> None:
    _, links = log(5)
    forged = [sealed({"what": "lies"}, BEGINNING)[0]]
    for _ in range(4):
        forged.append(sealed({"what": "lies"}, read(forged[-1]).link)[0])  # type: ignore[union-attr]
    assert problems(forged) == []
    assert "written anew" in problems(forged, links[2])[0]


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"7", b'{"n": 1}', b'{"n": "1", "prev": ""}', b"\xff", b"[" * 99_999]
)
def test_what_is_no_line_is_told(line: bytes) -> None:
    lines, _ = log(2)
    assert problems([lines[0], line, lines[1]]) == ["it is no line of an access log"]
