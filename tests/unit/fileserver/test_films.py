"""An announced film on a real disk, of which a test says what mount it is."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fileserver.film import Film, Revision
from fileserver.films import Films, OtherRevision
from fileserver.troubles import FileGone, NotReadable, VolumeAway
from fileserver.volume import Volume
from tests.unit.fileserver.mounts import DISK, Site

CONTENT = b"frame by frame"


class Place:
    def __init__(self, root: Path) -> None:
        self.path = root / "SQ01" / "a.mov"
        self.path.parent.mkdir(parents=True)
        self.path.write_bytes(CONTENT)
        self.film = Film("SQ01/a.mov", Revision(len(CONTENT), self.path.stat().st_mtime_ns))
        self.volume = Volume(root)
        self.site = Site()

    async def start(self) -> None:
        self.site.look = self.volume.look  # type: ignore[method-assign]
        await self.site.start()
        self.films = Films(self.volume, self.site.provenance)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path / "volume")
    await place.start()
    yield place
    place.volume.close()


async def test_a_film_that_is_there_as_announced_is_opened_and_proves_its_mount(place: Place) -> None:
    (await place.films.open(place.film)).close()
    kept = place.site.kept()
    assert kept is not None
    assert (Film.of(kept), kept.mount) == (place.film, place.site.now)


async def test_a_film_that_we_chose_ourselves_proves_nothing(place: Place) -> None:
    (await place.films.open(place.film, is_announced=False)).close()
    assert await place.films.find(place.film.path) == place.film.revision
    assert place.site.kept() is None


@pytest.mark.parametrize("is_away", [False, True], ids=["on the mount", "below it"])
async def test_what_is_not_there_as_announced_is_missed_only_on_the_right_mount(place: Place, is_away: bool) -> None:
    await place.films.look(place.film)
    if is_away:
        place.site.now = DISK
    place.path.write_bytes(b"short")
    await missed(place, VolumeAway if is_away else OtherRevision)
    place.path.unlink()
    await missed(place, VolumeAway if is_away else FileGone)
    place.path.symlink_to("elsewhere")
    await missed(place, VolumeAway if is_away else NotReadable)


async def missed(place: Place, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        await place.films.open(place.film)
    with pytest.raises(expected):
        await place.films.look(place.film)


async def test_a_mount_that_is_back_just_after_a_film_was_missed_is_looked_at_again(place: Place) -> None:
    await place.films.look(place.film)
    mtime_ns = place.film.revision.mtime_ns

    def back() -> None:
        place.path.write_bytes(CONTENT)
        os.utime(place.path, ns=(mtime_ns, mtime_ns))

    for below in (b"short", None):
        place.path.write_bytes(below) if below else place.path.unlink()
        place.site.meanwhile = back
        await place.films.look(place.film)
        place.path.write_bytes(below) if below else place.path.unlink()
        place.site.meanwhile = back
        (await place.films.open(place.film)).close()


async def test_another_revision_at_the_path_of_an_open_film_is_noticed(place: Place) -> None:
    file = await place.films.open(place.film)
    assert await place.films.is_still(place.film, file)
    newer = place.path.with_name("newer")
    newer.write_bytes(CONTENT[::-1])
    os.utime(newer, ns=(1, 1))
    newer.rename(place.path)
    assert not await place.films.is_still(place.film, file)
    place.path.unlink()
    assert not await place.films.is_still(place.film, file)
    file.close()


async def test_of_an_open_film_whose_mount_has_gone_nobody_can_tell_what_is_at_its_path(place: Place) -> None:
    file = await place.films.open(place.film)
    place.site.now = DISK
    place.path.rename(place.path.with_name("below"))
    with pytest.raises(VolumeAway):
        await place.films.is_still(place.film, file)
    place.path.write_bytes(b"short")
    with pytest.raises(VolumeAway):
        await place.films.is_still(place.film, file)
    file.close()


async def test_an_open_film_that_changed_itself_has_changed_whatever_is_mounted_now(place: Place) -> None:
    file = await place.films.open(place.film)
    place.site.now = DISK
    os.utime(place.path, ns=(1, 1))
    place.path.unlink()
    assert not await place.films.is_still(place.film, file)
    file.close()
