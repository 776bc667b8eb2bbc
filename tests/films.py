"""Edge: films as a real writer (FFmpeg, through PyAV) makes them: whole, or of a process that is killed over them.

`python -m tests.films KIND PATH FRAMES` writes one, says a line for each frame, and then waits for ever unfinished.
"""

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer

WIDTH, HEIGHT, RATE = 160, 96, 25
SOUND_RATE = 48_000
SAMPLES = SOUND_RATE // RATE
"""As much sound as goes with a frame."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    codec: str
    pixels: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]


KINDS = {
    kind.name: kind
    for kind in (
        Kind("prores.mov", "prores_ks", "yuv422p10le"),
        Kind("mpeg4.mov", "mpeg4"),
        Kind("moov-last.mp4", "mpeg4"),
        Kind("fast-start.mp4", "mpeg4", options={"movflags": "faststart"}),
        Kind("fragmented.mp4", "mpeg4", options={"movflags": "frag_keyframe+empty_moov"}),
        Kind("op1a.mxf", "mpeg2video", "yuv420p"),
        Kind("sound.wav", "pcm_s16le"),
        Kind("sound.rf64.wav", "pcm_s16le", options={"rf64": "always"}),
    )
}
WITH_AN_END = [name for name in KINDS if name != "fragmented.mp4"]


def write(kind: str, path: Path, frames: int = 30) -> Path:
    """Write a whole film."""
    with av.open(str(path), "w", options=KINDS[kind].options) as container:
        for _ in _written(container, KINDS[kind], frames):
            pass
    return path


def _written(container: OutputContainer, kind: Kind, frames: int) -> Iterator[int]:
    """After each frame how many there are; what is left in the codec comes with the last."""
    if kind.extension == "wav":
        yield from _sound(container, kind, frames)
    else:
        yield from _picture(container, kind, frames)


def _picture(container: OutputContainer, kind: Kind, frames: int) -> Iterator[int]:
    stream = container.add_stream(kind.codec, rate=RATE)
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height, stream.pix_fmt, stream.gop_size = WIDTH, HEIGHT, kind.pixels, 5
    noise = random.Random(kind.name)
    for number in range(frames):
        frame = av.VideoFrame(WIDTH, HEIGHT, kind.pixels)
        for plane in frame.planes:
            plane.update(_noise(noise, plane.buffer_size, is_of_ten_bits=kind.pixels.endswith("10le")))
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        container.mux(stream.encode(frame))
        yield number + 1
    container.mux(stream.encode(None))


def _noise(noise: random.Random, size_bytes: int, *, is_of_ten_bits: bool) -> bytes:
    """So that little can be compressed, and the film grows on the disk while it is written."""
    content = bytearray(noise.randbytes(size_bytes))
    if is_of_ten_bits:
        content[1::2] = bytes(value & 3 for value in content[1::2])
    return bytes(content)


def _sound(container: OutputContainer, kind: Kind, frames: int) -> Iterator[int]:
    stream = container.add_stream(kind.codec, rate=SOUND_RATE)
    assert isinstance(stream, av.AudioStream)
    stream.layout = "mono"
    noise = random.Random(kind.name)
    for number in range(frames):
        frame = av.AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(noise.randbytes(frame.planes[0].buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, number * SAMPLES, Fraction(1, SOUND_RATE)
        container.mux(stream.encode(frame))
        yield number + 1
    container.mux(stream.encode(None))


def _write_and_wait(kind: str, path: Path, frames: int) -> None:
    with av.open(str(path), "w", options=KINDS[kind].options) as container:
        for number in _written(container, KINDS[kind], frames):
            print(number, flush=True)
        while True:
            time.sleep(60)


if __name__ == "__main__":
    _write_and_wait(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
