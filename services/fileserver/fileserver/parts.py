"""Edge: the parts of the fileserver, put together; for `__main__` alone, which runs them."""

from dataclasses import dataclass
from time import monotonic

from fileserver import interruptions
from fileserver.access_log import AccessLog
from fileserver.aside import WithTrials
from fileserver.cors import on_every_answer
from fileserver.door import Door
from fileserver.expose import Addresses, Expose
from fileserver.exposure import Exposure, Window
from fileserver.exposures import BUCKET, Exposures
from fileserver.films import Films
from fileserver.lifetime import Moment
from fileserver.looking import looking_at
from fileserver.progress import Following
from fileserver.provenance import Proven, Provenance
from fileserver.register import Register
from fileserver.rotating import Keys
from fileserver.settings import Settings
from fileserver.standing import Standing
from fileserver.trials import Trials
from fileserver.tunnel.probe import Probe
from fileserver.tunnel.providers import PublicName
from fileserver.volume import Volume
from postflow.bus import Bus
from postflow.clock import now
from postflow.mounted import Mounted
from postflow.ruling import Ruling
from postflow.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Opened:
    """What is opened before the parts, and closed after them."""

    bus: Bus
    keys: Keys
    probe: Probe
    name: PublicName
    log: AccessLog


@dataclass(frozen=True, slots=True)
class Parts:
    """The fileserver, wired but not running. Close the volume."""

    ledger: Exposures
    volume: Volume
    provenance: Provenance
    standing: Standing
    mounted: Mounted
    expose: Expose
    register: Register
    trials: Trials
    door: Door


def clock() -> Moment:
    return Moment(now(), monotonic())


async def assemble(settings: Settings, opened: Opened, telemetry: Telemetry) -> Parts:
    """Raises BusUnavailable."""
    bus, keys, name = opened.bus, opened.keys, opened.name
    ledger = Exposures(await bus.records(BUCKET, Exposure), await bus.records(BUCKET, Window), settings.limits, clock)
    await ledger.load()
    await interruptions.own_up(ledger, now())
    volume = Volume(settings.volume_root)
    provenance = Provenance(await bus.records(BUCKET, Proven), volume.mounted, volume.look)
    await provenance.recall()
    films = Films(volume, provenance)
    addresses = Addresses(keys, name, settings.internal_url, settings.url_lifetime_s)
    look = looking_at(volume, films.look)
    register, beside = Register(opened.log, now), WithTrials(ledger)
    return Parts(
        ledger=ledger,
        volume=volume,
        provenance=provenance,
        standing=Standing(volume, provenance, settings.volume_root),
        mounted=Mounted(settings.volume_root, Ruling(bus).watch_folders),
        expose=Expose(ledger, look, bus.publish, addresses, now, filespace=settings.filespace),
        register=register,
        trials=Trials(*(beside, films.find, keys, name, now), root=settings.volume_root, filespace=settings.filespace),
        door=Door(
            *(beside, volume, films, keys, Following(bus.tell, now), telemetry, register, clock),
            probe=opened.probe.content,
            also=on_every_answer(settings.cors_origin),
        ),
    )
