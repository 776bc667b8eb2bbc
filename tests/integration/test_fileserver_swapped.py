"""Something else in a signed file's place: it never leaves, and neither does what it leads to."""

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fileserver.volume import Volume
from tests.integration.fileserver_site import FOLDER, Site, address

CONTENT = os.urandom(100_000)
TWIN = bytes(len(CONTENT))
"""Of the same size, and given the same date: only what it is tells it apart."""


def link(path: Path, twin: Path) -> None:
    path.symlink_to(twin)


def link_within(path: Path, _: Path) -> None:
    inside = path.with_name("inside.mov")
    inside.write_bytes(TWIN)
    path.symlink_to("inside.mov")


def folder(path: Path, _: Path) -> None:
    path.mkdir()


def pipe(path: Path, _: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path, _: Path) -> None:
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(before)


def device(major: int, minor: int) -> Callable[[Path, Path], None]:
    def made(path: Path, _: Path) -> None:
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
        except PermissionError:
            pytest.skip("only root makes devices, and not everywhere")

    return made


SWAPS = {
    "a link out of the volume": link,
    "a link inside the volume": link_within,
    "a folder": folder,
    "a pipe": pipe,
    "a socket": unix_socket,
    "/dev/zero": device(1, 5),
    "/dev/urandom": device(1, 9),
    "/dev/mem": device(1, 1),
    "/dev/tty": device(5, 0),
}


@pytest.mark.parametrize("by_kernel", [True, False], ids=["openat2", "folder by folder"])
@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
async def test_what_came_into_the_file_s_place_is_not_sent(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path, Path], None], by_kernel: bool
) -> None:
    monkeypatch.setattr("fileserver.parts.Volume", lambda root: Volume(root, by_kernel=by_kernel))
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    twin = tmp_path / "twin.mov"
    twin.write_bytes(TWIN)
    site.path(message).unlink()
    swap(site.path(message), twin)
    for place in (twin, site.path(message)):
        os.utime(place, ns=(message.mtime_ns, message.mtime_ns), follow_symlinks=False)
    for method in ("GET", "HEAD"):
        answer = await site.http.request(method, address(exposed))
        assert (answer.status_code, answer.content) == (409, b"")


@pytest.mark.parametrize("by_kernel", [True, False], ids=["openat2", "folder by folder"])
@pytest.mark.parametrize("place", ["out of the volume", "inside the volume", "the root of everything"])
async def test_a_folder_on_the_way_that_became_a_link_leads_nowhere(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, by_kernel: bool
) -> None:
    monkeypatch.setattr("fileserver.parts.Volume", lambda root: Volume(root, by_kernel=by_kernel))
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    elsewhere = {
        "out of the volume": tmp_path / "elsewhere",
        "inside the volume": site.root / "OTHER",
        "the root of everything": Path("/"),
    }[place]
    (site.root / FOLDER).rename(site.root / "was")
    if elsewhere != Path("/"):
        elsewhere.mkdir()
        twin = elsewhere / "a.mov"
        twin.write_bytes(TWIN)
        os.utime(twin, ns=(message.mtime_ns, message.mtime_ns))
    (site.root / FOLDER).symlink_to(elsewhere)
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content) == (409, b"")
    (site.root / FOLDER).unlink()
    (site.root / "was").rename(site.root / FOLDER)


async def test_a_hard_link_put_there_later_is_another_revision(site: Site, tmp_path: Path) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    secret = site.root / "secret"
    secret.write_bytes(TWIN)
    site.path(message).unlink()
    site.path(message).hardlink_to(secret)
    answer = await site.http.get(address(exposed))
    assert (answer.status_code, answer.content) == (409, b"")
