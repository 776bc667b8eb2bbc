"""Edge: the whole of PostFlow as processes on one host.

    async with Stack(folder, rules=text, settings={"WATCH_QUIET_S": "1"}, uploaders=2) as stack:
        (stack.folders.volume / "UNDLM/EXPORTS/…").write_bytes(movie)
        await stack.kill("uploader-1")
        await stack.start("uploader-1")

A process is started again with the same ports, folders and log file, so that whatever it kept is found again.
"""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import astuple
from pathlib import Path
from types import TracebackType
from typing import Self

from onehost import layout, nats_server, ports
from onehost.child import Child, python
from onehost.folders import Folders
from onehost.layout import HOST, NATS, SIMULATORS, Ports, Urls
from onehost.processes import Processes
from onehost.readiness import until_ready

START_S = 40.0
"""For the whole start; a cold disk and two busy cores have been seen to need ten."""


class Stack:
    """
    Args:
        folder: everything is kept below it; made if it is not there.
        rules: the text of `postflow.toml`, kept as `folders.rules`, or the path of such a file.
        settings: variables for every service, above those that the stack itself sets.
        own_settings: by name of the service, variables for that one alone.
        simulators: whether Frame.io, Discord and Jaeger are simulated; if not, `settings` says where they are.
        start_s: how long the whole start may take.
        simulator_options: by name of the simulator, what its command is given besides.

    Attributes:
        processes: by name; `processes.deaths` has those that ended with nobody having asked for it.
        services: the names of all services, uploaders one by one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        rules: str | Path,
        settings: Mapping[str, str] | None = None,
        own_settings: Mapping[str, Mapping[str, str]] | None = None,
        uploaders: int = 2,
        simulators: bool = True,
        simulator_options: Mapping[str, Sequence[str]] | None = None,
        wanted_ports: Ports | None = None,
        start_s: float = START_S,
    ) -> None:
        self.folders = Folders(folder.absolute())
        self.services = layout.services(uploaders)
        self.simulators = SIMULATORS if simulators else ()
        self.processes = Processes()
        self._given_rules = rules
        self._settings = dict(settings or {})
        self._own_settings = dict(own_settings or {})
        self._options = {"frameio": ["--allow-http-source", "--view-base", "here"]}
        for name, options in (simulator_options or {}).items():
            self._options[name] = [*self._options.get(name, []), *options]
        self._wanted_ports = wanted_ports or Ports()
        self._start_s = start_s
        self._exit = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Start everything and wait until it is ready.

        Raises:
            NoNatsServer, PortInUse, OSError: of the folder: nothing was started.
            ChildDied, NotReady, TimeoutError: everything that was started has been ended.
        """
        binary = nats_server.find()
        self._settle()
        self._configure_nats(binary)
        async with AsyncExitStack() as exit_stack:
            await exit_stack.enter_async_context(self.processes)
            exit_stack.push_async_callback(self._stop_services)
            await self._start_all(binary)
            self._exit = exit_stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.__aexit__(kind, error, trace)

    def health_url(self, service: str) -> str:
        return f"http://{HOST}:{self._health_ports[service]}"

    async def start(self, *names: str, wait: bool = True) -> None:
        """Start processes that have ended; with `wait` until they are ready. Raises as the start of the stack does."""
        for name in names:
            await self.processes.start_again(name)
        if wait:
            await self.ready(*names)

    async def stop(self, *names: str) -> None:
        """SIGTERM, and wait until they have ended."""
        await self.processes.stop(*names)

    async def kill(self, *names: str) -> None:
        """SIGKILL."""
        await self.processes.kill(*names)

    async def restart(self, *names: str) -> None:
        await self.stop(*names)
        await self.start(*names)

    async def ready(self, *names: str, timeout_s: float = START_S) -> None:
        """Wait until these are ready; without names, all services."""
        wanted = names or self.services
        for name in wanted:
            if name == NATS:
                await self.processes[name].port(self.ports.nats, timeout_s)
            elif name in self.simulators:
                await self.processes[name].line("^listening on ", timeout_s)
        asked = {name: (self.processes[name], self.health_url(name)) for name in wanted if name in self.services}
        await until_ready(asked, timeout_s)

    def _settle(self) -> None:
        """Folders, ports and environment: what stays the same from start to start."""
        self.folders.make()
        if isinstance(self._given_rules, str):
            self.folders.rules.write_text(self._given_rules, encoding="utf-8")
            self.rules = self.folders.rules
        else:
            self.rules = self._given_rules.absolute()
        self.ports = ports.settled(self._wanted_ports)
        self.urls = Urls.of(self.ports)
        self._health_ports = dict(
            zip(self.services, ports.free(len(self.services), besides=astuple(self.ports)), strict=True)
        )
        self._environment = (
            layout.environment(
                os.environ,
                self.urls,
                self.ports,
                rules=self.rules,
                volume=self.folders.volume,
                data=self.folders.root,
                simulators=bool(self.simulators),
            )
            | self._settings
        )

    def _configure_nats(self, binary: Path) -> None:
        text = nats_server.configuration(binary, port=self.ports.nats, store=self.folders.nats / "store")
        self._nats_config.write_text(text)

    @property
    def _nats_config(self) -> Path:
        return self.folders.nats / "nats.conf"

    async def _start_all(self, binary: Path) -> None:
        deadline = time.monotonic() + self._start_s
        await self._begin(NATS, [binary, "-c", self._nats_config], layout.bare(os.environ))
        for name in self.simulators:
            await self._begin(name, self._simulator(name), layout.bare(os.environ))
        await self.ready(NATS, *self.simulators, timeout_s=_left(deadline))
        await self.processes.run(
            "provision",
            python(layout.module("provision")),
            env=self._environment,
            log=self.folders.log("provision"),
            timeout_s=_left(deadline),
        )
        for name in self.services:
            await self._begin(name, python(layout.module(name)), self._environment | self._own(name))
        await self.ready(timeout_s=_left(deadline))

    async def _begin(self, name: str, command: Sequence[str | Path], env: Mapping[str, str]) -> Child:
        return await self.processes.start(name, command, env=env, log=self.folders.log(name))

    def _simulator(self, name: str) -> list[str]:
        port = {"frameio": self.ports.frameio, "discord": self.ports.discord, "otlp": self.ports.otlp}[name]
        return [*python(layout.module(name)), "--port", str(port), *self._options.get(name, [])]

    def _own(self, service: str) -> dict[str, str]:
        return {"HEALTH_PORT": str(self._health_ports[service]), **self._own_settings.get(service, {})}

    async def _stop_services(self) -> None:
        """Before NATS, so that they can finish and say what they have to say."""
        try:
            await self.processes.stop(*(name for name in self.services if name in set(self.processes)))
        except asyncio.CancelledError:
            self.processes.kill_at_once()
            raise


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())
