"""Edge: a connection before any request of it reaches the door: how many there may be, and what is no HTTP at all.

uvicorn would answer both with a text of its own, and tell nobody but its log. Here no refusal has a body, and each has
its line in the access log.
"""

import logging
from collections.abc import Callable
from typing import Any

import h11
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from fileserver.admit import BAD_REQUEST, UNAVAILABLE, Refused
from fileserver.asking import NO_ADDRESS, visit_of
from fileserver.connection import MOST_CONNECTIONS, Client, Connection
from fileserver.outcome import Outcome
from fileserver.replies import CLOSE, refusal
from fileserver.visit import Visit

NO_HTTP = Refused(BAD_REQUEST, "no HTTP that anybody could read")
CROWDED = Refused(UNAVAILABLE, "too many connections")

Told = Callable[[Visit, Outcome], None]

_quiet = logging.getLogger("fileserver.doorstep.uvicorn")
_quiet.setLevel(logging.ERROR)
"""uvicorn warns of each request that it cannot read: any number of lines, of strangers' choosing."""


class Doorstep(Connection):
    """Which class a server gets, `doorstep` says."""

    strange: Told
    turned_away: ASGIApp

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.logger = _quiet
        self._idle_since_s = self.loop.time()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if not self._has_room():
            self.app = self.turned_away

    def on_response_complete(self) -> None:
        self._idle_since_s = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        answers = not self._is_serving() and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE)
        if answers:
            reply = refusal(NO_HTTP, CLOSE)
            headers = [(name.encode(), value.encode()) for name, value in reply.headers]
            for event in (h11.Response(status_code=reply.status, headers=headers), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
            self.transport.close()
            visit = Visit("", NO_ADDRESS, peer=self.client[0] if self.client else "")
            self.strange(visit, Outcome(reply, why=NO_HTTP.why))
        else:  # an answer is under way, and another cannot be put into it
            self.transport.abort()

    def _is_serving(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _has_room(self) -> bool:
        """Beyond the bound, whoever has asked for nothing for longest is dropped; who is being served never is."""
        there = [other for other in self.connections if not other.transport.is_closing()]
        too_many = len(there) - MOST_CONNECTIONS
        idle = [
            other for other in there if isinstance(other, Doorstep) and other is not self and not other._is_serving()
        ]
        if too_many > 0 and idle:
            min(idle, key=lambda other: other._idle_since_s).transport.abort()
            too_many -= 1
        return too_many <= 0


def doorstep(strange: Told) -> type[Doorstep]:
    """
    Args:
        strange: is told of what was turned away here.
    """

    async def turned_away(scope: Scope, receive: Receive, send: Send) -> None:
        reply = refusal(CROWDED, CLOSE)
        strange(visit_of(Request(scope), NO_ADDRESS), Outcome(reply, why=CROWDED.why))
        client = Client(scope, receive, send)
        await client.begin(reply)
        await client.take(b"", is_last=True)

    said = {"strange": staticmethod(strange), "turned_away": staticmethod(turned_away)}
    return type("DoorstepOfOurs", (Doorstep,), said)
