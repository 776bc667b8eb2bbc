"""MXF, byte for byte."""

import pytest

from tests.unit.watcher.completeness.made import (
    BODY,
    CLOSED_COMPLETE,
    CLOSED_INCOMPLETE,
    HEADER,
    OPEN_COMPLETE,
    OPEN_INCOMPLETE,
    index_pack,
    judged,
    klv,
    mxf,
    mxf_key,
    partition,
)
from watcher.completeness.mxf import RUN_IN_BYTES
from watcher.completeness.verdict import Closedness

COMPLETE, OPEN, UNKNOWN = Closedness.COMPLETE, Closedness.OPEN, Closedness.UNKNOWN
FILLER = klv(bytes.fromhex("060e2b34010101020301021001000000"), bytes(100))


@pytest.mark.parametrize(
    ("content", "closedness", "seen"),
    [
        pytest.param(mxf(), COMPLETE, "leads to a closed footer", id="closed"),
        pytest.param(mxf(CLOSED_INCOMPLETE, CLOSED_INCOMPLETE), COMPLETE, "closed footer", id="closed-incomplete"),
        pytest.param(mxf(OPEN_INCOMPLETE, names_footer=False), COMPLETE, "closed footer", id="footer-alone-closed"),
        pytest.param(mxf(OPEN_COMPLETE), COMPLETE, "closed footer", id="open-complete-with-footer"),
        pytest.param(mxf(run_in=b"run-in" * 100), COMPLETE, "closed footer", id="run-in"),
        pytest.param(mxf(run_in=bytes([7]) * (RUN_IN_BYTES - 1)), COMPLETE, "closed footer", id="longest-run-in"),
        pytest.param(mxf(run_in=bytes([7]) * (RUN_IN_BYTES + 1)), UNKNOWN, "no header of MXF", id="too-far-in"),
        pytest.param(
            partition(HEADER, OPEN_INCOMPLETE) + partition(BODY, CLOSED_COMPLETE, at=100) + bytes(500),
            OPEN,
            "its header says that it is open",
            id="a-closed-body-partition-proves-nothing",
        ),
        pytest.param(mxf(OPEN_INCOMPLETE, end=b""), OPEN, "no closed footer ends it", id="open-without-index-pack"),
        pytest.param(mxf(OPEN_INCOMPLETE, OPEN_COMPLETE), OPEN, "no closed footer", id="open-footer"),
        pytest.param(mxf(footer=OPEN_COMPLETE), OPEN, "something else", id="closed-with-an-open-footer"),
        pytest.param(mxf(names_footer=False, end=b""), OPEN, "names no footer", id="closed-and-no-footer"),
        pytest.param(mxf()[:-1], OPEN, "cut off after its footer: 1 byte is missing", id="one-byte-short"),
        pytest.param(mxf()[:400], OPEN, "its footer is not there yet", id="half"),
        pytest.param(mxf()[:400] + bytes(2000), OPEN, "something else", id="room-made-for-a-copy"),
        pytest.param(mxf(end=b""), UNKNOWN, "no random index pack says that it is all", id="no-index-pack"),
        pytest.param(mxf(end=FILLER * 3), UNKNOWN, "no random index pack", id="filler-at-the-end"),
        pytest.param(mxf(end=FILLER * 3)[:-1], OPEN, "cut off after its footer", id="filler-cut-off"),
        pytest.param(mxf(end=FILLER * 1000), UNKNOWN, "too much to look through", id="very-much-at-the-end"),
        pytest.param(mxf(end=index_pack(0, 10**9)), UNKNOWN, "no random index pack", id="index-pack-leads-nowhere"),
        pytest.param(partition(HEADER, CLOSED_COMPLETE)[:25], OPEN, "cut off", id="half-a-header"),
        pytest.param(mxf_key(HEADER, CLOSED_COMPLETE) + b"\x80" + bytes(99), OPEN, "cut off", id="length-of-no-end"),
        pytest.param(b"film" * 100, UNKNOWN, "no header of MXF", id="anything"),
        pytest.param(b"film", UNKNOWN, "not those of a MXF file", id="hardly-anything"),
        pytest.param(bytes(4096), OPEN, "room was made for it", id="room-made-and-nothing-else"),
    ],
)
def test_what_is_seen_in_the_partitions(content: bytes, closedness: Closedness, seen: str) -> None:
    verdict = judged("a.mxf", content)
    assert verdict.closedness is closedness, verdict
    assert seen in verdict.seen
