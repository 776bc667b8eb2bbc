"""Which reads of a stream are under way, on a real file, with threads that are held up."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from fileserver import pace, readers
from fileserver.readahead import Ahead
from fileserver.readers import CHUNK_BYTES, MOST_CHUNKS, Lent, NotLendable, Readers, lend
from fileserver.volume import OpenFile, Volume

CHUNKS = 9
CONTENT = os.urandom(CHUNKS * CHUNK_BYTES + 17)


@pytest.fixture
async def volume(tmp_path: Path) -> AsyncIterator[Volume]:
    (tmp_path / "a.mov").write_bytes(CONTENT)
    volume = Volume(tmp_path)
    yield volume
    volume.close()


@pytest.fixture
async def file(volume: Volume) -> AsyncIterator[OpenFile]:
    file = await volume.open("a.mov")
    yield file
    file.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What the mount was asked for, in order."""
    asked: list[tuple[int, int]] = []
    read = readers.read

    def noted(descriptor: int, offset: int, length: int) -> readers.Read:
        asked.append((offset, length))
        return read(descriptor, offset, length)

    monkeypatch.setattr("fileserver.far.read", noted)
    monkeypatch.setattr("fileserver.volume.read_cached", lambda *_: None)
    return asked


@pytest.fixture
def mount_answers(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Until it is set every read hangs."""
    answers, read = threading.Event(), readers.read

    def late(descriptor: int, offset: int, length: int) -> readers.Read:
        answers.wait()
        return read(descriptor, offset, length)

    monkeypatch.setattr("fileserver.far.read", late)
    monkeypatch.setattr("fileserver.volume.read_cached", lambda *_: None)
    return answers


async def all_of(ahead: Ahead, length: int) -> bytes:
    taken = b""
    while len(taken) < length:
        taken += (await ahead.take()).chunk
    return taken


@pytest.mark.parametrize(("start", "end"), [(0, len(CONTENT)), (5, 6), (CHUNK_BYTES - 1, 4 * CHUNK_BYTES + 1)])
async def test_what_was_wished_for_is_read_once_and_nothing_behind_it(
    volume: Volume, file: OpenFile, asked: list[tuple[int, int]], start: int, end: int
) -> None:
    ahead = Ahead(volume, file, start, end)
    assert await all_of(ahead, end - start) == CONTENT[start:end]
    ahead.close()
    assert sum(length for _, length in asked) == end - start
    assert max(offset + length for offset, length in asked) == end


async def test_little_is_read_before_the_client_takes_anything(
    volume: Volume, file: OpenFile, asked: list[tuple[int, int]]
) -> None:
    ahead = Ahead(volume, file, 0, len(CONTENT))
    await ahead.take()
    assert len(asked) <= 1 + pace.FEWEST
    ahead.close()


async def test_after_a_leap_it_goes_on_there(volume: Volume, file: OpenFile) -> None:
    ahead = Ahead(volume, file, 0, len(CONTENT))
    await ahead.take()
    ahead.go_to(7 * CHUNK_BYTES)
    assert await all_of(ahead, len(CONTENT) - 7 * CHUNK_BYTES) == CONTENT[7 * CHUNK_BYTES :]
    ahead.close()


async def test_what_is_in_memory_is_read_at_once_and_the_end_of_the_file_is_not_taken_for_it(
    volume: Volume, file: OpenFile
) -> None:
    cached = file.read_cached(0, CHUNK_BYTES)
    if cached is None:
        pytest.skip("the kernel or this file system cannot tell what is in memory")
    assert file.read_cached(len(CONTENT) - 5, 6) is None
    assert (after := file.read_cached(CHUNK_BYTES, 5)) is not None
    assert (cached.chunk, after.chunk) == (CONTENT[:CHUNK_BYTES], CONTENT[CHUNK_BYTES:][:5])
    ahead = Ahead(volume, file, 3, len(CONTENT))
    assert await all_of(ahead, len(CONTENT) - 3) == CONTENT[3:]
    assert not ahead._reads
    ahead.close()


async def test_streams_share_what_may_be_held() -> None:
    threads = Readers()
    shares = []
    for _ in range(64):
        threads.joined()
        shares.append(threads.share())
    assert shares[0] == pace.MOST
    assert shares[7] == MOST_CHUNKS // 8
    assert shares[63] == pace.FEWEST
    for _ in range(63):
        threads.left([])
    assert threads.share() == pace.MOST
    threads.close()


async def test_what_hangs_counts_as_held_until_it_ends(
    volume: Volume, file: OpenFile, mount_answers: threading.Event
) -> None:
    for _ in range(2):
        volume.readers.joined()
    fair = volume.readers.share()
    hanging = [file.read(0, 5) for _ in range(MOST_CHUNKS - 20)]
    volume.readers.abandon(hanging)
    assert volume.readers.share() == 20 // 2 < fair
    mount_answers.set()
    async with asyncio.timeout(10):
        await asyncio.gather(*(asyncio.wrap_future(each) for each in hanging))
        while volume.readers.share() != fair:
            await asyncio.sleep(0.001)


async def test_a_stream_that_ends_leaves_nothing_waiting_for_a_thread(
    volume: Volume, file: OpenFile, mount_answers: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = [file.read(0, 5) for _ in range(readers.THREADS)]
    ahead = Ahead(volume, file, 0, len(CONTENT))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await ahead.take()
    waiting = list(ahead._reads)
    ahead.close()
    assert waiting
    assert all(each.cancelled() for each in waiting)
    mount_answers.set()
    async with asyncio.timeout(10):
        await asyncio.gather(*(asyncio.wrap_future(each) for each in begun))


async def test_a_descriptor_outlives_every_read_that_was_begun(volume: Volume, mount_answers: threading.Event) -> None:
    file = await volume.open("a.mov")
    begun = [file.read(CHUNK_BYTES * nth, 5) for nth in range(4)]
    file.close()
    (await volume.open("a.mov")).close()  # would be given the number if it were free
    mount_answers.set()
    for nth, each in enumerate(begun):
        assert (await volume.answer(each)).chunk == CONTENT[CHUNK_BYTES * nth :][:5]


@pytest.fixture
def film(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "a").write_bytes(bytes(100))
    film = os.open(tmp_path / "a", os.O_RDONLY)
    yield film
    os.close(film)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end of a connection, and the client's."""
    monkeypatch.setattr("fileserver.readers.MOMENT_S", 0.05)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def lent(ours: socket.socket, film: int, offset: int, length: int) -> tuple[int, bool]:
    told = Lent()
    lend(ours.fileno(), film, offset, length, told)
    return told.count, told.has_ended


def test_a_file_that_has_ended_is_told_from_a_client_that_takes_nothing(
    film: int, client: tuple[socket.socket, socket.socket]
) -> None:
    ours, _ = client
    assert lent(ours, film, 0, 60) == (60, False)
    assert lent(ours, film, 60, 60) == (40, True)
    while lent(ours, film, 0, 100) == (100, False):
        pass
    assert lent(ours, film, 0, 100) == (0, False)


def test_a_client_that_left_is_told_from_trouble_of_the_mount(
    film: int, client: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = client
    theirs.close()
    with pytest.raises(readers.ClientGone):
        lent(ours, film, 0, 100)


def test_what_the_kernel_cannot_lend_is_told_apart(client: tuple[socket.socket, socket.socket], tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(NotLendable):
        lent(client[0], folder, 0, 100)
    os.close(folder)
