"""Edge: a PostFlow with a film at every stage, what can befall it, and whether the books balance afterwards."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from onehost import ports
from onehost.layout import HOST, NATS, Ports
from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.serving import running
from tests.chaos import books
from tests.chaos.books import Seen
from tests.chaos.plan import name_of
from tests.chaos.world import World
from tests.e2e.stages import WINDOW, Fault, Stage, Stages
from tests.e2e.studio import SETTINGS, Studio, at_work, eventually, stack

DOWN_S = 1.0
FROZEN_S = 5.0
UNLINKED_S = 4.0
OUTAGE_S = 10.0


class Scene:
    def __init__(self, studio: Studio, tunnel: CloudflaredSimulator, http: httpx.AsyncClient) -> None:
        self.studio = studio
        self.tunnel = tunnel
        self.stages = Stages(studio, http)
        self._world = World(studio.stack, http)

    async def survives(self, blow: "Blow") -> None:
        """Each film of each stage is one good asset and one card in the end, and nothing else is left."""
        films = await self.stages.reached(blow.card_fault)
        await blow.strike(self, films)
        await self.stages.told_of_all()

        async def settled() -> bool:
            return not books.unsettled(self.stages.revisions, await self._seen())

        await eventually(settled, "the books balance")
        await eventually(self.stages.all_handled, "every message is handled", timeout_s=90)
        await self.studio.settled()
        seen = await self._seen()
        assert books.broken(self.stages.revisions, seen) + books.unsettled(self.stages.revisions, seen) == []
        assert seen.failures == []
        most = {name: 1 + (blow.may_repeat and stage is Stage.DELIVERED) for stage, name in films.items()}
        assert {name: count for name, count in seen.cards.items() if count > most.get(name, count)} == {}

    async def _seen(self) -> Seen:
        return await self._world.seen([name_of(one.film.path) for one in self.stages.revisions])


Films = Mapping[Stage, str]
"""Their names."""
Strike = Callable[[Scene, Films], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Blow:
    """
    Attributes:
        card_fault: what Discord does with the card of the film that is delivered, in place of answering late.
        may_repeat: it may fall between Discord's answer and our record of it, so that this card is posted again.
    """

    name: str
    strike: Strike
    card_fault: Fault | None = None
    may_repeat: bool = False

    def __str__(self) -> str:
        return self.name


def _called(scene: Scene, service: str) -> list[str]:
    """The processes of a service."""
    return [name for name in (NATS, *scene.studio.stack.services) if name == service or name.startswith(f"{service}-")]


def _killed(service: str) -> Strike:
    async def strike(scene: Scene, _: Films) -> None:
        names = _called(scene, service)
        await scene.studio.stack.kill(*names)
        await asyncio.sleep(DOWN_S)
        await scene.studio.stack.start(*names)

    return strike


async def _uploaders_frozen(scene: Scene, _: Films) -> None:
    groups = [scene.studio.stack.processes[name].pid for name in _called(scene, "uploader")]
    for group in groups:
        os.killpg(group, signal.SIGSTOP)
    await asyncio.sleep(FROZEN_S)
    for group in groups:
        os.killpg(group, signal.SIGCONT)


async def _tunnel_renamed(scene: Scene, _: Films) -> None:
    scene.tunnel.tunnel.start()


async def _tunnel_unlinked(scene: Scene, _: Films) -> None:
    scene.tunnel.tunnel.unlink()
    await asyncio.sleep(UNLINKED_S)
    scene.tunnel.tunnel.link()


async def _frameio_fails(scene: Scene, films: Films) -> None:
    """The POST that has not been answered is done, and is answered so too."""
    of_the_post = {"kind": "error_after_commit", "route": "remote_upload", "status": 502, "name": films[Stage.POSTING]}
    await scene.stages.fail("frameio", of_the_post, {"kind": "status", "status": 502, "until_s": OUTAGE_S})


async def _frameio_is_crowded(scene: Scene, _: Films) -> None:
    crowded = {"kind": "status", "status": 429, "retry_after_s": 1, "until_s": OUTAGE_S}
    await scene.stages.fail("frameio", crowded)


async def _nothing_more(_: Scene, __: Films) -> None:
    """Discord has failed already, when the film was delivered."""


KILLS = (
    Blow("watcher killed", _killed("watcher")),
    Blow("fileserver killed", _killed("fileserver")),
    Blow("uploaders killed", _killed("uploader")),
    Blow("notifier killed", _killed("notifier"), may_repeat=True),
    Blow("nats-server killed", _killed(NATS)),
    Blow("uploaders frozen", _uploaders_frozen),
)
OUTAGES = (
    Blow("tunnel renamed", _tunnel_renamed),
    Blow("tunnel without a link", _tunnel_unlinked),
    Blow("Frame.io answers 502", _frameio_fails),
    Blow("Frame.io answers 429", _frameio_is_crowded),
    Blow("Discord answers 503", _nothing_more, {"kind": "status", "status": 503, "until_s": OUTAGE_S}),
    Blow("Discord hangs up", _nothing_more, {"kind": "reset_after_commit", "route": "execute"}, may_repeat=True),
)


@asynccontextmanager
async def scene_in(folder: Path, *, uploaders: int) -> AsyncIterator[Scene]:
    """At the end it has made no call that a good client would not."""
    (public,) = ports.free(1)
    origin = f"http://{HOST}:{public}"
    simulator = CloudflaredSimulator(Settings(origin=origin, answers_after_s=0.2, linked_after_s=0.3))
    async with running(simulator.app) as api, httpx.AsyncClient(timeout=20) as http:
        settings = SETTINGS | {"TUNNEL": "cloudflared", "PUBLIC_URL": "", "TUNNEL_API": api, "TUNNEL_SETTLE_S": "0.5"}
        settings["UPLOADS_IN_FLIGHT"] = str(WINDOW)
        prepared = stack(folder, settings=settings, wanted_ports=Ports(public=public), uploaders=uploaders)
        try:
            async with at_work(prepared) as studio:
                yield Scene(studio, simulator, http)
        finally:
            await simulator.aclose()
        assert not simulator.journal.violations, simulator.journal.refused
