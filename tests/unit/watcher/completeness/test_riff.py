"""WAV and its like, byte for byte."""

import pytest

from tests.unit.watcher.completeness.made import SOUND, chunk, judged, rf64, wav
from watcher.completeness.riff import MOST_CHUNKS
from watcher.completeness.verdict import Closedness

COMPLETE, OPEN, UNKNOWN = Closedness.COMPLETE, Closedness.OPEN, Closedness.UNKNOWN
FMT, DATA = chunk(b"fmt ", bytes(16)), chunk(b"data", SOUND)


@pytest.mark.parametrize(
    ("content", "closedness", "seen"),
    [
        pytest.param(wav(), COMPLETE, "as long as it says", id="wav"),
        pytest.param(wav(chunk(b"bext", bytes(602)), FMT, DATA), COMPLETE, "as long as", id="bwf"),
        pytest.param(wav(FMT, DATA, chunk(b"LIST", b"about it")), COMPLETE, "as long as", id="more-after-the-sound"),
        pytest.param(wav(chunk(b"LIST", b"odd"), FMT, DATA), COMPLETE, "as long as", id="odd-chunk-before"),
        pytest.param(wav(FMT, chunk(b"data", b"odd")), COMPLETE, "as long as", id="padded"),
        pytest.param(wav(FMT, chunk(b"data", b"odd"), size=39), COMPLETE, "as long as", id="padding-not-counted"),
        pytest.param(wav(FMT, chunk(b"data", b"odd"), size=39)[:-1], COMPLETE, "as long as", id="padding-missing"),
        pytest.param(rf64(), COMPLETE, "as long as", id="rf64"),
        pytest.param(rf64(kind=b"BW64"), COMPLETE, "as long as", id="bw64"),
        pytest.param(wav(size=0), OPEN, "its size is not filled in", id="size-0"),
        pytest.param(wav(size=0xFFFFFFFF), OPEN, "its size is not filled in", id="size-unset"),
        pytest.param(rf64(size=0), OPEN, "its size is not filled in", id="rf64-size-0"),
        pytest.param(rf64(size=2**64 - 1), OPEN, "its size is not filled in", id="rf64-size-unset"),
        pytest.param(rf64(data_bytes=0), OPEN, "(data) is not filled in", id="rf64-data-0"),
        pytest.param(wav(kind=b"RF64"), OPEN, "its sizes (ds64) are missing", id="rf64-without-ds64"),
        pytest.param(rf64()[:30], OPEN, "its sizes (ds64) are missing", id="rf64-cut-off-in-ds64"),
        pytest.param(wav()[:-2], OPEN, "cut off: 2 bytes are missing", id="cut-off"),
        pytest.param(wav() + SOUND, OPEN, "200 bytes follow after the end", id="grown-since"),
        pytest.param(wav(FMT, chunk(b"data", SOUND, size=0)), OPEN, "not filled in", id="data-0"),
        pytest.param(wav(FMT, chunk(b"data", SOUND, size=0xFFFFFFFF)), OPEN, "not filled in", id="data-unset"),
        pytest.param(wav(FMT, chunk(b"data", SOUND, size=999)), OPEN, "(data) is cut off", id="data-too-long"),
        pytest.param(wav(FMT), OPEN, "its sound (data) is missing", id="no-data"),
        pytest.param(wav(chunk(b"fmt ", bytes(16), size=9999), DATA), OPEN, "is missing", id="chunk-too-long"),
        pytest.param(wav(*(chunk(b"junk", b"") for _ in range(MOST_CHUNKS)), DATA), UNKNOWN, "more than", id="many"),
        pytest.param(b"RIFF" + bytes(4) + b"AVI " + bytes(99), UNKNOWN, "not those of a WAV file", id="another-riff"),
        pytest.param(b"sound" * 100, UNKNOWN, "not those of a WAV file", id="anything"),
        pytest.param(bytes(4096), OPEN, "room was made for it", id="room-made-for-a-copy"),
    ],
)
def test_what_is_seen_in_the_chunks(content: bytes, closedness: Closedness, seen: str) -> None:
    verdict = judged("a.wav", content)
    assert verdict.closedness is closedness, verdict
    assert seen in verdict.seen
