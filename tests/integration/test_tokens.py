"""Tokens that several replicas share, on a real nats-server, renewed by a strict IMS."""

import asyncio
import time
from datetime import timedelta

import pytest

from postflow.checks import Check
from postflow.errors import BusUnavailable, NotYet
from simulators.faults import Delay, DelayAnswer
from simulators.ims.faults import LostAnswer, Status
from tests.integration.ims_office import Clock, Office
from tests.integration.login_rig import SECRET_KEY
from tests.nats_fixtures import NatsServer
from uploader.frameio import refresh
from uploader.frameio.errors import TokenRefused
from uploader.frameio.ims import ClientRefused, GrantRefused, ImsUnavailable
from uploader.frameio.lifetime import due_at
from uploader.frameio.refresh import START_NATS
from uploader.frameio.tokens import ServiceToken
from uploader.frameio.vault import PENDING_KEY, TOKENS_KEY


@pytest.fixture(autouse=True)
def _every_refusal_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.frameio.lifetime.YOUNG_S", 0.0)


async def test_many_callers_with_a_refused_token_renew_it_once(office: Office) -> None:
    await office.login()
    tokens = [await office.tokens(owner) for owner in ("one", "two")]
    old = await tokens[0].bearer()
    assert await tokens[1].bearer() == old
    new = await asyncio.gather(*(each.newer_than(old) for each in tokens for _ in range(20)))
    assert len(set(new)) == 1
    assert new[0] != old
    assert await office.works(new[0])
    assert (office.rotations, office.reuses) == (1, 0)


async def test_an_expired_token_is_renewed_by_one_and_read_by_the_others(office: Office) -> None:
    await office.login()
    tokens = [await office.tokens(str(owner)) for owner in range(4)]
    old = {await each.bearer() for each in tokens}
    office.clock.ahead = timedelta(hours=24)
    new = set(await asyncio.gather(*(each.bearer() for each in tokens)))
    assert (len(old), len(new)) == (1, 1)
    assert (office.rotations, office.reuses) == (1, 0)


async def test_a_token_is_renewed_at_half_its_life_and_at_least_daily(office: Office) -> None:
    office.simulator.change(expires_in_s=4 * 86_400)
    await office.login()
    tokens, stop = await office.tokens(), asyncio.Event()
    await tokens.bearer()
    office.clock.ahead = timedelta(hours=25)
    keeping = asyncio.create_task(tokens.keep(stop))
    async with asyncio.timeout(10):
        while office.rotations == 0:
            await asyncio.sleep(0.02)
    stop.set()
    await keeping
    await tokens.close()
    pair = (await office.vault()).open((await (await office.vault()).record()).value)
    assert due_at(pair.access) == pair.access.issued_at + timedelta(days=1)


async def test_a_lost_answer_is_asked_for_again_at_once_with_the_old_token(office: Office) -> None:
    office.simulator.change(grace_s=30)
    await office.login()
    tokens = await office.tokens()
    old = await tokens.bearer()
    office.simulator.faults.queue(LostAnswer(route="token"))
    assert await office.works(await tokens.newer_than(old))
    assert (office.rotations, office.reuses, office.simulator.grants.counts.forgiven) == (2, 0, 1)


async def test_a_lost_answer_without_any_grace_needs_a_new_login(office: Office) -> None:
    await office.login()
    one, other = await office.tokens("one"), await office.tokens("two")
    old = await one.bearer()
    office.simulator.faults.queue(LostAnswer(route="token"))
    with pytest.raises(GrantRefused):
        await one.newer_than(old)
    for tokens in (one, other):
        with pytest.raises(TokenRefused, match=r"login to Frame\.io has ended") as waits:
            await tokens.login()
        assert waits.value.what_to_do == "Run `postflow login`."
        with pytest.raises(NotYet):
            await tokens.bearer()
    await office.login()
    assert await one.bearer() == await other.bearer()


async def test_while_adobe_is_away_nothing_is_lost_and_the_lease_is_free(office: Office) -> None:
    await office.login()
    one, other = await office.tokens("one"), await office.tokens("two")
    old = await one.bearer()
    office.simulator.faults.queue(Status(route="token", status=503, times=3))
    with pytest.raises(ImsUnavailable):
        await one.newer_than(old)
    await other.bearer()
    assert await office.works(await other.newer_than(old))
    assert (office.rotations, office.reuses) == (1, 0)


async def test_the_new_pair_is_stored_before_it_is_used_however_long_nats_is_away(
    office: Office, nats: NatsServer
) -> None:
    await office.login()
    tokens = await office.tokens()
    old = await tokens.bearer()
    office.simulator.faults.queue(DelayAnswer(route="token", delay_s=1.0))
    renewing = asyncio.create_task(tokens.newer_than(old))
    async with asyncio.timeout(10):
        while office.rotations == 0:
            await asyncio.sleep(0.01)
    nats.kill()
    await asyncio.sleep(1.5)
    assert not renewing.done()
    nats.start()
    new = await asyncio.wait_for(renewing, 30)
    another = await office.tokens("two")
    async with asyncio.timeout(10):
        assert await another.bearer() == new
    assert (office.rotations, office.reuses) == (1, 0)


async def test_a_renewal_goes_on_when_whoever_waited_for_it_gives_up(office: Office) -> None:
    await office.login()
    tokens = await office.tokens()
    old = await tokens.bearer()
    office.simulator.faults.queue(DelayAnswer(route="token", delay_s=0.5))
    waiting = asyncio.create_task(tokens.newer_than(old))
    async with asyncio.timeout(10):
        while office.rotations == 0:
            await asyncio.sleep(0.01)
    waiting.cancel()
    await tokens.close()
    another = await office.tokens("two")
    assert await another.bearer() not in ("", old)
    assert (office.rotations, office.reuses) == (1, 0)


async def test_a_lease_whose_owner_died_runs_out(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh, "LEASE_S", 1.0)
    await office.login()
    vault = await office.vault()
    held = await vault.record()
    await vault.tokens.update(TOKENS_KEY, held.value.model_copy(update={"lease_owner": "dead"}), held=held)
    began = time.monotonic()
    tokens = await office.tokens()
    old = await tokens.bearer()
    assert await tokens.newer_than(old) != old
    assert time.monotonic() - began >= 1.0
    assert office.rotations == 1


async def test_replicas_whose_clocks_differ_do_not_renew_at_the_same_time(office: Office) -> None:
    await office.login()
    one, other = await office.tokens("one"), await office.tokens("two", now=Clock(timedelta(minutes=2)))
    old = await one.bearer()
    assert await other.bearer() == old
    office.simulator.faults.queue(DelayAnswer(route="token", delay_s=2.0))
    first = asyncio.create_task(one.newer_than(old))
    vault = await office.vault()
    async with asyncio.timeout(10):
        while not (await vault.record()).value.lease_owner:
            await asyncio.sleep(0.02)
    assert len({await first, await other.newer_than(old)}) == 1
    assert (office.rotations, office.reuses) == (1, 0)


async def test_while_nats_is_away_nobody_is_told_to_sign_in(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, stop = await office.tokens(), asyncio.Event()

    async def away(_: str) -> None:
        raise BusUnavailable("NATS did not answer")

    monkeypatch.setattr(tokens._vault.tokens, "get", away)
    assert "login" not in tokens.check().what_to_do
    keeping = asyncio.create_task(tokens.keep(stop))
    async with asyncio.timeout(10):
        while tokens.trouble is None:
            await asyncio.sleep(0.02)
    assert tokens.check() == Check(False, "NATS did not answer", START_NATS)
    stop.set()
    await keeping


async def test_a_login_during_a_renewal_wins(office: Office) -> None:
    await office.login()
    tokens = await office.tokens()
    old = await tokens.bearer()
    before = await tokens.login()
    office.simulator.faults.queue(Delay(route="token", delay_s=0.5))
    renewing = asyncio.create_task(tokens.newer_than(old))
    await asyncio.sleep(0.2)
    await office.login()
    new = await renewing
    assert await tokens.login() != before
    assert await tokens.bearer() == new
    assert await (await office.tokens("two")).bearer() == new


async def test_another_key_says_so_and_an_earlier_one_still_opens(office: Office) -> None:
    await office.login()
    other = "f" * 32
    with pytest.raises(TokenRefused, match="SECRET_KEY is not the key"):
        await (await office.tokens(key=other)).bearer()
    assert await (await office.tokens(key=f"{other},{SECRET_KEY}")).bearer()


async def test_the_bucket_holds_neither_token_nor_state_in_the_clear(office: Office) -> None:
    address = await office.address()
    bucket = await office.bus.jetstream.key_value("tokens")
    pending = (await bucket.get(PENDING_KEY)).value or b""
    assert address.partition("state=")[2].encode() not in pending
    await office.finish(address)
    assert b"simulated-" not in ((await bucket.get(TOKENS_KEY)).value or b"")


async def test_days_left_are_told_and_the_last_ones_are_red(office: Office) -> None:
    await office.login()
    tokens = await office.tokens()
    assert not tokens.check().ok
    await tokens.bearer()
    assert tokens.check().detail == "the login of Technical user lasts 13 days without being renewed"
    office.clock.ahead = timedelta(days=10, hours=1)
    assert not tokens.check().ok
    assert "lasts 3 days" in tokens.check().detail
    assert tokens.check().what_to_do.startswith("Run `postflow login`")


async def test_a_token_that_cannot_be_renewed_is_red_once_it_has_expired(office: Office) -> None:
    await office.login()
    tokens, stop = await office.tokens(), asyncio.Event()
    office.simulator.change(client_secret="another")
    office.about.add("unauthorized")
    office.clock.ahead = timedelta(hours=13)
    keeping = asyncio.create_task(tokens.keep(stop))
    async with asyncio.timeout(10):
        while tokens.trouble is None:
            await asyncio.sleep(0.02)
    assert tokens.check().ok
    assert "invalid_client" in tokens.check().detail
    office.clock.ahead = timedelta(hours=25)
    check = tokens.check()
    assert (check.ok, check.what_to_do.partition(",")[0]) == (
        False,
        "Correct FRAMEIO_CLIENT_ID and FRAMEIO_CLIENT_SECRET",
    )
    with pytest.raises(ClientRefused):
        await tokens.bearer()
    stop.set()
    await keeping


async def test_a_service_keeps_its_token_and_gets_another_when_it_is_refused(office: Office) -> None:
    tokens = ServiceToken(office.ims, now=office.clock)
    first = await asyncio.gather(*(tokens.bearer() for _ in range(10)))
    assert len(set(first)) == 1
    second = await asyncio.gather(*(tokens.newer_than(first[0]) for _ in range(10)))
    assert len({*first, *second}) == 2
    office.clock.ahead = timedelta(hours=24)
    await tokens.bearer()
    assert office.simulator.grants.counts.service_tokens == 3


async def test_a_token_refused_just_after_it_was_issued_is_not_renewed_for_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uploader.frameio.lifetime.YOUNG_S", 300.0)
    await office.login()
    for tokens in (await office.tokens(), ServiceToken(office.ims, now=office.clock)):
        with pytest.raises(TokenRefused, match="issued just now"):
            await tokens.newer_than(await tokens.bearer())
    assert office.rotations == 0
