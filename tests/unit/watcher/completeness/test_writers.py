"""What a real writer leaves, whole and in part."""

from pathlib import Path

import pytest

import onehost
from tests import films
from tests.unit.watcher.completeness.made import Bytes, judged
from watcher.completeness import formats
from watcher.completeness.verdict import Closedness

EDGE_BYTES = 3000
"""At both ends of a film, where every length is tried; between them some."""


@pytest.fixture(scope="module", params=films.KINDS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.write(request.param, tmp_path_factory.mktemp("films") / request.param)


def test_a_finished_film_is_complete_and_hardly_read(film: Path) -> None:
    reader = Bytes(film.read_bytes())
    assert formats.judge(film.name, reader).closedness is Closedness.COMPLETE
    assert reader.read_bytes < 1000


def test_no_part_of_a_film_is_complete(film: Path) -> None:
    content = film.read_bytes()
    size = len(content)
    assert size > 4 * EDGE_BYTES
    for length in (*range(EDGE_BYTES), *range(EDGE_BYTES, size - EDGE_BYTES, 997), *range(size - EDGE_BYTES, size)):
        assert judged(film.name, content[:length]).closedness is not Closedness.COMPLETE, length


@pytest.mark.parametrize("kind", films.WITH_AN_END)
def test_a_film_that_lost_its_second_half_is_open(kind: str, tmp_path: Path) -> None:
    content = films.write(kind, tmp_path / kind).read_bytes()
    assert judged(kind, content[: len(content) // 2]).closedness is Closedness.OPEN


@pytest.mark.parametrize("kind", ["prores.mov", "mpeg4.mov", "moov-last.mp4", "fragmented.mp4", "op1a.mxf"])
def test_a_film_that_is_copied_into_room_made_for_it_is_open_if_its_end_counts(kind: str, tmp_path: Path) -> None:
    """Of the others the beginning says all: of those only the quiet time tells."""
    content = films.write(kind, tmp_path / kind).read_bytes()
    for length in (0, len(content) // 3, len(content) // 2):
        assert judged(kind, content[:length] + bytes(len(content) - length)).closedness is Closedness.OPEN


def test_the_clip_of_the_demo_is_complete() -> None:
    clip = Path(onehost.__file__).parent / "demo" / "clip.mov"
    assert judged(clip.name, clip.read_bytes()).closedness is Closedness.COMPLETE
