"""Edge: the watcher as a process. The only place that wires it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from postflow.fullness import ALARM, RELEASE_NOTHING
from postflow.messages import FileEnded, Message
from postflow.mounted import Mounted
from postflow.pauses import Pauses
from postflow.pausing import LOOK_S, Pausing
from postflow.questions import ASK_RULES, ASK_WHEREABOUTS, RulesQuestion, WhereaboutsQuestion
from postflow.routing import Rules
from postflow.service import every, run, run_all, running
from postflow.settings import load_checked
from postflow.store import LOOK_S as STORE_LOOK_S
from postflow.store import Store
from postflow.telemetry import Telemetry
from watcher import preflight
from watcher.attention import Attention, Timing
from watcher.baseline import Baseline
from watcher.broker import Broker
from watcher.clock import Clock, SystemClock, wall_ns
from watcher.contents import helper as helpers
from watcher.contents.examining import AT_ONCE, Examining
from watcher.contents.helper import Helper, Hung
from watcher.database import Database
from watcher.desk import Desk
from watcher.endings import Endings
from watcher.following import Following
from watcher.hints import Hints
from watcher.history import History
from watcher.holding import Holding
from watcher.lucidlink import Lucidlink, linked
from watcher.orders import Orders
from watcher.outbox import Outbox
from watcher.release import Release
from watcher.reminding import LOOK_S as REMINDING_LOOK_S
from watcher.reminding import Reminding
from watcher.report import Report, counted
from watcher.ruled import telling
from watcher.rules_file import RulesFile
from watcher.seen import Seen
from watcher.selection import Selection
from watcher.settings import Settings
from watcher.sightings.audit_cursors import NodeRecord
from watcher.sightings.audit_trail import BUCKET as CURSORS
from watcher.sightings.audit_trail import AuditTrail
from watcher.sightings.events import Events
from watcher.stability import Quiet
from watcher.sweep import SWEEP_S, Sweep
from watcher.uploading import Uploading
from watcher.volume import Volume
from watcher.walking import Walking
from watcher.watch import Periods, Watch
from watcher.whereabouts import Finder
from watcher.why import Patience, Why

HOT_FOR_S = 600.0
"""How long a file is followed after it changed last; then only the walk over everything looks at it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The watcher, wired but not running."""

    watch: Watch
    attention: Attention
    walking: Walking
    following: Following
    examining: Examining
    hints: Hints
    events: Events
    outbox: Outbox
    endings: Endings
    mounted: Mounted
    report: Report
    desk: Desk
    finder: Finder
    reminding: Reminding
    uploading: Uploading
    trail: AuditTrail
    seen: Seen
    history: History


def assemble(
    settings: Settings,
    rules: Rules,
    database: Database,
    publish: Callable[[Message], Awaitable[None]],
    telemetry: Telemetry,
    clock: Clock,
    pauses: Callable[[], Pauses] = Pauses,
    lucidlink: Lucidlink | None = None,
) -> Parts:
    watch_folders = [watch for _, watch in rules.watch_folders]
    volume, selection = Volume(settings.volume_root, settings.volume_canary), Selection(rules)
    seen, baseline = Seen(database), Baseline(database)
    baseline.begin(watch_folders, settings.watch_existing, wall_ns(clock))
    hung, reading = Hung(), helpers.command(str(settings.volume_root))
    examining = Examining([Helper(reading, hung) for _ in range(AT_ONCE)], hung, clock)
    release = Release(
        *(rules, seen, volume),
        filespace=settings.filespace,
        large_bytes=settings.large_bytes,
        proved=examining.passed,
        pauses=pauses,
    )
    release.judge_rejected_again()
    outbox = Outbox(seen, publish, telemetry, clock)
    quiet = Quiet(settings.watch_quiet_s, settings.watch_samples)
    attention = Attention(Timing(quiet, hot_s=settings.scan_hot_s, hot_for_s=HOT_FOR_S))
    uploading = Uploading(lucidlink, clock)
    following = Following(
        *(attention, seen, volume, release, examining, clock),
        decided=outbox.wake,
        why_not=uploading.why_not,
    )
    examining.when_found(following.want)
    uploading.when_to_look(following.want)
    walking = Walking(volume, seen, baseline, selection, following, clock, watch_folders)
    around = asyncio.Event()
    hints = Hints(volume, seen, selection, following, walking, clock, covers=baseline.covers, look_around=around.set)
    events = Events(lambda: [volume.outside(top) for top in walking.tops.values()], hints.hint_absolute, around.set)
    mounted = Mounted(settings.volume_root, walking.folders)
    trail = AuditTrail(
        *(volume, clock, hints.hint, around.set),
        tops=lambda: walking.tops,
        is_expected=lambda: mounted.mount is None or mounted.mount.is_fuse,
    )
    following.when_lost(walking.forget)
    walking.when_tops_change(events.listen_anew)
    walking.when_tops_change(mounted.wake)

    def look_again(ended: FileEnded) -> None:
        following.look_again(ended)
        walking.forget(ended.path)
        hints.hint(ended.path)

    periods = Periods(names_s=settings.scan_names_s, full_s=settings.scan_full_s)
    watch = Watch(walking, following, hints, attention, clock, periods, around)
    endings = Endings(seen, volume, look_again, filespace=settings.filespace)
    hears = [*([lucidlink.check] if lucidlink else []), trail.check]
    report = Report(
        *(walking, attention, seen, mounted, examining.finding),
        canary=settings.volume_canary,
        hears=hears,
    )
    root, history, patience = str(settings.volume_root), History(database), Patience(quiet, settings.scan_names_s)
    orders = Orders(root, rules, volume, seen, release, pauses)
    why = Why(
        *(root, volume, history, rules, selection, patience, pauses, examining.finding),
        filespace=settings.filespace,
        uploading=uploading.why,
    )
    desk = Desk(
        *(root, rules, volume, history, orders, why, attention, clock),
        decided=outbox.wake,
        released=examining.forget,
    )
    reminding = Reminding(
        *(rules, seen, clock),
        candidates=attention.candidates,
        obstacle=why.obstacle,
        about=release.about,
        can_read=lambda: examining.check().ok,
        told=outbox.wake,
    )
    finder = Finder(
        *(history, volume, attention.candidates, lambda: walking.walks),
        filespace=settings.filespace,
    )
    return Parts(
        *(watch, attention, walking, following, examining, hints, events, outbox, endings, mounted, report, desk),
        *(finder, reminding, uploading, trail, seen, history),
    )


async def main() -> None:
    settings, rules = load_checked(Settings, preflight.check)
    linked_to = (settings.lucidlink_api, settings.lucidlink_filespace or settings.filespace, SystemClock())
    database = Database(settings.watcher_data)
    try:
        async with running("watcher", settings) as service, linked(*linked_to) as lucidlink:
            told = f"{counted(len(rules.shows), 'show')}, {counted(len(rules.watch_folders), 'watch folder')}"
            service.health.add("rules", RulesFile(settings.postflow_config, rules, told).check, condition="rules")
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
            pausing.when_changed(parts.following.resume)
            store.when_changed(parts.following.resume)
            await parts.desk.answer_on(bus)
            await bus.answer("watcher", ASK_WHEREABOUTS, WhereaboutsQuestion, parts.finder.answer)
            await bus.answer("watcher", ASK_RULES, RulesQuestion, telling(rules, parts.walking.folders))
            service.health.add("volume", parts.report.volume, condition="mount")
            service.health.add("canary", parts.report.canary, condition="mount")
            service.health.add("reading", parts.examining.check, condition="reading")
            service.health.add("lucidlink", parts.report.lucidlink)
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
                every(STORE_LOOK_S, service.stop, store.look),
                every(SWEEP_S, service.stop, sweep.walk),
                every(REMINDING_LOOK_S, service.stop, parts.reminding.look),
                service.read("watcher", parts.endings),
            )
    finally:
        database.close()


if __name__ == "__main__":
    run(main)
