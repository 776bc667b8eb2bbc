"""Edge: a Docker engine with compose: the one that is here, or on Debian as root one of our own, gone afterwards.

Our own has a folder, a socket and a process of its own; the only thing it leaves is the installed packages. No
address of a package index stands here: the newer compose comes from where this machine's own packages come from.
"""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.compose.shell import Failed, run

PACKAGES = ("docker.io", "iptables", "debootstrap")
OLDEST_COMPOSE = (2, 24, 4)
"""The first that knows !override."""

RELEASE_WITH_COMPOSE = "trixie"
"""The first Debian with docker-compose 2 among its packages."""

START_S = 60.0


class NoEngine(Exception):
    """There is none and none can be had; the text says why."""


@dataclass(frozen=True, slots=True)
class Engine:
    """
    Attributes:
        compose: how compose is called.
        is_ours: started here, so that whatever it holds is ours too.
    """

    compose: tuple[str, ...]
    environment: dict[str, str]
    is_ours: bool

    def docker(self, *arguments: str, timeout_s: float = 600, stdin: str | None = None) -> str:
        return run(["docker", *arguments], environment=self.environment, timeout_s=timeout_s, stdin=stdin)


@contextmanager
def available(folder: Path) -> Iterator[Engine]:
    """Raises NoEngine."""
    here = _already_here()
    if here:
        yield here
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoEngine("none answers, and only root on a Debian can install one; start Docker, or run this as root")
    _install()
    with _started(folder) as environment:
        yield Engine((str(_compose_of_newer_debian(folder)),), environment, is_ours=True)


def _already_here() -> Engine | None:
    environment = dict(os.environ)
    try:
        run(["docker", "info"], timeout_s=20)
    except Failed:
        return None
    try:
        version = run(["docker", "compose", "version", "--short"], timeout_s=20)
    except Failed:
        raise NoEngine("the one here has no compose; install its plugin, 2.24.4 or later") from None
    if _numbers(version) < OLDEST_COMPOSE:
        raise NoEngine(f"compose {version.strip()} is too old; update its plugin to 2.24.4 or later")
    return Engine(("docker", "compose"), environment, is_ours=False)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _install() -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "update"], environment=quiet, timeout_s=120)
        if all(shutil.which(program, path=_path()) for program in ("dockerd", "iptables", "debootstrap", "docker")):
            return
        install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
        run(install, environment=quiet, timeout_s=400)
    except Failed as error:
        raise NoEngine(f"its packages cannot be installed: {error}") from error


def _path() -> str:
    """dockerd and iptables are in folders that not every root has on its PATH."""
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


@contextmanager
def _started(folder: Path) -> Iterator[dict[str, str]]:
    """Yields the environment in which `docker` finds it."""
    environment = os.environ | {"DOCKER_HOST": f"unix://{folder}/docker.sock", "PATH": _path()}
    environment["DOCKER_CONFIG"] = str(folder / "client")
    rules = run(["iptables-save"], environment=environment)
    log = (folder / "dockerd.log").open("wb")
    places: list[str | Path] = [
        "--data-root",
        folder / "data",
        "--exec-root",
        folder / "run",
        "--pidfile",
        folder / "docker.pid",
    ]
    command: list[str | Path] = ["dockerd", "--host", environment["DOCKER_HOST"], *places, *_narrow()]
    server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        _wait(server, environment, folder / "dockerd.log")
        yield environment
    finally:
        _end(server, environment, rules)
        log.close()


def _narrow() -> list[str]:
    """Packets that are larger than the way out takes would be lost on the way to the package index."""
    routes = Path("/proc/net/route").read_text().splitlines()[1:]
    out = [line.split()[0] for line in routes if line.split()[1] == "00000000"]
    return ["--mtu", Path(f"/sys/class/net/{out[0]}/mtu").read_text().strip()] if out else []


def _wait(server: subprocess.Popen[bytes], environment: dict[str, str], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(Failed):
            run(["docker", "info"], environment=environment, timeout_s=10)
            return
        time.sleep(0.5)
    raise NoEngine(f"it does not start: {log.read_text(errors='replace')[-600:]}")


def _end(server: subprocess.Popen[bytes], environment: dict[str, str], rules: str) -> None:
    """Takes back what it did to the network of this machine."""
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(40)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    with suppress(Failed):
        run(["iptables-restore"], environment=environment, stdin=rules)
        run(["ip", "link", "delete", "docker0"], environment=environment)


def _compose_of_newer_debian(folder: Path) -> Path:
    """Unpacked, not installed: the packages of this machine stay those of its release."""
    place = folder / "compose"
    place.mkdir(exist_ok=True)
    options = _apt_options(place)
    try:
        run(["apt-get", *options, "update"], timeout_s=180)
        run(["sh", "-c", 'cd "$0" && exec apt-get "$@"', place, *options, "download", "docker-compose"], timeout_s=180)
        run(["dpkg", "-x", next(place.glob("*.deb")), place])
    except (Failed, StopIteration) as error:
        raise NoEngine(f"compose cannot be had from Debian's packages: {error}") from error
    return place / "usr/libexec/docker/cli-plugins/docker-compose"


def _apt_options(place: Path) -> list[str]:
    sources = place / "sources.list"
    sources.write_text(f"deb {debian_mirror()} {RELEASE_WITH_COMPOSE} main\n")
    for name in ("lists/partial", "cache/archives/partial"):
        (place / name).mkdir(parents=True, exist_ok=True)
    return [
        *("-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-"),
        *("-o", f"Dir::State::lists={place}/lists", "-o", f"Dir::Cache={place}/cache"),
        *("-o", "APT::Sandbox::User=root"),
    ]


def debian_mirror() -> str:
    """Where this machine's own packages come from. Raises NoEngine."""
    said = run(["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"])
    for line in said.splitlines():
        origin, _, address = line.rpartition(" ")
        if origin == "Debian" and "security" not in address:
            return address
    raise NoEngine("this machine's package sources name no Debian")
