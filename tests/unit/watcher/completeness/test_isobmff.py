"""QuickTime and MP4, byte for byte."""

import pytest

from tests.unit.watcher.completeness.made import (
    FRAGMENT,
    FTYP,
    MDAT,
    MOOF,
    MOOV,
    Bytes,
    box,
    judged,
    long_box,
    mfra,
    told,
)
from watcher.completeness import formats
from watcher.completeness.isobmff import MOST_BOXES
from watcher.completeness.verdict import Closedness

COMPLETE, OPEN, UNKNOWN = Closedness.COMPLETE, Closedness.OPEN, Closedness.UNKNOWN


@pytest.mark.parametrize(
    ("content", "closedness", "seen"),
    [
        pytest.param(FTYP + MDAT + MOOV, COMPLETE, "its boxes end where it ends", id="index-last"),
        pytest.param(FTYP + MOOV + box(b"free") + MDAT, COMPLETE, "its boxes end where it ends", id="fast-start"),
        pytest.param(box(b"wide") + MDAT + MOOV, COMPLETE, "its boxes end where it ends", id="without-ftyp"),
        pytest.param(FTYP + long_box(b"mdat", b"media") + MOOV, COMPLETE, "its boxes end", id="64-bit-size"),
        pytest.param(FTYP + MDAT, OPEN, "its index (moov) is missing", id="no-index"),
        pytest.param(FTYP + MOOV, OPEN, "its media data (mdat) is missing", id="no-media"),
        pytest.param(FTYP, OPEN, "its index (moov) is missing", id="only-a-beginning"),
        pytest.param(
            FTYP + box(b"wide") + box(b"mdat", b"media", size=0),
            OPEN,
            "its index (moov) is missing, and its media data (mdat) has no size yet",
            id="media-of-no-size",
        ),
        pytest.param(FTYP + MOOV + box(b"mdat", b"media", size=0), OPEN, "has no size yet", id="live-media-last"),
        pytest.param(FTYP + MOOV + MDAT[:-7], OPEN, "(mdat) is cut off: 7 bytes are missing", id="media-cut-off"),
        pytest.param(FTYP + MDAT + MOOV[:-1], OPEN, "(moov) is cut off: 1 byte is missing", id="index-cut-off"),
        pytest.param(FTYP + MDAT + MOOV + b"\0\0\0", OPEN, "ends within the header of a box", id="half-a-header"),
        pytest.param(
            FTYP + MDAT + MOOV + long_box(b"free")[:12], OPEN, "within the header of a box", id="half-a-long-header"
        ),
        pytest.param(FTYP + MDAT + MOOV + bytes(100), OPEN, "what follows its last whole box", id="zeros-follow"),
        pytest.param(FTYP + MDAT + MOOV + box(b"free", size=7), OPEN, "no box where one should be", id="size-below-8"),
        pytest.param(FTYP + MOOV + long_box(b"mdat", size=15), OPEN, "no box where", id="64-bit-size-below-16"),
        pytest.param(FTYP + long_box(b"mdat", size=2**64 - 1), OPEN, "cut off", id="largest-size"),
        pytest.param(FTYP + long_box(b"mdat", b"media" * 99, size=16), OPEN, "moov", id="64-bit-size-to-be-filled-in"),
        pytest.param(FTYP + MOOV + FRAGMENT * 3 + mfra(), COMPLETE, "the list of its fragments", id="fragmented"),
        pytest.param(FTYP + MOOV + FRAGMENT * 3, UNKNOWN, "more of them may follow", id="fragmented-without-a-list"),
        pytest.param(FTYP + MOOV + FRAGMENT + MOOF, OPEN, "of its last fragment is missing", id="half-a-fragment"),
        pytest.param(FTYP + MOOV + FRAGMENT + MOOF + MDAT[:-1], OPEN, "1 byte is missing", id="fragment-cut-off"),
        pytest.param(b"film" * 100, UNKNOWN, "not those of a QuickTime or MP4 file", id="anything"),
        pytest.param(b"", UNKNOWN, "not those of", id="nothing"),
        pytest.param(bytes(4096), OPEN, "room was made for it", id="room-made-for-a-copy"),
        pytest.param(b"\0\0\0\x08ftyp" + bytes(9), OPEN, "moov", id="room-made-and-a-beginning"),
    ],
)
def test_what_is_seen_in_the_boxes(content: bytes, closedness: Closedness, seen: str) -> None:
    verdict = judged("a.mov", content)
    assert verdict.closedness is closedness, verdict
    assert seen in verdict.seen


@pytest.mark.parametrize("name", ["a.MOV", "a.mp4", "a.m4v", "b.c/a.mov"])
def test_the_extension_counts_in_any_case(name: str) -> None:
    assert judged(name, FTYP + MDAT).closedness is OPEN


@pytest.mark.parametrize("name", ["a.exr", "a", "a.mov.txt", "mov"])
def test_other_files_are_not_judged(name: str) -> None:
    reader = Bytes(FTYP + MDAT)
    assert formats.judge(name, reader).closedness is UNKNOWN
    assert reader.reads == []


def test_so_many_boxes_are_walked_and_no_more() -> None:
    beginning = FTYP + MOOV
    assert judged("a.mp4", beginning + MDAT * (MOST_BOXES - 3)).closedness is COMPLETE
    reader = Bytes(beginning + MDAT * 5000)
    assert told(formats.judge("a.mp4", reader)) == (UNKNOWN, f"it has more than {MOST_BOXES} boxes")
    assert len(reader.reads) <= MOST_BOXES + 1


def test_a_fragmented_file_of_very_many_boxes_is_known_by_its_list_alone() -> None:
    many = FTYP + MOOV + FRAGMENT * 5000
    assert judged("a.mp4", many + mfra()).closedness is COMPLETE
    assert judged("a.mp4", many + mfra()[:-1]).closedness is UNKNOWN
    assert judged("a.mp4", many).closedness is UNKNOWN


def test_a_large_film_takes_a_few_small_reads() -> None:
    reader = Bytes(FTYP + MDAT + MOOV)
    formats.judge("a.mov", reader)
    assert reader.read_bytes < 100
