"""Edge: the watcher as a process. With `parts`, the only place that wires it."""

from contextlib import ExitStack

from postflow.fullness import ALARM, RELEASE_NOTHING
from postflow.pausing import LOOK_S, Pausing
from postflow.questions import ASK_RULES, ASK_WHEREABOUTS, RulesQuestion, WhereaboutsQuestion
from postflow.rules_file import LOOK_S as RULES_LOOK_S
from postflow.service import every, run, run_all, running
from postflow.settings import load_checked
from postflow.store import LOOK_S as STORE_LOOK_S
from postflow.store import Store
from watcher import preflight
from watcher.broker import Broker
from watcher.clock import SystemClock
from watcher.database import Database
from watcher.holding import Holding
from watcher.lucidlink import linked
from watcher.parts import assemble
from watcher.reminding import LOOK_S as REMINDING_LOOK_S
from watcher.ruled import telling
from watcher.settings import Settings
from watcher.sightings.audit_cursors import NodeRecord
from watcher.sightings.audit_trail import BUCKET as CURSORS
from watcher.sweep import SWEEP_S, Sweep


async def main() -> None:
    settings, file = load_checked(Settings, preflight.check)
    rules = file.rules
    linked_to = (settings.lucidlink_api, settings.lucidlink_filespace or settings.filespace, SystemClock())
    database, ends = Database(settings.watcher_data), ExitStack()
    ends.callback(database.close)
    with ends:
        async with running("watcher", settings) as service, linked(*linked_to) as lucidlink:
            file.tell()
            service.health.add("rules", file.check, condition="rules")
            service.health.add("ledger", database.check, condition="ledger")
            bus = await service.connect("watcher")
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
            await run_all(
                service,
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
            )


if __name__ == "__main__":
    run(main)
