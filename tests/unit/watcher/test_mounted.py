"""When the mount itself is looked at."""

import asyncio
from pathlib import Path

import pytest

from postflow.rights import Rights
from tests.unit.watcher.fakes import FakeClock
from watcher import mounted
from watcher.mounted import AGAIN_S, SELDOM_S, Mounted


class Site:
    """A volume whose rights a test decides, and which counts how often they were tried."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tops = {"EXPORTS"}
        self.found = Rights(opened="EXPORTS/a.mov")
        self.tried: list[list[str]] = []
        self.clock = FakeClock()
        self.mounted = Mounted(root, lambda: self.tops, self.clock.monotonic)
        monkeypatch.setattr(mounted, "rights", self._rights)
        monkeypatch.setattr(mounted, "LOOK_S", 0.0)

    def _rights(self, root: Path, folders: list[str]) -> Rights:
        self.tried.append(folders)
        return self.found

    async def watch(self) -> int:
        """How often it was tried in some rounds."""
        before, stop = len(self.tried), asyncio.Event()
        running = asyncio.create_task(self.mounted.run(stop))
        for _ in range(20):
            await asyncio.sleep(0.001)
        stop.set()
        await running
        return len(self.tried) - before


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


async def test_it_is_looked_at_seldom_while_all_is_well(site: Site) -> None:
    assert await site.watch() == 1
    site.clock.passed_s += AGAIN_S
    assert await site.watch() == 0
    site.clock.passed_s += SELDOM_S
    assert await site.watch() == 1


@pytest.mark.parametrize("found", [Rights(refused=("closed",), opened="EXPORTS/a.mov"), Rights()])
async def test_what_is_refused_or_not_known_is_tried_again_soon(site: Site, found: Rights) -> None:
    site.found = found
    assert await site.watch() == 1
    site.clock.passed_s += AGAIN_S
    assert await site.watch() == 1
    assert site.mounted.rights == found


async def test_a_watch_folder_that_appears_is_tried_at_once(site: Site) -> None:
    await site.watch()
    site.tops.add("MASTERS")
    assert await site.watch() == 1
    assert site.tried[-1] == ["EXPORTS", "MASTERS"]
