"""Edge: the watcher as a process. With `parts` and `recovery`, the only place that wires it."""

import asyncio
from contextlib import ExitStack

from postflow.bus import Bus
from postflow.fullness import ALARM, RELEASE_NOTHING
from postflow.pausing import LOOK_S, Pausing
from postflow.questions import ASK_RULES, ASK_WHEREABOUTS, RulesQuestion, WhereaboutsQuestion
from postflow.rebuilds import ASK_REBUILD, RebuildQuestion
from postflow.rules_file import LOOK_S as RULES_LOOK_S
from postflow.rules_file import RulesFile
from postflow.service import Service, every, run, run_all, running
from postflow.settings import load_checked
from postflow.store import LOOK_S as STORE_LOOK_S
from postflow.store import Store
from watcher import preflight
from watcher.broker import Broker
from watcher.clock import SystemClock
from watcher.database import Database
from watcher.holding import Holding
from watcher.lucidlink import Lucidlink, linked
from watcher.parts import assemble
from watcher.recovery import able_to_rebuild
from watcher.reminding import LOOK_S as REMINDING_LOOK_S
from watcher.ruled import telling
from watcher.settings import Settings
from watcher.sightings.audit_cursors import NodeRecord
from watcher.sightings.audit_trail import BUCKET as CURSORS
from watcher.sweep import SWEEP_S, Sweep


async def main() -> None:
    settings, file = load_checked(Settings, preflight.check)
    linked_to = (settings.lucidlink_api, settings.lucidlink_filespace or settings.filespace, SystemClock())
    database, ends = Database(settings.watcher_data), ExitStack()
    ends.callback(database.close)
    with ends:
        async with running("watcher", settings) as service, linked(*linked_to) as lucidlink:
            file.tell()
            service.health.add("rules", file.check, condition="rules")
            bus = await service.connect("watcher")
            rebuilding = able_to_rebuild(settings, file.rules, database, bus, SystemClock())
            service.health.add("ledger", rebuilding.check, condition="ledger")
            await bus.answer("watcher", ASK_REBUILD, RebuildQuestion, rebuilding.answer)

            async def watch() -> None:
                if await rebuilding.until_whole(service.stop):
                    await watching(service, bus, settings, file, database, lucidlink, ends)

            await run_all(service, watch())


async def watching(
    service: Service,
    bus: Bus,
    settings: Settings,
    file: RulesFile,
    database: Database,
    lucidlink: Lucidlink | None,
    ends: ExitStack,
) -> None:
    """Until the service stops.

    Args:
        ends: what is to be done after it.
    """
    rules = file.rules
    pausing = await Pausing.begun(bus)
    store = Store(bus.jetstream, settings.nats_max_file_store)
    brake, alarm = store.brake(RELEASE_NOTHING, "nothing more is released"), store.brake(ALARM, "it fills up")
    await store.look()
    service.health.add("store", brake.check, condition="disk")
    service.health.add_alarm("store-alarm", alarm.check, condition="disk")

    def holding() -> Holding:
        return Holding(all=pausing.pauses.all, full=brake.why)

    parts = assemble(
        *(settings, rules, database, bus.publish, service.telemetry, SystemClock()),
        pauses=holding,
        lucidlink=lucidlink,
    )
    ends.callback(parts.guard.end)
    pausing.when_changed(parts.following.resume)
    store.when_changed(parts.following.resume)
    file.when_edited(parts.renewal.take)
    await parts.desk.answer_on(bus)
    await bus.answer("watcher", ASK_WHEREABOUTS, WhereaboutsQuestion, parts.finder.answer)
    await bus.answer("watcher", ASK_RULES, RulesQuestion, telling(rules, parts.walking.folders))
    service.health.add("volume", parts.report.volume, condition="mount")
    service.health.add("canary", parts.report.canary, condition="mount")
    service.health.add("reading", parts.examining.check, condition="reading")
    service.health.add("lucidlink", parts.report.lucidlink)
    service.health.add("held", parts.held.check)
    service.health.add_alarm("held-alarm", parts.held.alarm, condition="held")
    service.health.add("progress", parts.report.progress, condition="watching")
    service.looks.add(parts.mounted.look)
    if lucidlink is not None:
        service.looks.add(lucidlink.look)
    sweep = Sweep(
        *(parts.history, parts.seen, Broker(bus), parts.endings, SystemClock(), holding),
        filespace=settings.filespace,
        large_bytes=settings.large_bytes,
        decided=parts.outbox.wake,
    )
    parts.trail.remember_in(await bus.records(CURSORS, NodeRecord))
    async with asyncio.TaskGroup() as tasks:
        for part in (
            parts.watch.run(service.stop),
            parts.examining.run(service.stop),
            parts.events.run(service.stop),
            parts.outbox.run(service.stop),
            parts.mounted.run(service.stop),
            parts.uploading.run(service.stop),
            parts.trail.run(service.stop),
            *([lucidlink.run(service.stop)] if lucidlink else []),
            every(LOOK_S, service.stop, pausing.look),
            every(RULES_LOOK_S, service.stop, file.look),
            every(STORE_LOOK_S, service.stop, store.look),
            every(SWEEP_S, service.stop, sweep.walk),
            every(REMINDING_LOOK_S, service.stop, parts.reminding.look),
            service.read("watcher", parts.endings),
        ):
            tasks.create_task(part)


if __name__ == "__main__":
    run(main)
