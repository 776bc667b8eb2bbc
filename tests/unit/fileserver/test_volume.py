"""Files below a root, on a real disk."""

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fileserver import beneath, looking, unanswered
from fileserver.beneath import open_beneath
from fileserver.film import Revision
from fileserver.troubles import DiskTrouble, FileGone, NotReadable, VolumeAway
from fileserver.volume import Volume

CONTENT = b"frame by frame"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "volume"
    (root / "SQ01").mkdir(parents=True)
    (root / "SQ01" / "a.mov").write_bytes(CONTENT)
    (tmp_path / "secret").write_bytes(b"not for you")
    return root


@pytest.fixture(params=[True, False], ids=["by the kernel", "by walking"])
def volume(root: Path, request: pytest.FixtureRequest) -> Iterator[Volume]:
    volume = Volume(root, by_kernel=request.param)
    yield volume
    volume.close()


async def test_a_file_is_read_where_it_is(volume: Volume, root: Path) -> None:
    file = await volume.open("SQ01/a.mov")
    assert file.revision == Revision(len(CONTENT), (root / "SQ01/a.mov").stat().st_mtime_ns)
    assert (await volume.answer(file.read(0, 5))).chunk == CONTENT[:5]
    assert (await volume.answer(file.read(6, 100))).chunk == CONTENT[6:]
    file.close()


@pytest.mark.parametrize("path", ["SQ01/b.mov", "SQ02/a.mov", "SQ01/a.mov/deeper"])
async def test_what_is_not_there_is_gone(volume: Volume, path: str) -> None:
    with pytest.raises(FileGone):
        await volume.look(path)


@pytest.mark.parametrize("path", ["../secret", "SQ01/../../secret", "/etc/passwd", "", ".", "SQ01//a.mov", "SQ01/a\0"])
async def test_no_path_leads_out(volume: Volume, path: str) -> None:
    with pytest.raises(NotReadable):
        await volume.look(path)


async def test_a_link_is_not_followed_wherever_it_leads(volume: Volume, root: Path) -> None:
    (root / "out").symlink_to(root.parent / "secret")
    (root / "in").symlink_to("SQ01/a.mov")
    (root / "folder").symlink_to("SQ01")
    (root / "up").symlink_to("..")
    for path in ("out", "in", "folder/a.mov", "up/secret"):
        with pytest.raises(NotReadable):
            await volume.look(path)


async def test_only_a_regular_file_is_opened(volume: Volume, root: Path) -> None:
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(root / "socket"))
        for path in ("pipe", "socket", "SQ01"):
            with pytest.raises(NotReadable):
                await volume.look(path)


async def test_a_volume_that_is_not_there_is_away_and_its_files_are_not_gone(tmp_path: Path) -> None:
    volume = Volume(tmp_path / "nowhere")
    with pytest.raises(VolumeAway):
        await volume.is_empty()
    with pytest.raises(VolumeAway):
        await volume.look("SQ01/a.mov")
    (tmp_path / "nowhere").mkdir()
    with pytest.raises(VolumeAway):  # an empty folder is what an unmounted filespace leaves
        await volume.look("SQ01/a.mov")
    (tmp_path / "nowhere" / "b.mov").touch()
    with pytest.raises(FileGone):
        await volume.look("SQ01/a.mov")
    assert not await volume.is_empty()
    volume.close()


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOTCONN, VolumeAway),
        (errno.ESTALE, VolumeAway),
        (errno.EIO, DiskTrouble),
        (errno.EACCES, NotReadable),
        (errno.ELOOP, NotReadable),
        (errno.ENOENT, FileGone),
    ],
)
async def test_what_the_mount_answers_is_told_apart(
    root: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: type[Exception]
) -> None:
    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fileserver.volume.open_beneath", refuse)
    volume = Volume(root)
    with pytest.raises(expected):
        await volume.look("SQ01/a.mov")
    volume.close()


@pytest.mark.parametrize("answers", [0, 1], ids=["at once", "after one answer"])
async def test_a_file_of_which_nothing_is_told_is_not_left_open(
    volume: Volume, monkeypatch: pytest.MonkeyPatch, answers: int
) -> None:
    left, told = [answers], os.fstat

    def fail(descriptor: int) -> os.stat_result:
        if not left[0]:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        left[0] -= 1
        return told(descriptor)

    await volume.look("SQ01/a.mov")  # whatever is made once is there
    before = _descriptors()
    with monkeypatch.context() as failing:
        failing.setattr("fileserver.volume.os.fstat", fail)
        with pytest.raises(DiskTrouble):
            await volume.open("SQ01/a.mov")
    assert _descriptors() == before


def _descriptors() -> set[str]:
    return {path.name for path in Path("/dev/fd").iterdir()}


async def test_a_mount_that_hangs_is_not_waited_for(root: Path) -> None:
    volume, released = Volume(root), threading.Event()
    with pytest.raises(DiskTrouble):
        await volume.ask(released.wait, patience_s=0.05)
    released.set()
    volume.close()


async def test_a_file_is_closed_only_after_its_last_read(volume: Volume) -> None:
    file = await volume.open("SQ01/a.mov")
    reading = file.read(0, 5)
    file.close()
    assert (await volume.answer(reading)).chunk == CONTENT[:5]


@given(path=st.text(max_size=20) | st.lists(st.sampled_from(["..", ".", "", "SQ01", "a.mov", "out"]), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_but_what_is_below_ever_opens(root: Path, path: str | list[str]) -> None:
    link = root / "out"
    if not link.is_symlink():
        link.symlink_to("..")
    wanted = path if isinstance(path, str) else "/".join(path)
    for by_kernel in (True, False):
        try:
            descriptor = open_beneath(root, wanted, by_kernel=by_kernel)
        except OSError:
            continue
        try:
            found = os.fstat(descriptor)
            assert found.st_ino in {(root / "SQ01").stat().st_ino, (root / "SQ01" / "a.mov").stat().st_ino}
        finally:
            os.close(descriptor)


def test_this_machine_tests_the_kernel_s_way_where_it_has_one(root: Path) -> None:
    folder = os.open(root, os.O_RDONLY)
    try:
        found = beneath._by_openat2(folder, "SQ01/a.mov")
        assert found is None or os.pread(found, 100, 0) == CONTENT
        if found is not None:
            os.close(found)
    finally:
        os.close(folder)


async def test_no_further_file_is_exposed_while_the_mount_gives_no_answer_for_many(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one folder that hangs would take the threads of all, file by file."""
    opens, released = beneath.open_beneath, threading.Event()

    def hang(root: Path, path: str, *, by_kernel: bool) -> int:
        if path.startswith("hanging"):
            released.wait()
        return opens(root, path, by_kernel=by_kernel)

    monkeypatch.setattr("fileserver.volume.open_beneath", hang)
    monkeypatch.setattr(unanswered, "HANGS_S", 0.0)
    volume = Volume(root)
    look_anew = looking.looking_at(volume, volume.look)
    looks = [asyncio.ensure_future(look_anew(f"hanging/{number}.mov")) for number in range(looking.MOST_HANGING)]
    await asyncio.sleep(0)
    with pytest.raises(VolumeAway, match=f"no answer to {looking.MOST_HANGING}"):
        await look_anew("SQ01/a.mov")
    assert (await volume.look("SQ01/a.mov")).size_bytes == len(CONTENT), "what is open is served"
    assert not await volume.is_empty()
    released.set()
    await asyncio.wait(looks)
    assert (await look_anew("SQ01/a.mov")).size_bytes == len(CONTENT)
    for look in looks:
        with pytest.raises(FileGone):
            look.result()
    volume.close()
