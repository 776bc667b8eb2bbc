"""What the fileserver makes good after a restart, and bears while NATS or the volume is away."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from fileserver.exposure import Exposure, State, Window
from postflow.errors import BusUnavailable
from tests.integration.fileserver_site import KEYS, Site, until
from tests.nats_fixtures import NatsServer

CONTENT = b"frame by frame"


@pytest.mark.parametrize("keys", [None, KEYS], ids=["with the key it made", "with the keys it was given"])
async def test_what_is_open_stays_open_over_a_restart(site: Site, keys: str | None) -> None:
    site.settings |= {"uploads_in_flight": 2, "signing_keys": keys}
    await site.start()
    shots = [site.write(f"{number}.mov", CONTENT) for number in range(4)]
    for shot in shots:
        await site.bus.publish(shot)
    for shot in shots[:2]:
        assert await site.fetched(shot) == 200
    await site.stop()
    await site.ended(shots[0])
    await site.start()
    assert await site.fetched(shots[1]) == 200
    told = await site.transfer(shots[1])
    assert (told.bytes_sent, told.is_open) == (len(CONTENT), True)
    assert await site.fetched(shots[2]) == 200
    assert await site.fetched(shots[0]) == 410
    assert set(await site.holders()) == {shots[1].file_id, shots[2].file_id}


async def test_a_place_whose_holder_was_never_opened_is_free_after_a_restart(site: Site) -> None:
    site.settings["uploads_in_flight"] = 1
    windows = await site.bus.records("exposures", Window)
    await windows.create("window.small", Window(holders=("0" * 32,)))
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.bus.publish(message)
    assert await site.fetched(message) == 200


async def test_what_was_opened_and_never_announced_is_announced_after_a_restart(site: Site) -> None:
    """The message that would bring it up again may wait behind the window that it fills."""
    site.settings["uploads_in_flight"] = 1
    message, now = site.write("a.mov", CONTENT), datetime.now(UTC).replace(microsecond=0)
    waiting = Exposure.of(
        message,
        exposure=1,
        state=State.OPEN,
        exposure_id="abcdefghijklmnopqrstuv",
        base_url=str(site.settings["public_url"]),
        opened_at=now,
        expires_at=now + timedelta(hours=1),
    )
    await (await site.bus.records("exposures", Window)).create("window.small", Window(holders=(message.file_id,)))
    await (await site.bus.records("exposures", Exposure)).create(message.file_id, waiting)
    await site.start()
    assert await site.fetched(message) == 200

    async def noted() -> bool:
        return (await site.record(message)).announced

    await until(noted)


async def test_nats_going_away_cuts_no_pull_and_loses_no_evidence(
    site: Site, nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fileserver.__main__.SWEEP_S", 0.2)
    await site.start()
    message = site.write("a.mov", os.urandom(1000))
    exposed = await site.expose(message)
    assert exposed.public_url is not None
    await site.settled()
    nats.kill()
    answer = await site.http.get(exposed.public_url)
    assert (answer.status_code, len(answer.content)) == (200, 1000)
    nats.start()

    async def noted() -> bool:
        try:
            return (await site.record(message)).covered == ((0, 1000),)
        except BusUnavailable:
            return False

    await until(noted)


async def test_a_volume_that_is_away_is_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.expose.VOLUME_LOOK_S", 0.05)
    monkeypatch.setattr("fileserver.inspection.VOLUME_WAIT_S", 0.1)
    await site.start()
    message = site.write("a.mov", CONTENT)
    elsewhere = site.root.with_name("unplugged")
    site.root.rename(elsewhere)
    await site.bus.publish(message)
    await until(lambda: _not_ready(site))
    elsewhere.rename(site.root)
    assert await site.fetched(message) == 200


async def _not_ready(site: Site) -> bool:
    return not site.health()["volume"].ok


async def test_an_unmounted_volume_is_no_reason_to_give_a_file_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.inspection.VOLUME_WAIT_S", 0.1)
    message = site.write("a.mov", CONTENT)
    mounted = site.root.with_name("mounted")
    site.root.rename(mounted)
    site.root.mkdir()
    await site.start()
    await site.bus.publish(message)

    await until(lambda: _not_ready(site))
    assert await site.last(f"postflow.file.exposed.{message.file_id}") is None
    site.root.rmdir()
    mounted.rename(site.root)
    assert await site.fetched(message) == 200


async def test_a_full_window_is_as_full_after_a_restart_and_lets_the_next_in_when_one_ends(site: Site) -> None:
    site.settings["uploads_in_flight"] = 2
    await site.start()
    shots = [site.write(f"{number}.mov", CONTENT) for number in range(4)]
    for shot in shots:
        await site.bus.publish(shot)
    before = [await site.exposed(shot) for shot in shots[:2]]
    for _ in range(2):
        await site.stop()
        await site.start()
    assert set(await site.holders()) == {shot.file_id for shot in shots[:2]}
    assert [await site.exposed(shot) for shot in shots[:2]] == before
    assert await site.last(f"postflow.file.exposed.{shots[2].file_id}") is None
    for ended, then in ((0, 2), (1, 3)):
        await site.ended(shots[ended])
        assert await site.fetched(shots[then]) == 200
        assert len(await site.holders()) == 2


async def test_another_public_name_within_two_minutes_is_told_though_it_is_the_same_file(site: Site) -> None:
    """The stream stores the same fact once within two minutes; this is another one, with a number of its own."""
    await site.start()
    message = site.write("a.mov", CONTENT)
    first = await site.expose(message)
    await site.settled()
    await site.stop()
    site.settings["public_url"] = str(site.settings["public_url"]).replace("127.0.0.1", "localhost")
    await site.start()

    async def lost() -> bool:
        return (await site.record(message)).address_lost

    await until(lost)
    await site.stale(message)
    second = await site.exposed(message, 2)
    assert second.dedupe_id != first.dedupe_id
    assert second.public_url is not None
    assert second.public_url.startswith(str(site.settings["public_url"]))
    assert await site.fetched(message, 2) == 200
