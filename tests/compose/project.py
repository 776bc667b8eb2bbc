"""Edge: one compose project: its commands, its containers, and how they are killed."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.compose.engine import Engine
from tests.compose.shell import Failed
from tests.compose.shell import run as run_command

ROOT = Path(__file__).resolve().parents[2]

T = TypeVar("T")


class Project:
    def __init__(self, engine: Engine, name: str, files: Sequence[str], environment: dict[str, str]) -> None:
        self.engine = engine
        self.name = name
        self._files = [word for file in files for word in ("--file", str(ROOT / file))]
        self.settings = environment
        self._environment = engine.environment | environment | {"COMPOSE_PROGRESS": "plain"}

    def compose(self, *arguments: str, timeout_s: float = 300, stdin: str | None = None) -> str:
        # No .env of somebody's checkout: the test says what is set.
        command = [
            *self.engine.compose,
            "--env-file",
            "/dev/null",
            "--project-name",
            self.name,
            *self._files,
            *arguments,
        ]
        return run_command(command, environment=self._environment, timeout_s=timeout_s, stdin=stdin)

    def containers(self, service: str = "", *, all_states: bool = False) -> list[dict[str, Any]]:
        """What `docker inspect` says of each, running ones only unless told."""
        wanted = ["--filter", f"label=com.docker.compose.project={self.name}"]
        if service:
            wanted += ["--filter", f"label=com.docker.compose.service={service}"]
        ids = self.engine.docker("ps", "--quiet", *(["--all"] if all_states else []), *wanted).split()
        return list(json.loads(self.engine.docker("inspect", *ids))) if ids else []

    def python(self, service: str, script: str, *arguments: str) -> str:
        """Run a script in a container of its own like the service's, and return what it printed."""
        command = ["run", "--rm", "--no-deps", "--no-TTY", service, "python", "-", *arguments]
        return self.compose(*command, stdin=script)

    def inside(self, container: dict[str, Any], *command: str, timeout_s: float = 30) -> str:
        return self.engine.docker("exec", container["Id"], *command, timeout_s=timeout_s)

    def crash(self, service: str, timeout_s: float = 30) -> None:
        """SIGKILL all but the init of one container, and wait until it was started again.

        From the inside, because the engine takes its own `kill` for a wish that the container be down.
        """
        victim, *_ = self.containers(service)
        with suppress(Failed):  # the shell may go with them
            self.inside(victim, "sh", "-c", "kill -9 -1")

        def restarted() -> bool:
            (now,) = json.loads(self.engine.docker("inspect", victim["Id"]))
            return bool(now["RestartCount"] > victim["RestartCount"] and now["State"]["Running"])

        eventually(restarted, self.states, timeout_s)

    def healthy(self, services: Sequence[str], timeout_s: float = 120) -> None:
        """Wait until each has a container and all of them are healthy."""

        def all_well() -> bool:
            found = [self.containers(service) for service in services]
            return all(found) and all(health(one) == "healthy" for ones in found for one in ones)

        eventually(all_well, lambda: f"healthy: {', '.join(services)}; {self.states()}", timeout_s)

    def states(self) -> str:
        return "; ".join(
            f"{service_of(one)} {one['State']['Status']} {health(one)} {last_probe(one)}"
            for one in self.containers(all_states=True)
        )

    def logs(self) -> str:
        return self.compose("logs", "--no-color", "--tail", "60")


def service_of(container: dict[str, Any]) -> str:
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def health(container: dict[str, Any]) -> str:
    return str(container["State"].get("Health", {}).get("Status", "none"))


def last_probe(container: dict[str, Any]) -> str:
    log = container["State"].get("Health", {}).get("Log") or [{"Output": ""}]
    return str(log[-1]["Output"]).strip()[-200:]


def eventually(ask: Callable[[], T], what: Callable[[], str], timeout_s: float) -> T:
    """Ask until the answer is true. Raises AssertionError when it does not become so in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what()}"
        time.sleep(0.5)
