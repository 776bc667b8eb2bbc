"""Laws of the check: it always ends with a verdict, within its budget; and no part of a file passes for the whole."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.watcher.completeness.made import (
    FRAGMENT,
    FTYP,
    MDAT,
    MOOV,
    OPEN_INCOMPLETE,
    Bytes,
    box,
    judged,
    long_box,
    mfra,
    mxf,
    rf64,
    wav,
)
from watcher.completeness import formats
from watcher.completeness.reader import BUDGET_BYTES, Budgeted, CutOff, OutOfBudget
from watcher.completeness.verdict import Closedness, Verdict

WHOLE = {
    "index-last.mov": FTYP + box(b"wide") + MDAT + MOOV,
    "long.mov": FTYP + long_box(b"mdat", b"media") + MOOV,
    "fast-start.mp4": FTYP + MOOV + box(b"free") + MDAT,
    "fragmented.mp4": FTYP + MOOV + FRAGMENT * 3 + mfra(),
    "closed.mxf": mxf(),
    "by-footer.mxf": mxf(OPEN_INCOMPLETE, names_footer=False),
    "run-in.mxf": mxf(run_in=b"run-in"),
    "sound.wav": wav(),
    "long.rf64": rf64(),
}
NAMES = ["a.mov", "a.mxf", "a.wav", "a.exr"]
MAGIC = [content[:24] for content in WHOLE.values()]

MOST_READS = 2000
"""More than any verdict takes: a check that goes on for ever reads for ever."""


def checked(name: str, reader: Bytes) -> Verdict:
    verdict = formats.judge(name, reader)
    assert reader.read_bytes <= BUDGET_BYTES
    assert len(reader.reads) <= MOST_READS
    assert verdict.seen
    return verdict


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_file_is_complete(name: str) -> None:
    assert judged(name, WHOLE[name]).closedness is Closedness.COMPLETE


@pytest.mark.parametrize("name", WHOLE)
def test_no_part_of_a_whole_file_is_complete(name: str) -> None:
    for length in range(len(WHOLE[name])):
        assert judged(name, WHOLE[name][:length]).closedness is not Closedness.COMPLETE, length


@pytest.mark.parametrize(
    ("name", "whole", "part"),
    [
        pytest.param("a.mov", FTYP + MOOV + MDAT + box(b"free"), FTYP + MOOV + MDAT, id="a-box-after-all-that-counts"),
        pytest.param("a.mov", FTYP + MOOV + MDAT + MDAT, FTYP + MOOV + MDAT, id="media-data-in-two-boxes"),
    ],
)
def test_a_part_that_nobody_can_tell_from_a_whole_is_complete(name: str, whole: bytes, part: bytes) -> None:
    """Where the law ends: real writers leave no such files, and the quiet time is there for them."""
    assert whole.startswith(part)
    assert judged(name, part).closedness is Closedness.COMPLETE


@pytest.mark.parametrize("name", NAMES)
@given(content=st.binary(max_size=400))
def test_any_bytes_get_a_verdict(name: str, content: bytes) -> None:
    checked(name, Bytes(content))


@pytest.mark.parametrize("name", NAMES)
@given(magic=st.sampled_from(MAGIC), content=st.binary(max_size=400))
def test_any_bytes_after_a_good_beginning_get_a_verdict(name: str, magic: bytes, content: bytes) -> None:
    checked(name, Bytes(magic + content))


@given(
    boxes=st.lists(
        st.tuples(st.integers(0, 2**32 - 1) | st.integers(0, 40), st.sampled_from([b"moov", b"mdat", b"moof", b"mfra"]))
    )
)
def test_boxes_whose_sizes_lie_get_a_verdict(boxes: list[tuple[int, bytes]]) -> None:
    checked("a.mov", Bytes(FTYP + b"".join(box(kind, b"media", size=size) for size, kind in boxes)))


@given(name=st.sampled_from(sorted(WHOLE)), places=st.lists(st.tuples(st.integers(0), st.integers(1, 255)), max_size=4))
def test_a_file_with_flipped_bits_gets_a_verdict(name: str, places: list[tuple[int, int]]) -> None:
    content = bytearray(WHOLE[name])
    for place, flipped in places:
        content[place % len(content)] ^= flipped
    checked(name, Bytes(bytes(content)))


@given(name=st.sampled_from(sorted(WHOLE)), size_bytes=st.integers(0, 2**63) | st.integers(0, 2000))
def test_a_file_that_is_not_as_long_as_was_said_gets_a_verdict(name: str, size_bytes: int) -> None:
    checked(name, Bytes(WHOLE[name], size_bytes))


@pytest.mark.parametrize("kind", [b"free", b"moof", b"\0\0\0\0"])
def test_a_file_of_nothing_but_headers_ends(kind: bytes) -> None:
    checked("a.mov", Bytes(FTYP + box(kind) * 100_000))


@given(lengths=st.lists(st.integers(0, 60)), budget_bytes=st.integers(0, 500))
def test_what_is_read_in_all_never_exceeds_the_budget(lengths: list[int], budget_bytes: int) -> None:
    reader = Bytes(bytes(60))
    budgeted = Budgeted(reader, budget_bytes)
    sums = list(accumulate(lengths))
    try:
        for length in lengths:
            assert len(budgeted.exactly(0, length)) == length
    except OutOfBudget:
        assert sums[-1] > budget_bytes
    assert reader.read_bytes <= budget_bytes


@pytest.mark.parametrize(("offset", "length"), [(-1, 2), (0, 61), (61, 0), (50, 11), (0, -1)])
def test_nothing_is_read_beyond_the_file(offset: int, length: int) -> None:
    reader = Bytes(bytes(60))
    with pytest.raises(CutOff):
        Budgeted(reader).exactly(offset, length)
    assert reader.reads == []
