"""Edge: carries a plan out: films are written, processes killed and frozen, the outside world fails; then it looks."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx
import nats.errors

from onehost.child import ChildDied
from onehost.stack import Stack
from simulators.cloudflared import CloudflaredSimulator
from tests.chaos import books
from tests.chaos.books import Revision, Seen
from tests.chaos.plan import NATS, Absence, Blow, Deed, Fate, Film, Outage, Plan, Trouble, content, name_of
from tests.chaos.world import World

Say = Callable[[str], None]

LOOK_S = 3.0
STILL_S = 3.0
"""As long as a wrong second delivery would need to show itself."""

KEPT_WAITING_S = 30.0
"""How long who was kept waiting by ourselves may be unwell for it."""


class Run:
    """
    Args:
        say: told of each thing that happens, with the seconds since the start.
    """

    def __init__(
        self, plan: Plan, stack: Stack, tunnel: CloudflaredSimulator, http: httpx.AsyncClient, say: Say
    ) -> None:
        self._plan = plan
        self._stack = stack
        self._tunnel = tunnel
        self._http = http
        self._world = World(stack, http, tunnel.journal)
        self._say = say
        self._began_s = time.monotonic()
        self._down: set[str] = set()
        self._revisions: list[Revision] = []
        self._unsaid: list[str] = []

    async def done(self, *, settle_s: float) -> list[str]:
        """Carry it all out, and wait until the books balance; what is wrong in the end.

        Args:
            settle_s: how long after the last event everything must have come to its end.
        """
        supervisor = asyncio.create_task(self._supervise())
        try:
            await self._queue_mishaps()
            self._began_s = time.monotonic()
            async with asyncio.TaskGroup() as tasks:
                for film in self._plan.films:
                    tasks.create_task(self._film(film))
                for blow in self._plan.blows:
                    tasks.create_task(self._blow(blow))
                for trouble in self._plan.troubles:
                    tasks.create_task(self._trouble(trouble))
                if self._plan.absence is not None:
                    tasks.create_task(self._without_nats(self._plan.absence))
            self._tell("nothing more goes wrong from now on")
            return [*self._unsaid, *await self._settled(time.monotonic() + settle_s)]
        finally:
            supervisor.cancel()
            await asyncio.gather(supervisor, return_exceptions=True)

    async def _queue_mishaps(self) -> None:
        if self._plan.mishaps:
            await self._post(f"{self._stack.urls.frameio}/_sim/faults", {"faults": list(self._plan.mishaps)})

    async def _film(self, film: Film) -> None:
        await self._until(film.at_s)
        target = self._target(film.path)
        first = content(self._plan.seed, film.number, film.size_bytes)
        self._revisions.append(Revision(film, books.digest(first), len(first), film.fate is not Fate.OVERWRITTEN))
        await _written(target, first, film.written_s)
        await asyncio.sleep(film.then_s)
        match film.fate:
            case Fate.STAYS:
                return
            case Fate.OVERWRITTEN:
                second = content(self._plan.seed, film.number, film.second_bytes, second=True)
                self._revisions.append(Revision(film, books.digest(second), len(second), True))
                await _written(target, second, 0.0)
            case Fate.MOVED:
                await asyncio.to_thread(os.rename, target, self._target(film.moved_to))
            case Fate.DELETED:
                target.unlink()
        self._tell(f"{film.path}: {film.fate}")

    def _target(self, path: str) -> Path:
        target = self._stack.folders.volume / "EXPORTS" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    async def _blow(self, blow: Blow) -> None:
        await self._until(blow.at_s)
        if blow.target in self._down:
            return  # it lies down already
        self._down.add(blow.target)
        self._tell(f"{blow.deed} {blow.target} for {blow.for_s:.1f} s")
        try:
            await self._strike(blow)
        finally:
            self._down.discard(blow.target)

    async def _strike(self, blow: Blow) -> None:
        child = self._stack.processes[blow.target]
        if blow.deed is Deed.FREEZE:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGSTOP)
                await asyncio.sleep(blow.for_s)
                os.killpg(child.pid, signal.SIGCONT)
            return
        if child.is_running:
            await (self._stack.kill if blow.deed is Deed.KILL else self._stack.stop)(blow.target)
        await asyncio.sleep(blow.for_s)
        await self._stack.start(blow.target, wait=False)

    async def _without_nats(self, absence: Absence) -> None:
        """What else would befall NATS meanwhile does not: it lies down already."""
        await self._until(absence.at_s)
        while NATS in self._down:
            await asyncio.sleep(LOOK_S)
        self._down.add(NATS)
        self._tell(f"no NATS for {absence.for_s:.0f} s")
        await self._stack.kill(NATS)
        await asyncio.sleep(absence.for_s)
        self._unsaid += [f"silent: {name} says that it is well without NATS" for name in await self._ready()]
        await self._stack.start(NATS, wait=False)
        self._down.discard(NATS)
        self._tell("NATS is there again")

    async def _ready(self) -> list[str]:
        """The services that say so."""
        ready = []
        for name in self._stack.services:
            with suppress(httpx.HTTPError):
                if (await self._http.get(f"{self._stack.health_url(name)}/readyz")).is_success:
                    ready.append(name)
        return ready

    async def _supervise(self) -> None:
        """As a container engine does: whoever ends by itself is started again."""
        while True:
            for name in (*self._stack.services, NATS):
                if name not in self._down and not self._stack.processes[name].is_running:
                    self._tell(f"{name} ended by itself, and is started again")
                    with suppress(ChildDied, ValueError):
                        await self._stack.start(name, wait=False)
            await asyncio.sleep(0.5)

    async def _trouble(self, trouble: Trouble) -> None:
        await self._until(trouble.at_s)
        self._tell(f"{trouble.outage} for {trouble.for_s:.1f} s")
        frameio, discord = (f"{url}/_sim/faults" for url in (self._stack.urls.frameio, self._stack.urls.discord))
        lasting = {"until_s": trouble.for_s, "probability": 0.7, "seed": self._plan.seed}
        match trouble.outage:
            case Outage.FRAMEIO_ERRORS:
                await self._post(frameio, {"faults": [{"kind": "status", "status": 502, **lasting}]})
            case Outage.FRAMEIO_CROWDED:
                await self._post(
                    frameio, {"faults": [{"kind": "status", "status": 429, "retry_after_s": 1, **lasting}]}
                )
            case Outage.DISCORD_ERRORS:
                await self._post(discord, {"faults": [{"kind": "status", "status": 503, **lasting}]})
            case Outage.TUNNEL_RENAMED:
                self._tunnel.tunnel.start()
            case Outage.TUNNEL_UNLINKED:
                self._tunnel.tunnel.unlink()
                await asyncio.sleep(trouble.for_s)
                self._tunnel.tunnel.link()

    async def _settled(self, deadline_s: float) -> list[str]:
        while True:
            seen = await self._look()
            if seen is not None:
                wrong = books.broken(self._revisions, seen)
                unsettled = books.unsettled(self._revisions, seen)
                if wrong or (unsettled and time.monotonic() > deadline_s):
                    return [*wrong, *unsettled]
                if not unsettled:
                    break
            elif time.monotonic() > deadline_s:
                return ["nothing can be seen: the simulators or NATS do not answer"]
            await asyncio.sleep(LOOK_S)
        self._tell("the books balance; once more after a while")
        await asyncio.sleep(STILL_S)
        return await self._still_settled(time.monotonic() + KEPT_WAITING_S)

    async def _still_settled(self, deadline_s: float) -> list[str]:
        """A service may just have been kept waiting by ourselves, who play its tunnel and read all the books."""
        while True:
            last = await self._look() or Seen()
            wrong, unsettled = books.broken(self._revisions, last), books.unsettled(self._revisions, last)
            if wrong or not unsettled or time.monotonic() > deadline_s:
                return [*wrong, *unsettled]
            await asyncio.sleep(LOOK_S)

    async def _look(self) -> Seen | None:
        names = sorted({name_of(film.path) for film in self._plan.films})
        try:
            seen = await self._world.seen(names)
            if books.unsettled(self._revisions, seen):
                return seen
            return replace(seen, live_addresses=await self._world.alive(seen.addresses))
        except (httpx.HTTPError, nats.errors.Error, OSError, TimeoutError):
            return None  # it has just been killed

    async def _post(self, address: str, body: object) -> None:
        (await self._http.post(address, json=body)).raise_for_status()

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(max(0.0, self._began_s + at_s - time.monotonic()))

    def _tell(self, what: str) -> None:
        self._say(f"{time.monotonic() - self._began_s:6.1f} s  {what}")


async def _written(target: Path, data: bytes, over_s: float) -> None:
    """In pieces, as an export does."""
    pieces = max(1, round(over_s / 0.25))
    size = -(-len(data) // pieces)
    with target.open("wb") as file:
        for number in range(pieces):
            file.write(data[number * size : (number + 1) * size])
            file.flush()
            await asyncio.sleep(over_s / pieces)
