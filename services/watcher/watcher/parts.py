"""Edge: the parts of the watcher, put together; for `__main__` alone, which runs them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from postflow.messages import FileEnded, Message
from postflow.mounted import Mounted
from postflow.pauses import Pauses
from postflow.routing import InForce, WatchFolder
from postflow.telemetry import Telemetry
from watcher.apart import helper as helpers
from watcher.apart.helper import Hung
from watcher.asking import Asking
from watcher.attention import Attention, Timing
from watcher.baseline import Baseline
from watcher.clock import Clock, wall_ns
from watcher.contents.examining import AT_ONCE, Examining
from watcher.contents.helper import Helper
from watcher.database import Database
from watcher.desk import Desk
from watcher.endings import Endings
from watcher.following import Following
from watcher.fuse import Fuse
from watcher.guard.guard import Guard
from watcher.guard.remembered import Remembered
from watcher.held import Held
from watcher.hints import Hints
from watcher.history import History
from watcher.hot import HotFolders
from watcher.lucidlink import Lucidlink
from watcher.orders import Orders
from watcher.outbox import Outbox
from watcher.release import Release
from watcher.reminding import Reminding
from watcher.renewal import Renewal
from watcher.report import Report
from watcher.seen import Seen
from watcher.selection import Selection
from watcher.settings import Settings
from watcher.sightings.audit_trail import AuditTrail
from watcher.sightings.events import Events
from watcher.stability import Quiet, Quieting
from watcher.turned import Turned
from watcher.turns import Turns
from watcher.uploading import Uploading
from watcher.volume import Volume
from watcher.walking import Walking
from watcher.watch import Periods, Watch
from watcher.whereabouts import Finder
from watcher.why import Patience, Why
from watcher.writers import Writers

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
    renewal: Renewal
    rules: InForce
    turns: Turns
    held: Held
    guard: Guard


def assemble(
    settings: Settings,
    rules: InForce,
    database: Database,
    publish: Callable[[Message], Awaitable[None]],
    telemetry: Telemetry,
    clock: Clock,
    pauses: Callable[[], Pauses] = Pauses,
    lucidlink: Lucidlink | None = None,
) -> Parts:
    def watch_folders() -> list[WatchFolder]:
        return [watch for _, watch in rules().watch_folders]

    turns, asking, root = Turns(), Asking(clock), str(settings.volume_root)
    command = helpers.command(root)
    guard = Guard(root, settings.volume_canary, helpers.Helper(command, Hung()), Remembered(database), clock)
    volume, selection = Volume(settings.volume_root, guard), Selection(rules)
    seen, baseline = Seen(database), Baseline(database)
    baseline.begin(watch_folders(), settings.watch_existing, wall_ns(clock))
    hung = Hung()
    examining = Examining([Helper(command, hung) for _ in range(AT_ONCE)], hung, clock)
    writers = Writers(rules)
    held = Held(database, clock)
    fuse = Fuse(mass_at=clock.now() if held.count() else None)
    turned = Turned(database, fuse, volume.is_gone)
    release = Release(
        *(rules, seen, volume, turned),
        filespace=settings.filespace,
        large_bytes=settings.large_bytes,
        proved=examining.passed,
        pauses=pauses,
        writer=writers.of,
    )
    release.judge_again(rules())
    outbox = Outbox(seen, publish, telemetry, clock)

    def is_blind() -> bool:
        return not settings.is_quiet_set and guard.is_shared and not (lucidlink and lucidlink.is_of_use)

    quiet = Quieting(Quiet(settings.watch_quiet_s, settings.watch_samples), is_blind)
    attention = Attention(Timing(quiet, hot_s=settings.scan_hot_s, hot_for_s=HOT_FOR_S))
    uploading = Uploading(lucidlink, clock)
    following = Following(
        *(attention, seen, volume, release, examining, clock),
        decided=outbox.wake,
        why_not=uploading.why_not,
        ask=asking.patiently,
    )
    examining.when_found(following.want)
    uploading.when_to_look(following.want)
    walking = Walking(
        *(volume, seen, baseline, selection, following, clock, watch_folders, turns), ask=asking.patiently
    )
    around = asyncio.Event()
    hints = Hints(
        *(volume, seen, selection, following, walking, clock, turns),
        covers=baseline.covers,
        look_around=around.set,
        ask=asking.patiently,
    )
    events = Events(lambda: [volume.outside(top) for top in walking.tops.values()], hints.hint_absolute, around.set)
    mounted = Mounted(settings.volume_root, walking.folders)
    trail = AuditTrail(
        *(volume, clock, hints.hint, around.set),
        wrote=writers.wrote,
        tops=lambda: walking.tops,
        is_expected=lambda: mounted.mount is None or mounted.mount.is_fuse,
        ask=asking.patiently,
    )
    following.when_lost(walking.forget)
    walking.when_tops_change(events.listen_anew)
    walking.when_tops_change(mounted.wake)

    def look_again(ended: FileEnded) -> None:
        following.look_again(ended)
        look_for(ended.path)

    def look_for(path: str) -> None:
        walking.forget(path)
        hints.hint(path)

    def let_go(path: str) -> None:
        attention.forget(path)
        look_for(path)

    periods = Periods(hot_s=settings.scan_hot_s, names_s=settings.scan_names_s, full_s=settings.scan_full_s)
    hot = HotFolders(settings.scan_hot_s, settings.scan_names_s)
    following.when_stirred(lambda folder: hot.changed(folder, clock.monotonic()))
    watch = Watch(walking, following, hints, attention, clock, periods, around, turns, hot)
    walking.when_believed_again(watch.look_at_everything)
    endings = Endings(seen, volume, look_again, filespace=settings.filespace, ask=asking.soon)
    hears = [*([lucidlink.check] if lucidlink else []), trail.check]
    report = Report(
        *(walking, attention, seen, mounted, examining.finding),
        canary=settings.volume_canary,
        hears=hears,
        unanswered_s=lambda: asking.unanswered_s,
    )
    history, patience = History(database), Patience(quiet, settings.scan_names_s)
    orders = Orders(root, rules, volume, seen, release, pauses)
    why = Why(
        *(root, volume, history, rules, selection, patience, pauses, examining.finding, fuse.crowd),
        filespace=settings.filespace,
        uploading=uploading.why,
        ledger=database.check,
    )
    desk = Desk(
        *(root, rules, volume, history, orders, why, held, attention, clock),
        decided=outbox.wake,
        released=examining.forget,
        look_again=let_go,
        asking=asking,
        accept=guard.accept,
        look_around=around.set,
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
        ask=asking.soon,
    )

    def taken() -> None:
        following.resume()
        around.set()

    renewal = Renewal(
        *(rules, baseline, release, walking, attention, turns, clock), existing=settings.watch_existing, taken=taken
    )
    return Parts(
        *(watch, attention, walking, following, examining, hints, events, outbox, endings, mounted, report, desk),
        *(finder, reminding, uploading, trail, seen, history, renewal, rules, turns, held, guard),
    )
