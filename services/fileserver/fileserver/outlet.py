"""Edge: a connection's socket, beside its transport: where the kernel may send bytes of a file that we never hold."""

import asyncio
import socket
from concurrent.futures import Future
from contextlib import suppress

from fileserver.readers import when_ended


class Outlet:
    """A descriptor of its own for the same socket, so that no thread ever sends to a number that by then stands for
    another client. Close it: as long as it is open, so is the connection.

    Args:
        connection: the transport's socket, of which nothing may be waiting in the transport's own buffer.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection.dup()
        self._lending: Future[None] | None = None

    def fileno(self) -> int:
        return self._socket.fileno()

    def lends(self, lending: "Future[None]") -> None:
        """A thread sends to it until this has ended."""
        self._lending = lending

    async def room(self) -> None:
        """Wait until the client has taken some of what it was sent, or is gone."""
        loop, has_room = asyncio.get_running_loop(), asyncio.Event()
        loop.add_writer(self._socket, has_room.set)
        try:
            await has_room.wait()
        finally:
            loop.remove_writer(self._socket)

    def close(self) -> None:
        """At once, or as soon as no thread sends to it. Whoever it is sending to then gets nothing more at once."""
        if self._lending is None or self._lending.done():
            self._socket.close()
            return
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        when_ended([self._lending], self._socket.close)
