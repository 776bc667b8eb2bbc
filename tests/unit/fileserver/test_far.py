"""When a file is read past the page cache, and what happens where that is refused."""

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fileserver.far import Descriptors, reopened_past_cache

CONTENT = os.urandom(3 << 20)
MEBIBYTE = 1 << 20


class Reopening:
    """Opens the same file again, and counts how often."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0

    def __call__(self, _: int) -> int | None:
        self.count += 1
        return os.open(self.path, os.O_RDONLY)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (path := tmp_path / "a.mov").write_bytes(CONTENT)
    return path


@pytest.fixture
def reopening(film: Path) -> Reopening:
    return Reopening(film)


@pytest.fixture
def descriptors(film: Path, reopening: Reopening) -> Iterator[Descriptors]:
    made = Descriptors(os.open(film, os.O_RDONLY), reopening)
    yield made
    made.close()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is read takes longer than memory does."""
    monkeypatch.setattr("fileserver.pace.SLOW_S", -1.0)


def open_here() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def all_of(descriptors: Descriptors) -> bytes:
    return b"".join(descriptors.read(offset, MEBIBYTE).chunk for offset in range(0, len(CONTENT), MEBIBYTE))


def test_what_comes_at_once_is_read_through_the_page_cache(
    descriptors: Descriptors, reopening: Reopening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.pace.SLOW_S", 60.0)
    assert all_of(descriptors) == CONTENT
    assert reopening.count == 0


@pytest.mark.usefixtures("slow")
def test_what_is_far_away_is_read_past_it(descriptors: Descriptors, reopening: Reopening) -> None:
    assert all_of(descriptors) == CONTENT
    assert reopening.count == 1


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("offset", [0, 1, 4095, len(CONTENT) - 5, len(CONTENT), len(CONTENT) + 1])
def test_any_part_can_be_read_past_it(descriptors: Descriptors, offset: int) -> None:
    descriptors.read(0, 1)
    assert descriptors.read(offset, MEBIBYTE).chunk == CONTENT[offset : offset + MEBIBYTE]


@pytest.mark.usefixtures("slow")
def test_a_mount_that_gives_less_than_it_was_asked_for_is_asked_again(
    descriptors: Descriptors, monkeypatch: pytest.MonkeyPatch
) -> None:
    descriptors.read(0, 1)
    given = os.preadv
    monkeypatch.setattr("os.preadv", lambda file, room, at: given(file, [room[0][:70_000]], at))
    assert all_of(descriptors) == CONTENT


@pytest.mark.usefixtures("slow")
def test_where_it_is_refused_the_page_cache_serves_on(
    descriptors: Descriptors, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def refused(*_: object) -> int:
        tries.append(1)
        raise OSError(errno.EINVAL, "not aligned")

    descriptors.read(0, 1)
    monkeypatch.setattr("os.preadv", refused)
    assert all_of(descriptors) == CONTENT
    assert len(tries) == 1


@pytest.mark.usefixtures("slow")
def test_an_error_of_the_mount_is_one_here_too(descriptors: Descriptors, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> int:
        raise OSError(errno.EIO, "no")

    descriptors.read(0, 1)
    monkeypatch.setattr("os.preadv", failing)
    with pytest.raises(OSError, match="no"):
        descriptors.read(0, MEBIBYTE)


@pytest.mark.usefixtures("slow")
def test_where_nothing_passes_the_page_cache_by_it_is_tried_once(film: Path) -> None:
    tries = []
    descriptors = Descriptors(os.open(film, os.O_RDONLY), lambda _: tries.append(1))
    assert all_of(descriptors) == CONTENT
    descriptors.close()
    assert len(tries) == 1


def test_only_a_fuse_mount_is_asked_that_way(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = os.open(film, os.O_RDONLY)
    try:
        assert reopened_past_cache(descriptor) is None
        monkeypatch.setattr("sys.platform", "darwin")
        assert reopened_past_cache(descriptor) is None
    finally:
        os.close(descriptor)


@pytest.mark.usefixtures("slow")
@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel's /proc")
def test_both_are_closed(film: Path, reopening: Reopening) -> None:
    before = open_here()
    descriptors = Descriptors(os.open(film, os.O_RDONLY), reopening)
    descriptors.read(0, 1)
    assert open_here() == before + 2
    descriptors.close()
    assert open_here() == before
