"""The watcher on a FUSE mount: films that other machines write, trouble of the mount's daemon, and reads that hang."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.messages import Condition, FileReady
from tests.integration.test_watcher_process import ONLY_EVENTS
from tests.integration.watcher_rig import Desk, Process, paths, process, ready_in, shot, stream, until_ready
from tests.nats_fixtures import NatsServer
from tests.slowmount.mounting import Kind, SlowMount
from watcher.contents.examining import LONGEST_AGAIN_S

OLD_NS = 1_500_000_000 * 10**9


@pytest.fixture
async def watcher(slow_mount: SlowMount, tmp_path: Path, nats: NatsServer, bus: Bus) -> AsyncIterator[Process]:
    async with process(tmp_path, nats.url) as made:
        await made.start()
        yield made


@pytest.fixture
def remote(slow_mount: SlowMount) -> Path:
    """The watch folder, as another machine has it."""
    return slow_mount.backing / "EXPORTS"


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not wanted():
            await asyncio.sleep(0.02)


async def until_volume(watcher: Process, *, is_well: bool) -> str:
    """What it says of the volume once it is well, or not."""
    async with asyncio.timeout(20):
        while (check := (await watcher.report())["volume"])["ok"] is not is_well:
            await asyncio.sleep(0.05)
    return str(check["detail"])


async def test_a_film_from_another_machine_is_sent_though_no_event_tells_of_it(
    watcher: Process, remote: Path, bus: Bus
) -> None:
    (remote / "SQ01").mkdir()
    (remote / "SQ01" / shot(1)).write_bytes(b"film")
    (remote / shot(2)).write_bytes(b"film")
    assert set(paths(await until_ready(bus, 2))) == {f"SQ01/{shot(1)}", shot(2)}


async def test_a_film_is_not_sent_while_another_machine_writes_it(watcher: Process, remote: Path, bus: Bus) -> None:
    film, whole = remote / shot(1), 0
    for _ in range(20):
        with film.open("ab") as file:
            whole += file.write(b"film")
        await asyncio.sleep(0.05)
    (ready,) = await until_ready(bus, 1)
    assert ready.size_bytes == whole


def grown(film: Path) -> None:
    with film.open("ab") as file:
        file.write(b"s")


def overwritten_with_an_older_date(film: Path) -> None:
    with film.open("r+b") as file:
        file.write(b"Film")
    os.utime(film, ns=(OLD_NS, OLD_NS))


def replaced_by_an_older_file(film: Path) -> None:
    other = film.with_name(".other")
    other.write_bytes(b"another film")
    os.utime(other, ns=(OLD_NS, OLD_NS))
    other.replace(film)


def written_anew_with_the_same_size(film: Path) -> None:
    film.write_bytes(b"FILM")


@pytest.mark.parametrize(
    "change",
    [grown, overwritten_with_an_older_date, replaced_by_an_older_file, written_anew_with_the_same_size],
)
@pytest.mark.parametrize("is_old", [False, True], ids=["just-released", "of-the-baseline"])
async def test_what_another_machine_does_to_a_film_is_seen(
    slow_mount: SlowMount,
    remote: Path,
    tmp_path: Path,
    nats: NatsServer,
    bus: Bus,
    change: Callable[[Path], None],
    is_old: bool,
) -> None:
    remote.mkdir()
    film = remote / shot(1)
    async with process(tmp_path, nats.url) as watcher:
        if is_old:
            film.write_bytes(b"film")
            os.utime(film, ns=(OLD_NS + 1, OLD_NS + 1))
        await watcher.start()
        if not is_old:
            film.write_bytes(b"film")
            await until_ready(bus, 1)
        change(film)
        *_, last = await until_ready(bus, 1 if is_old else 2)
    seen = film.stat()
    assert (last.size_bytes, last.mtime_ns) == (seen.st_size, seen.st_mtime_ns)


async def test_a_killed_daemon_ends_nothing_and_what_came_meanwhile_is_found(
    watcher: Process, slow_mount: SlowMount, remote: Path, bus: Bus
) -> None:
    (remote / shot(1)).write_bytes(b"film")
    await until_ready(bus, 1)
    (remote / shot(2)).write_bytes(b"film")
    slow_mount.kill()
    assert "not connected" in await until_volume(watcher, is_well=False)
    (remote / shot(3)).write_bytes(b"film")
    (remote / shot(1)).unlink()
    slow_mount.unmount()
    slow_mount.mount()
    await until_volume(watcher, is_well=True)
    assert sorted(paths(await until_ready(bus, 3))) == [shot(1), shot(2), shot(3)]
    (slow_mount.at / "EXPORTS" / shot(4)).write_bytes(b"film")
    await until_ready(bus, 4)
    assert {type(message) for message in await stream(bus)} <= {FileReady, Condition}


async def test_local_films_are_heard_of_again_after_a_remount_that_no_walk_saw(
    slow_mount: SlowMount, tmp_path: Path, nats: NatsServer, bus: Bus
) -> None:
    async with process(tmp_path, nats.url, **ONLY_EVENTS) as watcher:
        await watcher.start()
        (slow_mount.at / "EXPORTS" / shot(1)).write_bytes(b"film")
        await until_ready(bus, 1)
        slow_mount.unmount()
        slow_mount.mount()
        for number in (2, 3):
            (slow_mount.at / "EXPORTS" / shot(number)).write_bytes(b"film")
            await until_ready(bus, number)
        assert (await watcher.report())["volume"]["ok"]


@pytest.mark.parametrize("is_mounted", [False, True], ids=["unmounted", "another-volume"])
async def test_an_empty_mount_is_not_believed(
    watcher: Process, slow_mount: SlowMount, remote: Path, tmp_path: Path, bus: Bus, is_mounted: bool
) -> None:
    (remote / shot(1)).write_bytes(b"film")
    await until_ready(bus, 1)
    (remote / shot(2)).write_bytes(b"film")
    slow_mount.unmount()
    if is_mounted:
        (tmp_path / "another").mkdir()
        slow_mount.mount(tmp_path / "another")
    assert "is empty" in await until_volume(watcher, is_well=False)
    slow_mount.unmount()
    slow_mount.mount()
    await until_volume(watcher, is_well=True)
    assert sorted(paths(await until_ready(bus, 2))) == [shot(1), shot(2)]
    assert {type(message) for message in await stream(bus)} <= {FileReady, Condition}


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.READ])
async def test_a_read_that_hangs_holds_that_file_alone(
    watcher: Process, slow_mount: SlowMount, remote: Path, bus: Bus, kind: Kind
) -> None:
    with slow_mount.hanging(kind, only=shot(1)):
        (remote / shot(1)).write_bytes(b"film")
        before = slow_mount.asked(kind)
        await until(lambda: slow_mount.asked(kind) > before)
        for number in range(2, 8):
            (remote / shot(number)).write_bytes(b"film")
        released = paths(await until_ready(bus, 6))
        assert sorted(released) == [shot(number) for number in range(2, 8)]
        assert (await watcher.report())["volume"]["ok"]
    assert shot(1) in paths(await until_ready(bus, 7))


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.READ])
async def test_a_film_that_cannot_be_read_yet_waits_and_says_why(slow_mount: SlowMount, desk: Desk, kind: Kind) -> None:
    await desk.start()
    for number in (1, 2):
        (slow_mount.backing / "EXPORTS" / shot(number)).write_bytes(b"film")
    with slow_mount.failing(kind, only=shot(1)):
        assert paths(await desk.see()) == [shot(2)]
        assert await desk.why(shot(1)) == ("waiting", "it cannot be read yet: Input/output error")
    await desk.pass_time(LONGEST_AGAIN_S)
    assert paths(await ready_in(desk.bus)) == [shot(2), shot(1)]


async def test_a_folder_that_cannot_be_listed_leaves_what_is_in_it_as_it_is(slow_mount: SlowMount, desk: Desk) -> None:
    await desk.start()
    remote = slow_mount.backing / "EXPORTS"
    for folder in ("SQ01", "SQ02"):
        (remote / folder).mkdir()
        (remote / folder / shot(1)).write_bytes(b"film")
    assert len(await desk.see()) == 2
    for folder in ("SQ01", "SQ02"):
        (remote / folder / shot(2)).write_bytes(b"film")
    with slow_mount.failing(Kind.LIST, only="SQ01"):
        assert paths(await desk.see())[2:] == [f"SQ02/{shot(2)}"]
        assert desk.parts.report.volume().ok
    assert paths(await desk.see())[3:] == [f"SQ01/{shot(2)}"]


async def test_a_listing_that_hangs_does_not_keep_what_was_seen_before_from_being_sent(
    watcher: Process, slow_mount: SlowMount, remote: Path, bus: Bus
) -> None:
    (remote / "SQ01").mkdir()
    with slow_mount.hanging(Kind.READ):
        (remote / shot(1)).write_bytes(b"film")
        await until(lambda: "waiting for quiet" in watcher.log())
    with slow_mount.hanging(Kind.LIST, only="SQ01"):
        before = slow_mount.asked(Kind.LIST)
        await until(lambda: slow_mount.asked(Kind.LIST) >= before + 2)
        (slow_mount.at / "EXPORTS" / shot(2)).write_bytes(b"film")
        assert sorted(paths(await until_ready(bus, 2))) == [shot(1), shot(2)]
        (remote / "SQ01" / shot(3)).write_bytes(b"film")
    assert sorted(paths(await until_ready(bus, 3)))[0] == f"SQ01/{shot(3)}"


async def test_a_local_film_is_heard_of_by_an_event_and_one_of_another_machine_is_not(
    slow_mount: SlowMount, tmp_path: Path, nats: NatsServer, bus: Bus
) -> None:
    async with process(tmp_path, nats.url, **ONLY_EVENTS) as watcher:
        await watcher.start()
        here, elsewhere = slow_mount.at / "EXPORTS", slow_mount.backing / "EXPORTS"
        (here / shot(1)).write_bytes(b"film")
        await until_ready(bus, 1)  # so it listens, and has looked around for what came before that
        (elsewhere / shot(2)).write_bytes(b"film")
        (here / shot(3)).write_bytes(b"film")
        *_, ready = await until_ready(bus, 2)
        assert paths([ready]) == [shot(3)]
        assert (ready.at - ready.changed_at).total_seconds() < 5
