"""Edge: an application on a port or a socket for as long as a block lasts."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from postflow.errors import PostFlowError


class PortTaken(PostFlowError):
    """Nobody can listen there now; the text names the setting."""


@asynccontextmanager
async def serving(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    variable: str,
    stop_s: float = 5.0,
    protocol: type[asyncio.Protocol] | None = None,
    most_connections: int | None = None,
) -> AsyncIterator[int]:
    """Serve an application until the block ends.

    Args:
        port: 0 takes a free one.
        variable: the setting of the port, `…_PORT`; that of the host is `…_HOST`.
        stop_s: how long running responses may take to end.
        protocol: speaks HTTP on a connection; uvicorn's h11 unless given, which refuses heads over 16 KiB.
        most_connections: beyond these, requests are answered 503.

    Yields:
        The port.

    Raises:
        PortTaken: with what to change.
    """
    listener = _listen(host, port, variable)
    async with serving_on(app, listener, stop_s=stop_s, protocol=protocol, most_connections=most_connections):
        yield listener.getsockname()[1]


@asynccontextmanager
async def serving_on(
    app: ASGIApp,
    listener: socket.socket,
    *,
    stop_s: float = 5.0,
    protocol: type[asyncio.Protocol] | None = None,
    most_connections: int | None = None,
) -> AsyncIterator[None]:
    """The same on a socket that is bound already, and closed at the end."""
    server = _Quiet(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            http=protocol or "h11",
            ws="none",
            limit_concurrency=most_connections,
            timeout_keep_alive=120,
            timeout_graceful_shutdown=int(stop_s),
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells in no other way
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await task
        listener.close()


class _Quiet(uvicorn.Server):
    """A server that leaves the signals to the service."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int, variable: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle off: it costs 40 ms for each small answer on a kept connection.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise PortTaken(_trouble(error, host, port, variable)) from error
    return listener


def _trouble(error: OSError, host: str, port: int, variable: str) -> str:
    why = f"cannot listen on {host}:{port} ({error.strerror})"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        name = variable.removesuffix("_PORT") + "_HOST"
        return f"{name}: {why}; set an address of this machine, or 0.0.0.0 for all of them"
    if error.errno == errno.EACCES:
        return f"{variable}: {why}; set a port above 1023"
    return f"{variable}: {why}; end what listens there, or set a free port"
