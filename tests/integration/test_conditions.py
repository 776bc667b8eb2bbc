"""A check of a service that fails becomes one card in Discord, and another word on it when it is well again."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat

from notifier.listening import Listening
from notifier.troubles import Troubles
from postflow.bus import Bus
from postflow.checks import Check
from postflow.conditions import LAPSES, PATIENCE, SAID_AGAIN, WELL_FOR
from postflow.health import Health
from postflow.messages import Condition
from postflow.telling import telling
from tests.integration.notifier_scene import Scene, discord, notifying


class Service:
    """One that has a tunnel, with time in the test's hands."""

    def __init__(self, bus: Bus, instance: str, *, patience: timedelta = PATIENCE, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)
        self.tunnel = Check(True, "up")
        self._patience = patience
        self._health = Health()
        self._health.add("tunnel", lambda: self.tunnel, condition="tunnel", patience=patience)
        self._stop = asyncio.Event()
        self._looks = 0
        self._task = asyncio.create_task(
            telling(self._health, bus.publish, bus.last, instance=instance, now=self._at, stop=self._stop, look_s=0.01)
        )

    def _at(self) -> datetime:
        self._looks += 1
        return self.now

    async def looked(self) -> None:
        """It has looked at its checks, and told what there was to tell."""
        before = self._looks
        async with asyncio.timeout(10):
            while self._looks < before + 2:
                await asyncio.sleep(0.01)

    async def fails(self) -> None:
        self.tunnel = Check(False, "the tunnel is down", "Look at cloudflared.")
        await self.looked()
        await self.passes(self._patience)

    async def recovers(self) -> None:
        self.tunnel = Check(True, "up")
        await self.looked()
        await self.passes(WELL_FOR)

    async def passes(self, time: timedelta) -> None:
        self.now += time
        await self.looked()

    async def end(self) -> None:
        self._stop.set()
        await self._task


async def shows(scene: Scene, wanted: Callable[[list[str]], bool]) -> None:
    async with asyncio.timeout(20):
        while not wanted(scene.titles):
            await asyncio.sleep(0.02)


async def test_several_that_tell_of_one_trouble_are_one_card_raised_once_and_cleared_once(bus: Bus) -> None:
    one, two = Service(bus, "fileserver-a"), Service(bus, "uploader-b")
    async with notifying(bus, discord()) as scene:
        await one.fails()
        await two.fails()
        await shows(scene, lambda titles: titles == ["Trouble: the tunnel is down"])
        await one.recovers()
        await two.recovers()
        await shows(scene, lambda titles: titles == ["Over: the tunnel is down"])
    assert scene.discord.journal.count("execute") == 1
    await one.end()
    await two.end()


async def test_what_nobody_speaks_of_any_more_is_over(bus: Bus) -> None:
    service = Service(bus, "fileserver-a")
    async with notifying(bus, discord()) as scene:
        await service.fails()
        await shows(scene, lambda titles: titles == ["Trouble: the tunnel is down"])
        await service.end()
        began_at = datetime.now(UTC)
        clock = chain([began_at], repeat(began_at + LAPSES + timedelta(minutes=1)))
        listening = Listening(await bus.records("posts", Troubles), scene.notifier.show, now=lambda: next(clock))
        await listening.look()
        assert scene.titles == ["Over: the tunnel is down"]


async def test_a_service_that_starts_again_during_a_trouble_says_so_before_what_it_said_lapses(bus: Bus) -> None:
    """It was updated, and the team must not read that all is well again, though it is as patient as can be."""
    before = Service(bus, "uploader-1", patience=LAPSES)
    await before.fails()
    told = await last(bus, "uploader-1")
    await before.end()
    after = Service(bus, "uploader-2", patience=LAPSES, now=told.at + SAID_AGAIN)
    after.tunnel = before.tunnel
    await after.looked()
    await after.passes(PATIENCE)
    assert (await last(bus, "uploader-2")).at - told.at < LAPSES
    await after.end()


async def last(bus: Bus, instance: str) -> Condition:
    async with asyncio.timeout(10):
        while not isinstance(said := await bus.last(f"postflow.condition.tunnel.{instance}"), Condition):
            await asyncio.sleep(0.01)
    return said
