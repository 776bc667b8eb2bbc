"""Edge: the fileserver. `python -m fileserver`."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic

from fileserver import interruptions, losses, preflight
from fileserver.access_files import AccessFiles
from fileserver.access_log import AccessLog, keeping
from fileserver.answers import about_log, about_transfers
from fileserver.app import public_app
from fileserver.aside import WithTrials
from fileserver.cors import on_every_answer
from fileserver.door import Door
from fileserver.doorstep import doorstep
from fileserver.expose import Addresses, Expose, permit
from fileserver.exposure import Exposure, Window
from fileserver.exposures import BUCKET, Exposures
from fileserver.films import Films
from fileserver.keys import MadeKey, made_keyring
from fileserver.lifetime import Moment
from fileserver.looking import looking_at
from fileserver.progress import Following
from fileserver.provenance import Proven, Provenance
from fileserver.register import Register
from fileserver.remembering import REMEMBER_S, Remembering
from fileserver.revoke import revoking
from fileserver.rotating import LOOK_S as KEYS_LOOK_S
from fileserver.rotating import Keys
from fileserver.settings import Settings
from fileserver.standing import Standing
from fileserver.trials import Trials, url_at
from fileserver.tunnel.probe import Probe
from fileserver.tunnel.providers import PublicName, public_name
from fileserver.volume import Volume
from postflow.bus import Bus
from postflow.chain import Link
from postflow.clock import now
from postflow.destination import Lane
from postflow.errors import RetryableError
from postflow.logs import get_logger
from postflow.mounted import Mounted
from postflow.pausing import LOOK_S, Pausing
from postflow.questions import (
    ASK_CHECK,
    ASK_TRANSFER,
    ASK_VERIFY_LOG,
    CheckQuestion,
    TransferQuestion,
    VerifyLogQuestion,
)
from postflow.ruling import Ruling
from postflow.service import Service, every, run, run_all, running
from postflow.serving import serving
from postflow.settings import load_checked, secret_file
from postflow.waiting import Stopped, unless

logger = get_logger(__name__)

EXPOSE = {Lane.SMALL: "fileserver-expose-small", Lane.LARGE: "fileserver-expose-large"}
REVOKE = "fileserver-revoke"

SWEEP_S = 5.0
TUNNEL_LOOK_S = 1.0
DRAIN_S = 15.0
"""How long running pulls may go on after the service was asked to stop; a container is given 30 s."""
LAST_WORDS_S = 5.0


async def serve(service: Service, settings: Settings) -> None:
    """Be the fileserver until the service stops."""
    bus = await service.connect(*EXPOSE.values(), REVOKE)
    ring = settings.keyring or await made_keyring(await bus.records(BUCKET, MadeKey), settings.secret_key)
    keys = Keys(ring, secret_file("SIGNING_KEYS"))
    probe = Probe(keys, now)
    memory = Remembering(await bus.records(BUCKET, Link))
    folder = settings.fileserver_data / "access"
    files = AccessFiles(folder, now, keep_days=settings.access_log_days)
    await bus.answer("fileserver", ASK_VERIFY_LOG, VerifyLogQuestion, about_log(folder, memory.recall))
    async with (
        keeping(files, await memory.recall(), memory.keep) as log,
        public_name(settings, probe) as name,
    ):
        remember = partial(memory.keep, lambda: log.last)
        await _serve(service, settings, bus, keys, probe, name, log, remember)


async def _serve(
    service: Service,
    settings: Settings,
    bus: Bus,
    keys: Keys,
    probe: Probe,
    name: PublicName,
    log: AccessLog,
    remember: Callable[[], Awaitable[None]],
) -> None:

    def clock() -> Moment:
        return Moment(now(), monotonic())

    ledger = Exposures(await bus.records(BUCKET, Exposure), await bus.records(BUCKET, Window), settings.limits, clock)
    await ledger.load()
    await interruptions.own_up(ledger, now())
    pausing = await Pausing.begun(bus)
    volume = Volume(settings.volume_root)
    provenance = Provenance(await bus.records(BUCKET, Proven), volume.mounted, volume.look)
    await provenance.recall()
    films, standing = Films(volume, provenance), Standing(volume, provenance, settings.volume_root)
    mounted = Mounted(settings.volume_root, Ruling(bus).watch_folders)
    service.health.add("volume", lambda: mounted.volume(standing.check()), condition="mount")
    service.health.add("lucidlink", mounted.lucidlink)
    service.looks.add(mounted.look)

    async def look_at_volume() -> None:
        await standing.is_there()

    service.looks.add(look_at_volume)
    service.health.add("tunnel", name.check, condition="tunnel", patience=timedelta(seconds=settings.tunnel_start_s))
    addresses = Addresses(keys, name, settings.internal_url, settings.url_lifetime_s)
    look = looking_at(volume, films.look)
    expose = Expose(ledger, look, bus.publish, addresses, now, filespace=settings.filespace)
    register = Register(log, now)
    service.health.add("signing-keys", keys.check)
    service.health.add("access-log", log.check, condition="disk")
    beside = WithTrials(ledger)
    trials = Trials(beside, films.find, keys, name, now, root=settings.volume_root, filespace=settings.filespace)
    door = Door(
        *(beside, volume, films, keys, Following(bus.tell, now), service.telemetry, register, clock),
        probe=probe.content,
        also=on_every_answer(settings.cors_origin),
    )
    await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, about_transfers(ledger, name))

    def is_paused() -> bool:
        return pausing.pauses.everything is not None

    async def sweep() -> None:
        try:
            await ledger.sweep()
            await expose.announce_forgotten()
        except RetryableError as error:
            logger.warning("will sweep again", action="sweep_failed", why=str(error))
        await look_at_volume()
        await provenance.keep()

    async def look_at_tunnel() -> None:
        with suppress(Stopped):  # a probe may take longer than a stop should
            await unless(service.stop, name.look())
        try:
            await losses.let_go(ledger, name, now())
        except RetryableError as error:
            logger.warning("will let go of lost addresses again", action="let_go_failed", why=str(error))

    async def remember_log() -> None:
        register.sum_up()
        await remember()

    register.tells("started")
    try:
        async with serving(
            public_app(door, register.strange, options=bool(settings.cors_origin)),
            settings.public_host,
            settings.public_port,
            variable="PUBLIC_PORT",
            stop_s=DRAIN_S,
            protocol=doorstep(register.strange),
        ) as port:
            logger.info("serving", action="serving", public_port=port)
            near_url = url_at(settings.public_host, port)
            await bus.answer("fileserver", ASK_CHECK, CheckQuestion, partial(trials.answer, near_url))
            await run_all(
                service,
                # One at a time in a lane: the permit counts places, and the handler takes one.
                *(
                    service.read(durable, expose, permit=partial(permit, lane, ledger, standing, name, is_paused))
                    for lane, durable in EXPOSE.items()
                ),
                service.read(REVOKE, revoking(ledger, now, expose, is_paused), slots=4),
                every(SWEEP_S, service.stop, sweep),
                mounted.run(service.stop),
                every(LOOK_S, service.stop, pausing.look),
                every(TUNNEL_LOOK_S, service.stop, look_at_tunnel),
                every(REMEMBER_S, service.stop, remember_log),
                every(KEYS_LOOK_S, service.stop, keys.look),
                trials.until(service.stop),
            )
    finally:
        await door.closed(LAST_WORDS_S)
        register.sum_up()
        register.tells("stopped")
        volume.close()


async def main() -> None:
    settings, _ = load_checked(Settings, preflight.check)
    async with running("fileserver", settings) as service:
        await serve(service, settings)


if __name__ == "__main__":
    run(main)
