"""Edge: make the stream, its durables and the buckets as `postflow.topology` says. `python -m postflow.provision`.

Running it again changes nothing, or brings an older set-up to what this release needs. A bucket that was lost is made
anew only if `PROVISION_REMAKE` names it: a person has to know what follows. Services only bind, so their NATS users
need no right to create anything.
"""

import asyncio
import sys
from collections.abc import Collection
from typing import Annotated

import nats.errors
from nats.js import errors as js_errors
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.client import JetStreamContext
from pydantic import field_validator
from pydantic_settings import NoDecode

from postflow import buckets, connecting, logs
from postflow.bus import Bus
from postflow.errors import SettingsError
from postflow.settings import ServiceSettings, load
from postflow.telemetry import Telemetry
from postflow.topology import BUCKETS, DURABLES, OLDEST_SERVER, STREAM, STREAM_SUBJECTS, Durable

logger = logs.get_logger(__name__)

MAX_ACK_PENDING = 1000

EXIT_FAILED = 1
EXIT_SETTINGS = 2
EXIT_INTERRUPTED = 130

USE_OUR_CONFIG = "Start it with deploy/nats.conf, as compose.yaml does, or with `jetstream` in its own configuration."
LET_CREATE = "Look into the log of nats-server; this user needs the right to publish to $JS.API.>."


class Settings(ServiceSettings):
    is_traced = False

    provision_remake: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("provision_remake", mode="before")
    @classmethod
    def _are_buckets(cls, value: object) -> object:
        names = tuple(name.strip() for name in value.split(",")) if isinstance(value, str) else value
        if isinstance(names, tuple) and (unknown := [name for name in names if name not in BUCKETS]):
            raise ValueError(f"must name buckets, comma-separated; there is none called {', '.join(unknown)}")
        return names


class Unfit(Exception):
    """This nats-server cannot do what PostFlow needs, or has lost what it needs."""

    def __init__(self, why: str, what_to_do: str) -> None:
        super().__init__(why)
        self.what_to_do = what_to_do


async def provision(bus: Bus, remake: Collection[str] = ()) -> None:
    """
    Args:
        remake: buckets that may be made anew though they were lost.

    Raises:
        Unfit: nothing was changed. Other errors of JetStream pass through.
    """
    version = bus.client.connected_server_version
    if (version.major, version.minor) < OLDEST_SERVER:
        name = f"nats-server {version.major}.{version.minor}.{version.patch}"
        raise Unfit(f"{name} is too old: it has no scheduled messages", "Run nats-server 2.12 or later.")
    jetstream = bus.jetstream
    try:
        await jetstream.account_info()
    except js_errors.ServiceUnavailableError:
        raise Unfit("nats-server runs without JetStream, or this account has none", USE_OUR_CONFIG) from None
    await _check_lost(jetstream, remake)
    for bucket in BUCKETS:
        await jetstream.create_key_value(KeyValueConfig(bucket=bucket, history=1, storage=StorageType.FILE))
    await _stream(jetstream)
    # Last, because services wait for their durables: whoever finds his finds everything else.
    for durable in DURABLES.values():
        await jetstream.add_consumer(STREAM, _consumer(durable))


async def _check_lost(jetstream: JetStreamContext, remake: Collection[str]) -> None:
    lost = (await buckets.missing(jetstream)).lost
    if unnamed := [bucket for bucket in lost if bucket not in remake]:
        raise Unfit(buckets.why(unnamed), buckets.what_to_do(lost))
    for bucket in lost:
        logger.warning("makes it anew", action="bucket_remade", bucket=bucket, without=buckets.WITHOUT[bucket])
    if there := [bucket for bucket in remake if bucket not in lost]:
        logger.warning("PROVISION_REMAKE names what is not lost: unset it", action="remake_unneeded", buckets=there)


async def _stream(jetstream: JetStreamContext) -> None:
    wanted = StreamConfig(
        name=STREAM,
        subjects=list(STREAM_SUBJECTS),
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=DiscardPolicy.OLD,
        max_age=0,
        duplicate_window=120,
        allow_direct=True,
        allow_msg_schedules=True,
        metadata=buckets.noted(None),
    )
    try:
        existing = (await jetstream.stream_info(STREAM)).config
    except js_errors.NotFoundError:
        await jetstream.add_stream(wanted)
        return
    await jetstream.update_stream(
        existing.evolve(
            subjects=wanted.subjects,
            allow_msg_schedules=True,
            duplicate_window=wanted.duplicate_window,
            metadata=buckets.noted(existing.metadata),
        )
    )


def _consumer(durable: Durable) -> ConsumerConfig:
    return ConsumerConfig(
        durable_name=durable.name,
        filter_subjects=list(durable.filter_subjects),
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=durable.ack_wait_s,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
    )


async def main() -> int:
    settings = load(Settings)
    troubles: list[str] = []
    logs.configure("provision", level=settings.log_level, form=settings.log_format)
    bus = await connecting.connect(
        settings.nats_url,
        name="provision",
        user=settings.nats_user,
        password=settings.nats_password,
        telemetry=Telemetry(),
        on_closed=lambda: None,
        on_trouble=troubles.append,
    )
    troubles.clear()
    try:
        await provision(bus, settings.provision_remake)
    except Unfit as error:
        return _failed(str(error), error.what_to_do)
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        why = getattr(error, "description", None) or str(error) or type(error).__name__
        return _failed(troubles[-1] if troubles else why, LET_CREATE)
    finally:
        await bus.close()
    logger.info("stream, durables and buckets are there", action="provisioned")
    return 0


def _failed(why: str, what_to_do: str) -> int:
    logger.error("cannot provision", action="provision_failed", why=why, what_to_do=what_to_do)
    return EXIT_FAILED


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except SettingsError as error:
        print("\n".join(error.problems), file=sys.stderr)
        sys.exit(EXIT_SETTINGS)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
