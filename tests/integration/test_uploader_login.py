"""Uploaders as processes, signed in through Adobe: a login, its renewals, its end, and the next login."""

import asyncio
from pathlib import Path

from postflow.bus import Bus
from simulators.ims.faults import LostAnswer
from tests.examples import destination
from tests.integration.login_rig import Lot, lot
from tests.nats_fixtures import NatsServer


async def publish(lot: Lot, numbers: range) -> None:
    for number in numbers:
        name = f"SQ01_UNDLM_{number:05d}_v001.mov"
        await lot.bus.publish(lot.studio.exposed(path=name, destination=destination(name=name)))


async def rotated(lot: Lot, count: int) -> None:
    async with asyncio.timeout(30):
        while lot.ims.grants.counts.rotations < count:
            await asyncio.sleep(0.05)


async def test_before_anybody_signed_in_it_answers_and_says_what_to_do(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path) as made:
        (uploader,) = made.uploaders
        check = await uploader.until_check("login", "nobody has signed in to Frame.io yet", ok=False)
        assert check["what_to_do"] == "Run `postflow login`."
        await publish(made, range(1))
        done = await made.login()
        assert (done.refusal, done.user, done.account) == (None, "PostFlow technical user", "Simulated studio")
        assert done.projects == ("UNDLM",)
        await made.studio.published("delivered")
        await uploader.until_check("frameio", "signed in as PostFlow technical user", ok=True)
        await uploader.until_check("login", "lasts 13 days without being renewed", ok=True)


async def test_two_replicas_share_a_token_that_lasts_seconds_and_deliver_everything(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path, replicas=2) as made:
        made.ims.change(expires_in_s=3, grace_s=10)
        for uploader in made.uploaders:
            await uploader.until_check("login", "nobody has signed in", ok=False)
        assert (await made.login()).refusal is None
        await publish(made, range(10))
        await rotated(made, 1)
        made.ims.faults.queue(LostAnswer(route="token"))
        await publish(made, range(10, 20))
        await rotated(made, 4)
        await made.studio.published("delivered", count=20, timeout_s=40)
        counts = made.ims.grants.counts
        assert (counts.reuses, counts.forgiven, counts.logins) == (0, 1, 1)
    assert len(made.studio.assets()) == 20
    assert len([line for line in made.logs().splitlines() if '"token_renewed"' in line]) >= 3


async def test_a_login_that_ends_makes_files_wait_until_the_next_one(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path, replicas=2) as made:
        made.ims.change(expires_in_s=2)
        for uploader in made.uploaders:
            await uploader.until_check("login", "nobody has signed in", ok=False)
        await made.login()
        await publish(made, range(1))
        await made.studio.published("delivered")
        made.ims.grants.revoke_all()
        for uploader in made.uploaders:
            check = await uploader.until_check("login", "the login to Frame.io has ended", ok=False)
            assert check["what_to_do"] == "Run `postflow login`."
        await publish(made, range(1, 3))
        made.ims.change(expires_in_s=600)
        assert (await made.login()).refusal is None
        delivered = await made.studio.published("delivered", count=3, timeout_s=40)
        assert "failed" not in [getattr(message, "state", "") for message in await made.studio.story()]
    assert len({message.file_id for message in delivered}) == 3


async def test_a_service_signs_in_by_its_secret_and_nobody_needs_to_log_in(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path, FRAMEIO_AUTH="server_to_server") as made:
        (uploader,) = made.uploaders
        await uploader.until_check("frameio", "signed in as", ok=True)
        assert made.ims.grants.counts.service_tokens == 1
        refused = await made.begin()
        assert refused.refusal is not None
        assert refused.refusal.code == "LOGIN_NOT_NEEDED"
        await publish(made, range(1))
        await made.studio.published("delivered")


async def test_a_wrong_secret_is_one_clear_line(bus: Bus, nats: NatsServer, tmp_path: Path) -> None:
    async with lot(bus, nats.url, tmp_path, FRAMEIO_AUTH="server_to_server", FRAMEIO_CLIENT_SECRET="wrong") as made:
        made.about.add("unauthorized")
        check = await made.uploaders[0].until_check("frameio", "invalid_client", ok=False)
        assert check["what_to_do"].startswith("Correct FRAMEIO_CLIENT_ID and FRAMEIO_CLIENT_SECRET")
