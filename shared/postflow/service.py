"""Edge: the life of a service: start, be ready, run until SIGTERM, finish what is in hand, leave nothing unsent."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict

import nats.errors
from nats.js import errors as js_errors

from postflow import buckets, connecting, logs, telemetry
from postflow.buckets import PROVISION
from postflow.bus import Bus
from postflow.checks import Check, CheckAnswer, ChecksAnswer, ChecksQuestion, ask_checks
from postflow.clock import now
from postflow.errors import BusUnavailable, PostFlowError, SettingsError
from postflow.health import Health
from postflow.looking import Looks
from postflow.reading import Handler, Reader
from postflow.records import reason
from postflow.serving import PortTaken, serving
from postflow.settings import ServiceSettings
from postflow.telemetry import Telemetry
from postflow.telling import telling
from postflow.topology import STREAM
from postflow.waiting import Stopped, unless, until_set

logger = logs.get_logger(__name__)

BUCKETS_LOOK_S = 30.0

LOOK_S = 1.5
"""How long a person who asks how we are waits for a fresh look. Shorter than the console waits for us."""

CHECK_NATS = f"{connecting.CHECK_ADDRESS[:-1]} with JetStream."
UNTOLD = Check(False, "NATS, which does not say which buckets there are", CHECK_NATS)

EXIT_SETTINGS = 2
EXIT_FAILED = 1


class Service:
    """What a running service is made of. `stop` is set when it should end."""

    def __init__(self, name: str, settings: ServiceSettings, telemetry: Telemetry) -> None:
        self.name = name
        self.settings = settings
        self.telemetry = telemetry
        self.health = Health()
        self.looks = Looks()
        self.stop = asyncio.Event()
        self.failed: str | None = None
        self.instance = f"{socket.gethostname()}-{os.getpid()}"
        self._bus: Bus | None = None
        self._bucket_trouble: Check | None = None
        self._waiting_for, self._what_to_do = "NATS", connecting.CHECK_ADDRESS
        self.health.add("nats", self._check_bus)
        self.health.add("traces", telemetry.check)
        self.looks.add(telemetry.look)

    def fail(self, why: str) -> None:
        """End the process with an error, so that whoever supervises it starts it again."""
        if not self.stop.is_set():
            self.failed = why
            self.stop.set()

    async def connect(self, *durables: str) -> Bus:
        """Connect to NATS, answer for our checks, and wait until the durables this service reads are there.

        Raises:
            Stopped: the service was asked to stop meanwhile.
        """
        settings = self.settings
        self._bus = await unless(
            self.stop,
            connecting.connect(
                settings.nats_url,
                name=self.name,
                user=settings.nats_user,
                password=settings.nats_password,
                telemetry=self.telemetry,
                on_closed=lambda: self.fail("the NATS client closed for good"),
                on_trouble=self._note_trouble,
            ),
        )
        await self._bus.answer_each(ask_checks(self.name), ChecksQuestion, self._checks)
        await unless(self.stop, self._provisioned(self._bus, durables))
        self._waiting_for = ""
        return self._bus

    async def read(
        self,
        durable: str,
        handler: Handler,
        *,
        slots: int = 1,
        permit: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Read a durable until the service stops."""
        assert self._bus is not None, "connect first"
        reader = Reader(self._bus, durable, handler, service=self.name, slots=slots, permit=permit)
        await reader.run(self.stop)

    async def tell_troubles(self) -> None:
        """Until the service stops."""
        if self._bus is not None:
            instance = re.sub(r"[^A-Za-z0-9_-]", "-", f"{self.name}-{self.instance}")
            await telling(self.health, self._bus.publish, self._bus.last, instance=instance, now=now, stop=self.stop)

    async def close(self) -> None:
        if self._bus is not None:
            await self._bus.close()
        await asyncio.to_thread(self.telemetry.shutdown)

    async def _provisioned(self, bus: Bus, durables: tuple[str, ...]) -> None:
        for durable in durables:
            while (trouble := await _trouble_with_durable(bus, durable)) is not None:
                await self._wait(trouble, "provision_wait", logger.warning)
        while (trouble := await _trouble_with_buckets(bus, UNTOLD)) is not None:
            await self._wait(trouble, "bucket_wait", logger.error)

    async def _wait(self, trouble: Check, action: str, log: Callable[..., object]) -> None:
        if self._waiting_for != trouble.detail:
            self._waiting_for, self._what_to_do = trouble.detail, trouble.what_to_do
            log("waits", action=action, waiting_for=trouble.detail, what_to_do=trouble.what_to_do)
        await asyncio.sleep(1)

    async def look_at_buckets(self) -> None:
        """End if one is lost while we run: what we remember of it must not be written into one that is made anew."""
        if self._bus is None or not self._bus.client.is_connected:
            return
        trouble = await _trouble_with_buckets(self._bus, None)
        if trouble is not None and trouble == self._bucket_trouble:
            self.fail(trouble.detail)
        self._bucket_trouble = trouble

    async def _checks(self, _: ChecksQuestion) -> ChecksAnswer:
        await self.looks.anew(LOOK_S)
        report = self.health.report()
        checks = (CheckAnswer(name=name, **asdict(check)) for name, check in report.items())
        return ChecksAnswer(service=self.name, instance=self.instance, checks=tuple(checks))

    def _note_trouble(self, reason: str) -> None:
        if self._bus is None:
            self._waiting_for = f"NATS ({reason})"

    def _check_bus(self) -> Check:
        if self._bus is not None and not self._waiting_for:
            return self._bus.check()
        return Check(False, f"waiting for {self._waiting_for}", self._what_to_do)


async def _trouble_with_durable(bus: Bus, durable: str) -> Check | None:
    try:
        await bus.jetstream.consumer_info(STREAM, durable, timeout=2)
    except js_errors.NotFoundError:
        return Check(False, f"the durable {durable}", PROVISION)
    except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
        detail = f"NATS, which does not say whether there is a durable {durable} ({reason(error)})"
        return Check(False, detail, CHECK_NATS)
    return None


async def _trouble_with_buckets(bus: Bus, unknown: Check | None) -> Check | None:
    try:
        return await buckets.trouble(bus.jetstream)
    except BusUnavailable:
        return unknown


@asynccontextmanager
async def running(name: str, settings: ServiceSettings) -> AsyncIterator[Service]:
    """A service with logs, telemetry, health server and signals; all of it ends with the block."""
    logs.configure(name, level=settings.log_level, form=settings.log_format)
    service = Service(name, settings, telemetry.configure(name))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.stop.set)
    async with serving(
        service.health.app(), settings.health_host, settings.health_port, variable="HEALTH_PORT"
    ) as port:
        logger.info("started", action="started", health_port=port)
        try:
            yield service
        finally:
            await service.close()
            logger.info("stopped", action="stopped", failed=service.failed)


async def run_all(service: Service, *work: Coroutine[None, None, None]) -> None:
    """Run every part until the service stops; each ends by itself then. One that breaks ends the service."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for part in (
                *work,
                service.tell_troubles(),
                every(BUCKETS_LOOK_S, service.stop, service.look_at_buckets),
            ):
                tasks.create_task(part)
            await service.stop.wait()
    except* Exception as broken:
        first = _first_of(broken)
        logger.error("a part of the service broke", action="broken", exc_info=first)
        service.fail(f"{type(first).__name__}: {logs.without_secrets(str(first))}")
        service.failed = service.failed or "broken"
    if service.failed:
        raise PostFlowError(service.failed)


def _first_of(broken: BaseExceptionGroup[Exception]) -> Exception:
    """What broke first, where parts have parts of their own."""
    first = broken.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


async def every(period_s: float, stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` now and again `period_s` after it ended, until `stop`."""
    while not stop.is_set():
        await work()
        await until_set(stop, period_s)


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run a service's `main` and exit: 0 when asked to stop, 2 for wrong settings, 1 for the rest."""
    try:
        asyncio.run(main())
    except SettingsError as error:
        print("\n".join(error.problems), file=sys.stderr)
        sys.exit(EXIT_SETTINGS)
    except PortTaken as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_SETTINGS)
    except Stopped:
        return
    except PostFlowError as error:
        print(error, file=sys.stderr)
        sys.exit(EXIT_FAILED)
