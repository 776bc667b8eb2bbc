"""The signing key that is made on first start, on a real nats-server: kept, encrypted, and never silently another."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from fileserver.keys import LEDGER_KEY, MadeKey, made_keyring
from fileserver.readers import CHUNK_BYTES
from fileserver.signing import Keyring
from postflow.bus import Bus
from postflow.errors import SettingsError
from postflow.records import Records
from tests.integration.fileserver_site import KEYS, Site, address, until
from tests.integration.test_fileserver_process import started

OLD, NEW = "0123456789abcdef0123456789abcdef", "f" * 32

CONTENT = b"frame by frame"

SEALED_ONCE = MadeKey(
    sealed="gAAAAABrARQoelkEEyrs3xX6hniGa3x4IJQdCP0Z4Svh2TdH5o5ezqP1p-D1zbGplai1eJWTCm-QBSuJFA169hMwUSFqTbO3qJShiGnIuBP23rzXvPJ60ci0jR7L7ExfEFCLf9VP2yyH"
)
"""KEYS, with OLD, on a day in the past."""


class Fileserver:
    """What fileservers with these settings find in the ledger."""

    def __init__(self, bus: Bus, *secret_keys: str) -> None:
        self.bus = bus
        self.secret_key = SecretStr(",".join(secret_keys)) if secret_keys else None

    async def records(self) -> Records[MadeKey]:
        return await self.bus.records("exposures", MadeKey)

    async def keyring(self) -> Keyring:
        return await made_keyring(await self.records(), self.secret_key)

    async def kept(self) -> MadeKey:
        held = await (await self.records()).get(LEDGER_KEY)
        assert held is not None
        return held.value

    async def refusal(self) -> str:
        """One line."""
        before = await self.kept()
        with pytest.raises(SettingsError) as caught:
            await self.keyring()
        assert await self.kept() == before, "nothing is made anew"
        (problem,) = caught.value.problems
        assert "\n" not in problem
        assert before.sealed not in problem
        return problem


async def test_the_key_is_made_once_and_kept(bus: Bus) -> None:
    made = await Fileserver(bus).keyring()
    assert len(made.keys) == 1
    assert await Fileserver(bus).keyring() == made
    assert (await Fileserver(bus).kept()).sealed == ""


async def test_with_a_secret_key_it_is_never_kept_in_the_clear(bus: Bus) -> None:
    made = await Fileserver(bus, OLD).keyring()
    assert await Fileserver(bus, OLD).keyring() == made
    kept = await Fileserver(bus).kept()
    assert kept.key is None
    assert kept.sealed


async def test_a_key_that_was_kept_in_the_clear_is_sealed_and_stays_the_same(bus: Bus) -> None:
    made = await Fileserver(bus).keyring()
    clear = (await Fileserver(bus).kept()).key
    assert clear is not None
    assert await Fileserver(bus, OLD).keyring() == made
    bucket = await bus.jetstream.key_value("exposures")
    every = await bucket.history(LEDGER_KEY)
    assert [clear.get_secret_value().encode() in (entry.value or b"") for entry in every] == [False]


async def test_a_key_that_was_sealed_by_an_earlier_release_opens(bus: Bus) -> None:
    await (await Fileserver(bus).records()).create(LEDGER_KEY, SEALED_ONCE)
    (key,) = (await Fileserver(bus, OLD).keyring()).keys
    assert (key.id, key.secret) == ("k", b"0123456789abcdef0123456789abcdef")
    assert await Fileserver(bus).kept() == SEALED_ONCE, "sealed by the first key already"


async def test_with_another_secret_key_before_the_earlier_one_it_is_sealed_anew(bus: Bus) -> None:
    made = await Fileserver(bus, OLD).keyring()
    assert await Fileserver(bus, NEW, OLD).keyring() == made
    assert await Fileserver(bus, NEW).keyring() == made, "the earlier one may go"
    assert (await Fileserver(bus, OLD).refusal()).startswith("SECRET_KEY: is not the one")


async def test_a_wrong_secret_key_says_what_to_do_and_makes_no_key(bus: Bus) -> None:
    await Fileserver(bus, OLD).keyring()
    refusal = await Fileserver(bus, NEW).refusal()
    assert refusal.startswith("SECRET_KEY: is not the one that the signing key in the ledger is encrypted with; ")
    assert "put the earlier one behind it, after a comma, or set SIGNING_KEYS=k1: " in refusal
    assert NEW not in refusal


async def test_a_secret_key_that_was_removed_is_missed(bus: Bus) -> None:
    await Fileserver(bus, OLD).keyring()
    refusal = await Fileserver(bus).refusal()
    assert refusal.startswith("SECRET_KEY: is not set, and the signing key in the ledger is encrypted with it; set it,")


@pytest.mark.parametrize("secret_keys", [(), (OLD,)], ids=["clear", "sealed"])
async def test_fileservers_that_start_at_once_have_one_key(bus: Bus, secret_keys: tuple[str, ...]) -> None:
    made = await asyncio.gather(*(Fileserver(bus, *secret_keys).keyring() for _ in range(8)))
    assert {keyring.keys for keyring in made} == {made[0].keys}
    assert await Fileserver(bus, *secret_keys).keyring() == made[0]


async def test_fileservers_that_seal_it_at_once_do_not_lose_it(bus: Bus) -> None:
    made = await Fileserver(bus).keyring()
    found = await asyncio.gather(*(Fileserver(bus, *keys).keyring() for keys in [(OLD, NEW), (NEW, OLD)] * 4))
    assert {keyring.keys for keyring in found} == {made.keys}
    assert await Fileserver(bus, NEW, OLD).keyring() == made


async def test_an_address_that_is_out_stays_good_when_the_key_gets_encrypted(site: Site) -> None:
    await site.start()
    message = site.write("a.mov", CONTENT)
    out = address(await site.expose(message))
    await site.stop()
    for secret_key in (OLD, f"{NEW},{OLD}"):
        site.settings["secret_key"] = secret_key
        await site.start()
        assert (await site.http.get(out)).content == CONTENT
        await site.stop()


async def test_with_other_signing_keys_an_address_is_dead_and_the_file_is_exposed_anew(site: Site) -> None:
    site.settings["secret_key"] = OLD
    await site.start()
    message = site.write("a.mov", CONTENT)
    out = address(await site.expose(message))
    await site.stop()
    site.settings |= {"secret_key": NEW, "signing_keys": KEYS}
    await site.start()
    assert (await site.http.get(out)).status_code == 404
    await site.stale(message)
    anew = address(await site.exposed(message, 2))
    assert (await site.http.get(anew)).content == CONTENT


async def test_keys_are_rotated_while_a_film_goes_out(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old key verifies for as long as it stands there, and what was begun with it ends also without it."""
    next_key = "next:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
    file = tmp_path / "signing_keys"
    file.write_text(KEYS)
    monkeypatch.setenv("SIGNING_KEYS_FILE", str(file))
    monkeypatch.setattr("fileserver.__main__.KEYS_LOOK_S", 0.05)
    site.settings["signing_keys"] = KEYS

    async def edited(keys: str, ids: str) -> None:
        file.write_text(keys)
        await until(lambda: asyncio.sleep(0, site.health()["signing-keys"].detail.startswith(f"{ids};")))

    await site.start()
    large = site.sparse("large.mov", 64 * CHUNK_BYTES)
    out = address(await site.expose(large))
    async with site.http.stream("GET", out) as answer:
        await edited(f"{next_key},{KEYS}", "next, k")
        assert "/next/" in address(await site.expose(site.write("a.mov", CONTENT)))
        assert (await site.http.get(out, headers={"Range": "bytes=0-9"})).status_code == 206
        await edited(next_key, "next")
        assert (await site.http.get(out, headers={"Range": "bytes=0-9"})).status_code == 404
        assert sum([len(chunk) async for chunk in answer.aiter_raw()]) == 64 * CHUNK_BYTES


@pytest.mark.parametrize("secret_key", [NEW, ""], ids=["wrong", "removed"])
async def test_the_process_ends_with_one_line_and_makes_no_key(site: Site, secret_key: str) -> None:
    await Fileserver(site.bus, OLD).keyring()
    before = await Fileserver(site.bus).kept()
    async with started(site, SIGNING_KEYS="", SECRET_KEY=secret_key) as process:
        code, said = await process.end()
    assert code == 2
    (line,) = [line for line in said.splitlines() if not line.startswith("{")]
    assert line.startswith("SECRET_KEY: is not ")
    assert await Fileserver(site.bus).kept() == before
