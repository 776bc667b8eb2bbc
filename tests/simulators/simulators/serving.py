"""Edge: runs an app on uvicorn, inside a test or as a command, and can cut a connection as a bad network does."""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_ABORT = "simulators.abort"
_GRACE_S = 1
_IDLE_S = 75
"""Longer than any client keeps a connection that it does not use: one that is closed just as it is used again fails
a call by no fault of anybody."""


@contextlib.asynccontextmanager
async def running(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve `app` in this event loop until the block ends; yields its base URL once it accepts.

    Port 0 takes a free one. Signals stay with the caller.

    Raises:
        OSError: the address cannot be had.
    """
    listener = _bound(host, port)
    server = _Server(_config(app))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    accepting = asyncio.create_task(server.accepting.wait())
    await asyncio.wait({serving, accepting}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if not server.started:
            accepting.cancel()
            await serving
            raise RuntimeError("the app did not start")
        yield _base_url(host, listener.getsockname()[1])
    finally:
        server.leave()
        await serving


def command(prog: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one (default)")
    return parser


def serve(app: ASGIApp, *, host: str, port: int) -> int:
    """Run until SIGTERM or SIGINT; prints one line once it accepts. Returns the exit code."""
    try:
        asyncio.run(_until_told(app, host, port))
    except OSError as error:
        print(f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}", file=sys.stderr)
        return 1
    return 0


async def _until_told(app: ASGIApp, host: str, port: int) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with running(app, host=host, port=port) as base_url:
        print(f"listening on {base_url}", flush=True)
        await told.wait()


def _bound(host: str, port: int) -> socket.socket:
    """The protocol is named because asyncio turns off Nagle's delay only for sockets that name it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def _base_url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_CuttableProtocol,
        ws="none",
        log_level="critical",
        access_log=False,
        date_header=False,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )


class _Server(uvicorn.Server):
    """Says when it accepts and leaves when told, where uvicorn is asked ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = asyncio.Event()
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        self.should_exit = True
        self._leaving.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.accepting.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._leaving.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _CuttableProtocol(H11Protocol):
    """Hands each request a way to abort its own connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[_ABORT] = self.transport.abort
            await inner(scope, receive, send)

        self.app = app


class ConnectionCut(Response):
    """An answer that never comes: the connection goes away without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        abort = scope.get("extensions", {}).get(_ABORT)
        if abort is None:
            raise ConnectionAbortedError("the connection was cut by a queued fault")
        abort()
        message: Message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await receive()


class BrokenOff(Response):
    """The first half of another answer, and then the connection goes away."""

    def __init__(self, whole: Response) -> None:
        super().__init__(status_code=whole.status_code)
        self.raw_headers = whole.raw_headers
        self._half = bytes(whole.body)[: len(whole.body) // 2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._half, "more_body": True})
        await ConnectionCut()(scope, receive, send)
