"""Which files are open and which wait, whatever is said twice, late or while the fileserver is away."""

from datetime import UTC, datetime

import pytest

from fileserver.exposure import Exposure, State
from postflow.messages import FileFailed, FileSuperseded, Parked
from tests.examples import about_file, destination, failed
from tests.integration.fileserver_site import Site, until

CONTENT = b"frame by frame"


async def test_the_seventh_waits_until_one_of_six_has_ended(site: Site) -> None:
    await site.start()
    shots = [site.write(f"{number}.mov", CONTENT) for number in range(7)]
    for shot in shots:
        await site.bus.publish(shot)
    for shot in shots[:6]:
        await site.exposed(shot)
    large = await site.expose(site.write("master.mov", CONTENT, lane="large"))
    assert large.public_url is not None
    assert await site.last(f"postflow.file.exposed.{shots[6].file_id}") is None
    assert len(await site.holders()) == 6
    await site.ended(shots[2])
    assert await site.fetched(shots[6]) == 200
    assert shots[2].file_id not in await site.holders()


async def test_eight_large_files_before_a_small_one_do_not_keep_it_waiting(site: Site) -> None:
    await site.start()
    masters = [site.write(f"{number}.mov", CONTENT, lane="large") for number in range(8)]
    for master in masters:
        await site.bus.publish(master)
    await site.exposed(masters[1])
    shot = site.write("shot.mov", CONTENT)
    await site.bus.publish(shot)
    assert await site.fetched(shot) == 200
    assert await site.last(f"postflow.file.exposed.{masters[2].file_id}") is None
    await site.ended(masters[0])
    assert await site.fetched(masters[2]) == 200


async def test_two_files_of_one_place_are_open_side_by_side(site: Site) -> None:
    """Which of them is delivered first is the uploader's affair; the other one waits with its address."""
    await site.start()
    first, second = (site.write(name, CONTENT, destination=destination(name="same.mov")) for name in ("a.mov", "b.mov"))
    for message in (first, second):
        await site.expose(message)
    assert await site.fetched(first) == 200
    await site.ended(first)
    await site.settled()
    assert await site.fetched(first) == 410
    assert (await site.transfer(second)).is_open
    assert await site.fetched(second) == 200


async def test_a_stale_exposure_in_a_full_window_is_replaced(site: Site) -> None:
    site.settings["uploads_in_flight"] = 2
    await site.start()
    shots = [site.write(f"{number}.mov", CONTENT) for number in range(3)]
    for shot in shots[:2]:
        await site.expose(shot)
    first = await site.exposed(shots[0])
    await site.stale(shots[0])
    second = await site.exposed(shots[0], 2)
    assert first.public_url is not None
    assert (await site.http.get(first.public_url)).status_code == 410
    assert second.public_url != first.public_url
    assert await site.fetched(shots[0], 2) == 200
    assert set(await site.holders()) == {shots[0].file_id, shots[1].file_id}


async def test_all_of_a_full_window_may_become_stale(site: Site) -> None:
    site.settings["uploads_in_flight"] = 2
    await site.start()
    shots = [site.write(f"{number}.mov", CONTENT) for number in range(4)]
    for shot in shots:
        await site.bus.publish(shot)
    for shot in shots[:2]:
        await site.exposed(shot)
    for shot in shots[:2]:
        await site.stale(shot)
    for shot in shots[2:]:  # they came first
        assert await site.fetched(shot) == 200
        await site.ended(shot)
    for shot in shots[:2]:
        assert await site.fetched(shot, 2) == 200


async def test_what_is_said_twice_is_done_once(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    record = await site.record(message)
    await site.again(message)
    await site.settled()
    assert await site.record(message) == record
    assert await site.exposed(message) == exposed
    await site.stale(message)
    second = await site.exposed(message, 2)
    await site.again(message)
    await site.settled()
    assert await site.last(f"postflow.file.exposed.{message.file_id}") == second
    assert await site.fetched(message, 2) == 200


async def test_what_has_ended_is_not_opened_again_by_a_late_message(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    await site.ended(message)
    await site.settled()
    await site.again(message)
    await site.stale(message)
    await site.settled()
    assert (await site.record(message)).state is State.REVOKED
    assert await site.holders() == ()
    second = message.model_copy(update={"attempt": 2})
    await site.bus.publish(second)
    assert await site.fetched(second) == 200


async def test_what_ends_in_the_backlog_is_never_opened(site: Site) -> None:
    site.settings["uploads_in_flight"] = 1
    await site.start()
    first, second = (site.write(f"{number}.mov", CONTENT) for number in range(2))
    await site.expose(first)
    await site.bus.publish(second)
    about = about_file(**second.model_dump()) | {"why": "it was moved"}
    await site.bus.publish(FileSuperseded.model_validate(about))

    async def known() -> bool:
        held = await (await site.bus.records("exposures", Exposure)).get(second.file_id)
        return held is not None

    await until(known)
    await site.ended(first)
    await site.settled()
    assert await site.last(f"postflow.file.exposed.{second.file_id}") is None


async def test_the_end_of_an_older_exposure_leaves_the_newer_one(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    await site.stale(message)
    await site.exposed(message, 2)
    await site.bus.publish(failed(**(about_file(**message.model_dump()) | {"exposure": 1})))
    await site.settled()
    assert await site.fetched(message, 2) == 200


async def test_another_revision_is_refused_and_takes_no_place(site: Site) -> None:
    await site.start()
    changed, gone, link = (site.write(name, CONTENT) for name in ("changed.mov", "gone.mov", "link.mov"))
    site.overwrite(changed, b"other")
    site.path(gone).unlink()
    site.path(link).rename(site.root / "kept.mov")
    site.path(link).symlink_to("../kept.mov")
    for message, code in ((changed, "REVISION_CHANGED"), (gone, "FILE_GONE"), (link, "NOT_READABLE")):
        exposed = await site.expose(message)
        assert exposed.refusal is not None
        assert (exposed.refusal.code, exposed.exposure) == (code, 1)
        assert exposed.public_url is None
    assert await site.holders() == ()
    await site.stale(gone)
    assert (await site.exposed(gone, 2)).refusal is not None


async def test_a_stale_exposure_of_a_file_that_is_gone_gives_its_place_back(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    await site.expose(message)
    site.path(message).unlink()
    site.write("b.mov", CONTENT)
    await site.stale(message)
    assert (await site.exposed(message, 2)).refusal is not None
    await site.settled()
    assert await site.holders() == ()


async def test_a_file_of_another_filespace_is_for_a_person(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT, filespace="other")
    await site.bus.publish(message)

    async def failed() -> bool:
        return isinstance(await site.last(f"postflow.file.failed.{message.file_id}"), FileFailed)

    await until(failed)
    told = await site.last(f"postflow.file.failed.{message.file_id}")
    assert isinstance(told, FileFailed)
    assert told.code == "OTHER_FILESPACE"
    assert isinstance(await site.last("postflow.parked.fileserver-expose-small.*"), Parked)


async def test_an_expired_address_is_dead_and_frees_its_place(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fileserver.__main__.SWEEP_S", 0.1)
    site.settings["url_lifetime_s"] = 2
    await site.start()
    message = site.write("a.mov", CONTENT)
    exposed = await site.expose(message)
    assert await site.fetched(message) == 200

    async def freed() -> bool:
        return await site.holders() == ()

    await until(freed)
    assert exposed.expires_at <= datetime.now(UTC)
    assert await site.fetched(message) == 410
    assert (await site.record(message)).state == "expired"
    await site.stale(message)
    assert await site.fetched(message, 2) == 200
