"""An uploader that is stopped at the worst moment for longer than its deadline, and goes on when another took over.

It takes as long as the deadlines do, so three films are stopped at a time, each with the uploader that has it in hand.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from onehost import ports
from onehost.layout import HOST, Ports
from tests.e2e.relay import Holds, Trap, relay
from tests.e2e.studio import SETTINGS, Studio, at_work, eventually, sha256, stack

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

UPLOADERS = 5
ONE_EACH = SETTINGS | {"UPLOADS_PER_REPLICA": "1"}
"""So that whoever is stopped has no other film in hand."""

INTENDED, POSTED, LATE = "UNDLM_00001_v001.mov", "UNDLM_00002_v001.mov", "UNDLM_00003_v001.mov"
LET_GO = 'postflow_settled_total{durable="uploader",settlement="letgo"} 1.0'
FETCH_DELAY_S = 6.0
TAKEN_OVER_S = 100.0
"""The message of who was stopped comes again after 30 s, and until 50 s after the intent nobody POSTs anew."""


@dataclass(frozen=True, slots=True)
class Traps:
    """Where the uploader of each film is stopped.

    Attributes:
        intended: its intent is on record, and it does not know so yet.
        posted: its POST is carried out, and not answered.
        late: its POST is on its way, and arrives only when another has posted.
    """

    intended: Trap = field(default_factory=lambda: Trap(Holds.ANSWER, INTENDED, "send_deadline"))
    posted: Trap = field(default_factory=lambda: Trap(Holds.ANSWER, POSTED, "remote_upload"))
    late: Trap = field(default_factory=lambda: Trap(Holds.ASKING, LATE, "remote_upload"))

    @property
    def all(self) -> list[Trap]:
        return [self.intended, self.posted, self.late]


async def test_a_film_whose_uploader_slept_over_its_deadline_is_one_asset_and_one_card(tmp_path: Path) -> None:
    films = {name: os.urandom(5000) for name in (INTENDED, POSTED, LATE)}
    traps = Traps()
    async with relayed(tmp_path, traps) as studio, httpx.AsyncClient() as http:
        await fetched_slowly(studio, http, LATE)
        for name, content in films.items():
            studio.export(name, content)
        await asleep(studio, traps)
        await taken_over(studio, traps)
        for trap in traps.all:
            os.killpg(studio.stack.processes[trap.victim].pid, signal.SIGCONT)
        await eventually(lambda: all_let_go(studio, http, traps), "they find their films in other hands")
        await studio.settled()
        found = [(asset["name"], asset["sha256"]) for asset in await studio.assets()]
        assert sorted(found) == [(name, sha256(content)) for name, content in films.items()]
        assert [len(await studio.cards_of(name)) for name in films] == [1, 1, 1]
        assert await studio.posts() == len(films) + 1


@asynccontextmanager
async def relayed(folder: Path, traps: Traps) -> AsyncIterator[Studio]:
    """Each uploader speaks with NATS and with Frame.io by relays of its own."""
    nats, frameio = ports.free(2)
    own = {}
    async with AsyncExitStack() as relays:
        for name in (f"uploader-{number}" for number in range(1, UPLOADERS + 1)):
            to_nats = await relays.enter_async_context(relay(name, nats, [traps.intended]))
            to_frameio = await relays.enter_async_context(relay(name, frameio, [traps.posted, traps.late]))
            own[name] = {"NATS_URL": f"nats://{HOST}:{to_nats}", "FRAMEIO_API": f"http://{HOST}:{to_frameio}"}
        wanted = Ports(nats=nats, frameio=frameio)
        prepared = stack(folder, settings=ONE_EACH, own_settings=own, uploaders=UPLOADERS, wanted_ports=wanted)
        async with at_work(prepared) as studio:
            yield studio


async def fetched_slowly(studio: Studio, http: httpx.AsyncClient, name: str) -> None:
    """What is posted first: time enough for something else to happen before it is delivered."""
    fault = {"kind": "delay_fetch", "delay_s": FETCH_DELAY_S, "name": name}
    answer = await http.post(f"{studio.stack.urls.frameio}/_sim/faults", json={"faults": [fault]})
    answer.raise_for_status()


async def asleep(studio: Studio, traps: Traps) -> None:
    """Each at its moment. What it waits for it finds when it wakes up."""

    async def stop(trap: Trap) -> None:
        await asyncio.wait_for(trap.caught.wait(), timeout=30)
        os.killpg(studio.stack.processes[trap.victim].pid, signal.SIGSTOP)

    async with asyncio.TaskGroup() as tasks:
        for trap in traps.all:
            tasks.create_task(stop(trap))
    assert len({trap.victim for trap in traps.all}) == len(traps.all)
    await eventually(lambda: studio.assets_named(POSTED), "its POST is carried out")
    assert await studio.posts() == 1
    traps.intended.release()
    traps.posted.release()


async def taken_over(studio: Studio, traps: Traps) -> None:
    await eventually(lambda: studio.assets_named(LATE), "another has posted it", TAKEN_OVER_S)
    traps.late.release()

    async def are_two() -> bool:
        return len(await studio.assets_named(LATE)) == 2

    await eventually(are_two, "the POST that was late is carried out as well", FETCH_DELAY_S / 2)
    for name in (INTENDED, POSTED, LATE):
        await studio.delivered(name)


async def all_let_go(studio: Studio, http: httpx.AsyncClient, traps: Traps) -> bool:
    said = [(await http.get(f"{studio.stack.health_url(trap.victim)}/metrics")).text for trap in traps.all]
    return all(LET_GO in text for text in said)
