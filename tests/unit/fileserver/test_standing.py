"""Whether the volume is there, on a real disk of which a test says what mount it is."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fileserver.standing import Standing
from fileserver.troubles import VolumeAway
from fileserver.volume import Volume
from tests.unit.fileserver.mounts import DISK, FILM, LUCID, Site


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "volume"
    (root / "SQ01").mkdir(parents=True)
    return root


class Sites:
    def __init__(self) -> None:
        self.site = Site()
        self.volumes: list[Volume] = []

    async def standing(self, root: Path) -> Standing:
        """Of a fileserver, or of another one after it."""
        self.volumes.append(Volume(root))
        await self.site.start()
        return Standing(self.volumes[-1], self.site.provenance, root)

    def close(self) -> None:
        for volume in self.volumes:
            volume.close()


@pytest.fixture
def sites() -> Iterator[Sites]:
    sites = Sites()
    yield sites
    sites.close()


async def test_a_volume_that_is_away_is_told_once_from_the_start_on_and_that_it_is_back(
    sites: Sites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str]] = []

    class Recorder:
        def warning(self, _: str, *, action: str, why: str, what_to_do: str) -> None:
            assert what_to_do == f"Mount the filespace at VOLUME_ROOT so that uid {os.getuid()} may read it."
            told.append((action, why.removeprefix(f"{tmp_path}/")))

        def info(self, _: str, *, action: str, root: str) -> None:
            told.append((action, root.removeprefix(f"{tmp_path}/")))

    monkeypatch.setattr("fileserver.standing.logger", Recorder())
    root = tmp_path / "mount"
    standing = await sites.standing(root)
    for _ in range(3):
        await standing.is_there()
    root.touch()
    for _ in range(2):
        await standing.is_there()
    root.unlink()
    root.mkdir()
    for _ in range(2):
        await standing.is_there()
    root.rmdir()
    await standing.is_there()
    assert told == [
        ("volume_away", "mount cannot be read: No such file or directory"),
        ("volume_away", "mount cannot be read: Not a directory"),
        ("volume_back", "mount"),
        ("volume_away", "mount cannot be read: No such file or directory"),
    ]


async def test_an_empty_folder_is_new_until_something_was_there_or_is_wanted(sites: Sites, tmp_path: Path) -> None:
    for is_wanted in (True, False):
        root = tmp_path / str(is_wanted)
        root.mkdir()
        standing = await sites.standing(root)
        assert await standing.is_there()
        assert "or nothing is in it yet" in standing.check().detail
        if is_wanted:
            with pytest.raises(VolumeAway):
                await sites.volumes[-1].look("SQ01/a.mov")
        else:
            (root / "a.mov").touch()
            assert await standing.is_there()
            (root / "a.mov").unlink()
        assert not await standing.is_there()
        assert standing.check().what_to_do.startswith("Mount the filespace")


async def test_a_volume_that_was_there_all_the_time_is_not_news(
    sites: Sites, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.standing.logger", None)
    standing = await sites.standing(root)
    assert await standing.is_there()
    assert await standing.is_there()


async def test_another_volume_is_told_and_may_be_looked_at_for_films(sites: Sites, root: Path) -> None:
    standing = await sites.standing(root)
    await sites.site.provenance.found(FILM)
    sites.site.unmount()
    assert (await standing.is_there(), standing.is_doubted) == (True, True)
    check = standing.check()
    assert (check.ok, str(DISK) in check.detail, str(LUCID) in check.detail) == (False, True, True)
    assert "Mount the right one" in check.what_to_do
    sites.site.now = LUCID
    assert (await standing.is_there(), standing.is_doubted) == (True, False)
    assert standing.check().ok


async def test_an_empty_folder_after_a_restart_is_not_new_if_a_film_was_ever_found(
    sites: Sites, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    standing = await sites.standing(tmp_path / "empty")
    await sites.site.provenance.found(FILM)
    standing = await sites.standing(tmp_path / "empty")
    assert not await standing.is_there()
    assert "nothing is mounted there" in standing.check().detail
