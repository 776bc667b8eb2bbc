"""Edge: the parts that make a lost ledger anew, put together; for `__main__` alone, before anything else begins."""

from functools import partial

from postflow.bus import Bus
from postflow.routing import InForce, WatchFolder
from watcher.apart import helper as helpers
from watcher.apart.helper import Hung
from watcher.clock import Clock
from watcher.database import Database
from watcher.guard.guard import Guard
from watcher.guard.remembered import Remembered
from watcher.loss import Loss
from watcher.rebuilding import Rebuilding
from watcher.selection import Selection
from watcher.settings import Settings
from watcher.stocktaking import Stocktaking
from watcher.stories import Stories
from watcher.volume import Volume


def able_to_rebuild(settings: Settings, rules: InForce, database: Database, bus: Bus, clock: Clock) -> Rebuilding:
    """What sees to it that nothing else begins on a ledger that was lost."""

    def watch_folders() -> list[WatchFolder]:
        return [watch for _, watch in rules().watch_folders]

    root, filespace = str(settings.volume_root), settings.filespace
    helper = helpers.Helper(helpers.command(root), Hung())
    guard = Guard(root, settings.volume_canary, helper, Remembered(database), clock)
    volume = Volume(settings.volume_root, guard)
    stocktaking = partial(Stocktaking, volume, database, Selection(rules), watch_folders, clock, filespace=filespace)
    return Rebuilding(
        *(Loss(database), Stories(bus, filespace=filespace), volume, stocktaking, watch_folders, clock),
        sound=database.check,
        ended=guard.end,
    )
