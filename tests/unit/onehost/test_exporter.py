"""The demo's movie, and how it is exported."""

from pathlib import Path

from onehost.demo import exporter


async def test_an_export_grows_to_the_whole_movie(tmp_path: Path) -> None:
    target = tmp_path / "SQ01" / "a.mov"
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        assert target.stat().st_size == done
        told.append((done, total))

    await exporter.export(target, 0.0, tell)
    assert target.read_bytes() == exporter.CLIP.read_bytes()
    assert len(told) == exporter.PIECES
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_the_movie_is_small_and_its_index_stands_at_the_end() -> None:
    """As an export leaves it: players and checks for completeness read it last."""
    movie = exporter.CLIP.read_bytes()
    assert len(movie) < 300_000
    assert movie[4:8] == b"ftyp"
    assert movie.index(b"mdat") < movie.index(b"moov")
