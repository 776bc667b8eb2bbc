"""Edge: connections from outside: the limits that uvicorn has no setting for, and what can be said to a client."""

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from fileserver.outlet import Outlet
from fileserver.readers import ClientGone
from fileserver.replies import Headers, Reply

MOST_CONNECTIONS = 256
"""A quick tunnel lets 200 requests in at a time."""

HEAD_PATIENCE_S = 20.0
"""For the head of a request, from the connection or its first byte on. Between requests uvicorn waits 120 s, which is
longer than cloudflared keeps an idle connection."""

TAKE_PATIENCE_S = 120.0
"""For a client to take what waits for it: more than a body is given, whose sender says itself why it is cut."""

_CONNECTION = "connection"


class Connection(H11Protocol):
    """Puts itself into each request's state."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state | {_CONNECTION: self}, _loop)
        self.access_log = False  # whatever logging is set to: uvicorn's lines hold the whole address
        self._deadline: asyncio.TimerHandle | None = None
        self._untaken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)
        self._set_deadline()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._drop_deadline()
        elif self._deadline is None:
            self._set_deadline()

    def pause_writing(self) -> None:
        """Something waits for the client; also when all has been said and the connection is being closed."""
        super().pause_writing()
        self._untaken = self.loop.call_later(TAKE_PATIENCE_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._is_taken()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_deadline()
        self._is_taken()
        super().connection_lost(exc)

    def _is_taken(self) -> None:
        if self._untaken is not None:
            self._untaken.cancel()
            self._untaken = None

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEAD_PATIENCE_S, self.abort)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def abort(self) -> None:
        """Drop the connection with all that is still buffered in it."""
        if not self.transport.is_closing():
            self.transport.abort()

    async def emptied(self) -> None:
        """Wait until nothing is left in the buffer but what the kernel holds."""
        await self.flow.drain()

    def outlet(self) -> Outlet:
        """Raises ClientGone."""
        connection = self.transport.get_extra_info("socket")
        if self.transport.is_closing() or connection is None:
            raise ClientGone
        return Outlet(connection)

    def was_lent(self, count: int) -> None:
        """So many bytes of the body went out by the outlet. Raises ClientGone: it went away meanwhile."""
        if self.conn.our_state is h11.ERROR:
            raise ClientGone
        self.conn.send_with_data_passthrough(h11.Data(data=cast(bytes, _Elsewhere(count))))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """What h11 takes for data when it only has to count it."""

    count: int

    def __len__(self) -> int:
        return self.count


class Client:
    """Who waits for the answer to one request."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, also: Headers = ()) -> None:
        """
        Args:
            also: headers of every answer.
        """
        self._also = also
        self._receive = receive
        self._send = send
        self.connection: Connection | None = scope.get("state", {}).get(_CONNECTION)
        self._cycle = self.connection.cycle if self.connection is not None else None

    @property
    def is_gone(self) -> bool:
        """Before it had all of its answer: what it was handed last has not left. Known at once where sending failed,
        and else a moment before `gone` returns."""
        if self.connection is None or self._cycle is None or self._cycle.response_complete:
            return False
        return self._cycle.disconnected or self.connection.transport.is_closing()

    async def begin(self, reply: Reply) -> None:
        all_headers = (*reply.headers, *self._also)
        headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in all_headers]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def take(self, chunk: bytes, *, is_last: bool) -> None:
        """Hand over a chunk; waits until the one before it has left, and the last one too. Whoever has gone away takes
        anything."""
        if chunk:
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
            if self.is_gone:
                return
        if is_last:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def gone(self) -> None:
        """Return when the client has gone away, or has got its answer. What it may want to send is not invited."""
        if self._cycle is not None:
            self._cycle.waiting_for_100_continue = False
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def drop(self) -> None:
        """Close the connection without another byte."""
        if self.connection is not None:
            self.connection.abort()
            await asyncio.sleep(0)  # lets the connection notice, so that an answer left open is no error to uvicorn
