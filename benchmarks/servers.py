"""Edge: the servers that are compared. Each serves the files of one folder on loopback, as a process of its own."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.postflow_server import ending, started
from tests.nats_fixtures import free_port, wait_for_port

NGINX = """\
worker_processes auto;
daemon off;
pid {scratch}/nginx.pid;
error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {scratch}/body;
    proxy_temp_path {scratch}/proxy;
    fastcgi_temp_path {scratch}/fastcgi;
    uwsgi_temp_path {scratch}/uwsgi;
    scgi_temp_path {scratch}/scgi;
    sendfile on;
    {how}
    tcp_nopush on;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Running:
    pid: int
    urls: list[str]


@dataclass(frozen=True, slots=True)
class Server:
    """Attributes:
    program: what must be on the PATH.
    command: from the port, the folder it serves and a folder of its own to what is run.
    """

    name: str
    program: str
    command: Callable[[int, Path, Path], list[str]]

    @property
    def is_here(self) -> bool:
        return shutil.which(self.program) is not None

    @contextmanager
    def running(self, folder: Path, scratch: Path, names: list[str]) -> Iterator[Running]:
        port = free_port()
        scratch.mkdir(parents=True, exist_ok=True)
        with (scratch / "log").open("ab") as log, ending(self._started(port, folder, scratch, log.fileno())) as pid:
            wait_for_port(port)
            yield Running(pid, [f"http://127.0.0.1:{port}/{name}" for name in names])

    def _started(self, port: int, folder: Path, scratch: Path, log: int) -> "subprocess.Popen[bytes]":
        home = os.environ | {"HOME": str(scratch), "XDG_CONFIG_HOME": str(scratch), "XDG_DATA_HOME": str(scratch)}
        return subprocess.Popen(self.command(port, folder, scratch), cwd=folder, env=home, stdout=log, stderr=log)


class Ours:
    name = "PostFlow"
    is_here = True

    @contextmanager
    def running(self, folder: Path, scratch: Path, names: list[str]) -> Iterator[Running]:
        with started(folder, scratch) as ours:
            yield Running(ours.pid, asyncio.run(ours.addresses(names)))


def _nginx(how: str) -> Callable[[int, Path, Path], list[str]]:
    def command(port: int, folder: Path, scratch: Path) -> list[str]:
        configuration = scratch / "nginx.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""
        configuration.write_text(user + NGINX.format(port=port, folder=folder, scratch=scratch, how=how))
        return ["nginx", "-p", str(scratch), "-c", str(configuration)]

    return command


SERVERS: list[Ours | Server] = [
    Ours(),
    Server("nginx, sendfile", "nginx", _nginx("")),
    Server("nginx, aio threads", "nginx", _nginx("aio threads;")),
    Server(
        "caddy",
        "caddy",
        lambda port, folder, _: ["caddy", "file-server", "--root", str(folder), "--listen", f"127.0.0.1:{port}"],
    ),
    Server(
        "rclone serve http",
        "rclone",
        lambda port, folder, _: ["rclone", "serve", "http", str(folder), "--addr", f"127.0.0.1:{port}"],
    ),
    Server(
        "http.server",
        sys.executable,
        lambda port, _, __: [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
    ),
]
