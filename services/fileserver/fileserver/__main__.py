"""Edge: the fileserver. `python -m fileserver`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from fileserver import preflight
from fileserver.access_files import AccessFiles
from fileserver.access_log import keeping
from fileserver.answers import about_log, about_transfers
from fileserver.app import public_app
from fileserver.doorstep import doorstep
from fileserver.expose import permit
from fileserver.exposures import BUCKET
from fileserver.keys import MadeKey, made_keyring
from fileserver.parts import Opened, Parts, assemble
from fileserver.remembering import REMEMBER_S, Remembering
from fileserver.revoke import revoking
from fileserver.rotating import LOOK_S as KEYS_LOOK_S
from fileserver.rotating import Keys
from fileserver.rounds import Rounds
from fileserver.settings import Settings
from fileserver.trials import url_at
from fileserver.tunnel.probe import Probe
from fileserver.tunnel.providers import public_name
from postflow.chain import Link
from postflow.clock import now
from postflow.destination import Lane
from postflow.logs import get_logger
from postflow.pausing import LOOK_S, Pausing
from postflow.questions import (
    ASK_CHECK,
    ASK_TRANSFER,
    ASK_VERIFY_LOG,
    CheckQuestion,
    TransferQuestion,
    VerifyLogQuestion,
)
from postflow.service import Service, every, run, run_all, running
from postflow.serving import serving
from postflow.settings import load_checked, secret_file

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
        opened = Opened(bus, keys, probe, name, log)
        parts = await assemble(settings, opened, service.telemetry)
        remember = partial(memory.keep, lambda: log.last)
        rounds = Rounds(parts, name, remember, service.stop, now)
        pausing = await Pausing.begun(bus)
        _tell_health(service, settings, opened, parts, rounds)
        await bus.answer("fileserver", ASK_TRANSFER, TransferQuestion, about_transfers(parts.ledger, name))
        parts.register.tells("started")
        try:
            async with _public(settings, parts) as port:
                near_url = url_at(settings.public_host, port)
                await bus.answer("fileserver", ASK_CHECK, CheckQuestion, partial(parts.trials.answer, near_url))
                await _run(service, opened, parts, rounds, pausing)
        finally:
            await parts.door.closed(LAST_WORDS_S)
            parts.register.sum_up()
            parts.register.tells("stopped")
            parts.volume.close()


def _tell_health(service: Service, settings: Settings, opened: Opened, parts: Parts, rounds: Rounds) -> None:
    name = opened.name
    service.health.add("volume", lambda: parts.mounted.volume(parts.standing.check()), condition="mount")
    service.health.add("lucidlink", parts.mounted.lucidlink)
    service.health.add("tunnel", name.check, condition="tunnel", patience=timedelta(seconds=settings.tunnel_start_s))
    service.health.add("signing-keys", opened.keys.check)
    service.health.add("access-log", opened.log.check, condition="disk")
    service.looks.add(parts.mounted.look)
    service.looks.add(rounds.look_at_volume)


@asynccontextmanager
async def _public(settings: Settings, parts: Parts) -> AsyncIterator[int]:
    """What strangers reach; the port."""
    strange = parts.register.strange
    async with serving(
        public_app(parts.door, strange, options=bool(settings.cors_origin)),
        settings.public_host,
        settings.public_port,
        variable="PUBLIC_PORT",
        stop_s=DRAIN_S,
        protocol=doorstep(strange),
    ) as port:
        logger.info("serving", action="serving", public_port=port)
        yield port


async def _run(service: Service, opened: Opened, parts: Parts, rounds: Rounds, pausing: Pausing) -> None:
    def is_paused() -> bool:
        return pausing.pauses.everything is not None

    def may_take(lane: Lane) -> Callable[[], Awaitable[None]]:
        return partial(permit, lane, parts.ledger, parts.standing, opened.name, is_paused)

    stop = service.stop
    await run_all(
        service,
        # One at a time in a lane: the permit counts places, and the handler takes one.
        *(service.read(durable, parts.expose, permit=may_take(lane)) for lane, durable in EXPOSE.items()),
        service.read(REVOKE, revoking(parts.ledger, now, parts.expose, is_paused), slots=4),
        every(SWEEP_S, stop, rounds.sweep),
        every(TUNNEL_LOOK_S, stop, rounds.look_at_tunnel),
        every(REMEMBER_S, stop, rounds.remember_log),
        every(KEYS_LOOK_S, stop, opened.keys.look),
        every(LOOK_S, stop, pausing.look),
        parts.mounted.run(stop),
        parts.trials.until(stop),
    )


async def main() -> None:
    settings, _ = load_checked(Settings, preflight.check)
    async with running("fileserver", settings) as service:
        await serve(service, settings)


if __name__ == "__main__":
    run(main)
