"""When the mount is looked at, and what is said of it."""

import asyncio
from pathlib import Path

import pytest

from postflow import mounted, mounts, rights
from postflow.checks import Check
from postflow.mounted import Mounted
from postflow.mounts import Mount
from postflow.rights import Rights

ALONE = Mount(90, "/mnt", "fuse.lucid", "film.studio", True, False, 4242)
THERE = Check(True, "it can be listed")


class Site:
    """A volume whose rights a test decides, and which counts how often they were tried."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folders = {"EXPORTS"}
        self.found = Rights(opened="EXPORTS/a.mov")
        self.mount: Mount | None = None
        self.tried: list[list[str]] = []
        self.mounted = Mounted(root, self._folders)
        monkeypatch.setattr(rights, "rights", self._rights)
        monkeypatch.setattr(mounts, "mount_of", lambda root: self.mount)

    async def _folders(self) -> set[str]:
        return self.folders

    def _rights(self, root: Path, folders: list[str]) -> Rights:
        self.tried.append(folders)
        return self.found

    async def until_tried(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.tried) < count:
                await asyncio.sleep(0.001)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


async def test_it_is_looked_at_once_while_all_is_well_and_again_when_the_folders_change(site: Site) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(site.mounted.run(stop))
    await site.until_tried(1)
    site.folders = {"EXPORTS", "MASTERS"}
    site.mounted.wake()
    await site.until_tried(2)
    stop.set()
    await asyncio.wait_for(running, 5)
    assert site.tried == [["EXPORTS"], ["EXPORTS", "MASTERS"]]


@pytest.mark.parametrize("found", [Rights(refused=("closed",), opened="EXPORTS/a.mov"), Rights()])
async def test_what_is_refused_or_not_known_is_tried_again_soon(
    site: Site, found: Rights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounted, "AGAIN_S", 0.001)
    site.found, stop = found, asyncio.Event()
    running = asyncio.create_task(site.mounted.run(stop))
    await site.until_tried(3)
    stop.set()
    await asyncio.wait_for(running, 5)


async def test_files_that_may_not_be_opened_are_red_though_the_volume_can_be_listed(site: Site) -> None:
    await site.mounted.look()
    assert site.mounted.volume(THERE) == Check(True, "it can be listed; EXPORTS/a.mov could be opened")
    site.found = Rights(refused=("A/a.mov may not be opened: Permission denied",))
    await site.mounted.look()
    check = site.mounted.volume(THERE)
    assert (check.ok, check.detail) == (False, "it can be listed, but A/a.mov may not be opened: Permission denied")
    assert "allow_other" in check.what_to_do
    site.found = Rights()
    await site.mounted.look()
    assert site.mounted.volume(THERE) == Check(True, "it can be listed; no file to be tried was found yet")


async def test_a_mount_for_somebody_else_alone_is_named_as_the_cause(site: Site) -> None:
    site.mount = ALONE
    await site.mounted.look()
    check = site.mounted.volume(Check(False, "it cannot be read: Permission denied", "Mount it."))
    assert check.what_to_do.startswith("It is mounted for uid 4242 alone")


async def test_what_is_wrong_with_the_volume_itself_comes_first(site: Site) -> None:
    gone = Check(False, "it is empty", "Mount it.")
    assert site.mounted.volume(gone) == gone
    new = Check(True, "it is empty", "Mount it.")
    assert site.mounted.volume(new) == new
