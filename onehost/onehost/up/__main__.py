"""Edge: `make up`, wired. `python -m onehost.up`: the services, their broker and their tunnel until Ctrl-C.

`python -m onehost.up <command> <arguments…>` runs a command of PostFlow's console with the same settings.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from onehost import layout, nats_server, ports
from onehost.child import ChildDied, python
from onehost.layout import HOST, NATS
from onehost.processes import Processes, until_signalled
from onehost.up import preflight, settings_file
from onehost.up.backoff import OURS, TUNNEL
from onehost.up.keeping import keep
from onehost.up.place import NoPlace, kept_password, made_password, taken
from onehost.up.plan import CLOUDFLARED, Plan
from onehost.up.telling import COMMANDS, tell
from onehost.up.trimming import trim
from postflow import logs

START_S = 60.0
GRACE_S = 30.0
"""What a container is given too: the fileserver lets running fetches end."""

TERMINAL = ("TERM", "COLUMNS", "NO_COLOR")
"""What the console's tables are drawn by."""

OF_MAKE = ("UPLOADERS", "DATA_FOLDER")
"""They may also be given behind `make up`."""

FOR_NOBODY_ELSE = 0o077
"""The logs name files and their addresses; whoever we start inherits it."""

NOTHING_RUNS = "nothing runs here yet: start `make up` first, in another terminal"

EXIT_FAILED = 1
EXIT_SETTINGS = 2


class WrongSettings(Exception):
    """The text has a line for each problem."""


def say(text: str) -> None:
    print(logs.without_secrets(text), flush=True)


class Up:
    def __init__(self, plan: Plan, nats_password: str) -> None:
        self._plan = plan
        self._password = nats_password
        self._data = Path(plan.data)
        self._processes = Processes()
        self._logs = {name: self._data / "logs" / f"{name}.log" for name in self._names()}

    def _names(self) -> tuple[str, ...]:
        return (NATS, "provision", CLOUDFLARED, *self._plan.services)

    async def run(self) -> None:
        """Never returns. Raises ChildDied or TimeoutError when the broker does not come up."""
        async with self._processes, self._services_first():
            await self._start_broker()
            for service in self._plan.services:
                await self._start(service, python(layout.module(service)))
            await self._start_tunnel()
            say(f"Started. Ctrl-C ends everything. {COMMANDS}")
            urls = {name: f"http://{HOST}:{port}" for name, port in self._plan.health_ports.items()}
            await _all(
                *(keep(self._processes, name, TUNNEL if name == CLOUDFLARED else OURS, say) for name in self._kept()),
                tell(urls, say),
                trim(self._logs.values()),
            )

    def _kept(self) -> list[str]:
        return [name for name in self._processes if name != "provision"]

    @asynccontextmanager
    async def _services_first(self) -> AsyncIterator[None]:
        """They end before the broker, so that they can say what they have to say."""
        try:
            yield
        finally:
            say("Ending every process …")
            try:
                await self._processes.stop(*(name for name in self._processes if name != NATS), grace_s=GRACE_S)
            except asyncio.CancelledError:
                self._processes.kill_at_once()
                raise

    async def _start_broker(self) -> None:
        binary = nats_server.find()
        folder = self._data / "nats"
        folder.mkdir(exist_ok=True)
        store = self._plan.nats_max_file_store
        config = folder / "nats.conf"
        config.write_text(
            nats_server.configuration(
                binary, port=self._plan.nats_port, store=folder / "store", max_file_store=store, has_login=True
            )
        )
        await self._start(NATS, (binary, "-c", config))
        await self._processes[NATS].port(self._plan.nats_port, START_S)
        await self._processes.run(
            "provision",
            python(layout.module("provision")),
            env=self._environment("provision"),
            log=self._logs["provision"],
            timeout_s=START_S,
        )

    async def _start_tunnel(self) -> None:
        program = preflight.cloudflared(self._plan)
        if program is not None:
            (self._data / CLOUDFLARED).mkdir(exist_ok=True)
            await self._start(CLOUDFLARED, (program, *self._plan.tunnel_arguments()))
        elif self._plan.has_tunnel:
            say(preflight.NO_CLOUDFLARED)

    async def _start(self, name: str, command: tuple[str | Path, ...]) -> None:
        await self._processes.start(
            name, command, env=self._environment(name), log=self._logs[name], cwd=Path(self._plan.home)
        )

    def _environment(self, name: str) -> dict[str, str]:
        if name == CLOUDFLARED:
            return layout.bare(os.environ) | self._plan.tunnel_environment()
        if name == NATS:
            return layout.bare(os.environ) | self._plan.login(self._password)
        return layout.bare(os.environ) | self._plan.environment(name, self._password)


async def _all(*work: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for part in work:
            tasks.create_task(part)


def _planned(env_file: Path) -> Plan:
    """Raises WrongSettings when the file cannot be read; what is wrong in it is told later, all at once."""
    values, problems = settings_file.read(env_file)
    if problems:
        raise WrongSettings("\n".join(problems))
    values |= {name: os.environ[name] for name in OF_MAKE if os.environ.get(name)}
    home = env_file.absolute().parent
    return Plan(values, home, home / values.get("DATA_FOLDER", ".postflow"))


def _password(plan: Plan, own: Callable[[Path], str]) -> str:
    """Of the broker: given, in a file, or our own. A file that cannot be read is said with all other problems."""
    file = plan.nats_password_file
    if not plan.values.get("NATS_PASSWORD") and file is not None:
        with suppress(OSError, UnicodeDecodeError):
            return Path(file).read_text().strip()
    return plan.values.get("NATS_PASSWORD") or own(Path(plan.data))


def _known(plan: Plan) -> frozenset[str]:
    return settings_file.known(Path(plan.home) / ".env.example") | {*OF_MAKE}


async def _up(plan: Plan) -> None:
    """Raises WrongSettings, ChildDied, TimeoutError, CancelledError."""
    password = _password(plan, made_password)
    for warning in settings_file.mistyped(plan.values, _known(plan)):
        say(f"{plan.home / '.env'}: {warning}")
    async with until_signalled():
        if problems := await preflight.problems(plan, password):
            raise WrongSettings("\n".join(problems))
        say(f"PostFlow with the settings of {plan.home / '.env'}; what it keeps, and its logs, are in {plan.data}.")
        await Up(plan, password).run()


def _console(plan: Plan, arguments: list[str]) -> int:
    terminal = {name: os.environ[name] for name in TERMINAL if name in os.environ}
    password = _password(plan, kept_password)
    if not password:
        raise NoPlace(NOTHING_RUNS)
    if "--help" not in arguments and not ports.trouble(plan.nats_port):
        raise NoPlace(NOTHING_RUNS)
    environment = layout.bare(os.environ) | terminal | plan.environment("console", password)
    os.chdir(plan.home)
    os.execve(sys.executable, [*python("console"), *arguments], environment)


def main(arguments: list[str]) -> int:
    os.umask(FOR_NOBODY_ELSE)
    try:
        plan = _planned(Path(os.environ.get("ENV_FILE") or ".env"))
        if arguments:
            return _console(plan, arguments)
        with taken(Path(plan.data)):
            asyncio.run(_up(plan))
    except asyncio.CancelledError:
        return 0
    except WrongSettings as wrong:
        print(logs.without_secrets(str(wrong)), file=sys.stderr)
        return EXIT_SETTINGS
    except (NoPlace, ChildDied, OSError) as error:  # TimeoutError is an OSError
        print(logs.without_secrets(str(error)), file=sys.stderr)
        return EXIT_FAILED
    return 0


if __name__ == "__main__":
    logs.configure("up", level="ERROR", form="console")
    sys.exit(main(sys.argv[1:]))
