"""Edge: the relay as a process, `python -m watcher.relay`. It needs the machine's own network, and no right at all."""

import asyncio
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from postflow import logs
from postflow.errors import SettingsError
from postflow.service import run
from postflow.serving import serving_on
from postflow.settings import load
from watcher.relay.app import PATIENCE_S, Relay
from watcher.relay.settings import Settings

logger = logs.get_logger(__name__)

MOST_CONNECTIONS = 32
RIGHTS = 0o660
"""Whoever shares the user or the group of the relay may ask."""


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A socket at that path, in the place of one that a relay before left behind.

    Raises:
        SettingsError: nobody can listen there.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and stat.S_ISSOCK(path.lstat().st_mode):
            path.unlink()
        listener.bind(str(path))
        path.chmod(RIGHTS)
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise SettingsError(
            [f"LUCIDLINK_SOCKET: cannot listen on {path} ({why}); name a path in a folder where this user may write"]
        ) from error
    try:
        yield listener
    finally:
        path.unlink(missing_ok=True)


async def main() -> None:
    settings = load(Settings)
    logs.configure("relay", level=settings.log_level, form=settings.log_format)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    http = httpx.AsyncClient(base_url=settings.lucidlink_daemon, timeout=PATIENCE_S, trust_env=False)
    with listening(settings.lucidlink_socket) as listener:
        async with http, serving_on(Relay(http), listener, most_connections=MOST_CONNECTIONS):
            logger.info(
                "started", action="started", asks=settings.lucidlink_daemon, socket=str(settings.lucidlink_socket)
            )
            await stop.wait()
    logger.info("stopped", action="stopped")


if __name__ == "__main__":
    run(main)
