"""Edge: comes by a connection to NATS, and says what it waits for until there is one."""

import asyncio
from collections.abc import Callable

import nats.errors
from nats.aio.client import Client
from pydantic import SecretStr

from postflow.bus import Bus
from postflow.logs import get_logger
from postflow.telemetry import Telemetry

logger = get_logger(__name__)

CHECK_ADDRESS = "Check NATS_URL, NATS_USER and NATS_PASSWORD, and that nats-server runs."

REFUSED = "it refuses NATS_USER and NATS_PASSWORD: authorization violation"

_HUNG_UP = (ConnectionError, nats.errors.UnexpectedEOF, nats.errors.ConnectionClosedError)


class _Reasons:
    """Why tries fail. Whom the server refuses it may hang up on next time before it has said so."""

    def __init__(self) -> None:
        self._is_refused = False

    def of(self, error: Exception) -> str:
        said = str(error) or type(error).__name__
        hung_up = isinstance(error, _HUNG_UP) and not isinstance(error, ConnectionRefusedError)
        self._is_refused = "authorization" in said.lower() or (self._is_refused and hung_up)
        return REFUSED if self._is_refused else said


async def connect(
    url: str,
    *,
    name: str,
    user: str | None,
    password: SecretStr | None,
    telemetry: Telemetry,
    on_closed: Callable[[], None],
    on_trouble: Callable[[str], None],
) -> Bus:
    """Connect, however long it takes; cancel to give up.

    Args:
        url: one address, or several of a cluster, comma-separated.
        on_closed: called when the client has closed for good, which a server error can cause at any time.
        on_trouble: called with the reason of each failed try and of each lost connection.
    """
    why = _Reasons()
    reasons: list[str] = []  # told since the last round of tries began
    established = False

    def wait(reason: str) -> None:
        on_trouble(reason)
        logger.warning("waiting for NATS", action="nats_wait", nats_url=url, why=reason, what_to_do=CHECK_ADDRESS)

    async def note(error: Exception) -> None:
        reason = why.of(error)
        if established or reason in reasons:
            on_trouble(reason)
        else:
            reasons.append(reason)
            wait(reason)

    async def closed() -> None:
        if established:
            on_closed()

    async def disconnected() -> None:
        if client.is_closed:
            return
        logger.warning("the connection to NATS is lost", action="nats_disconnected")

    async def reconnected() -> None:
        logger.info("connected to NATS again", action="nats_reconnected")

    while True:
        client = Client()
        try:
            await asyncio.wait_for(
                client.connect(
                    [part.strip() for part in url.split(",")],
                    name=name,
                    user=user,
                    password=password.get_secret_value() if password else None,
                    inbox_prefix=f"_INBOX_{name}".encode(),
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=1,
                    connect_timeout=5,
                    ping_interval=10,
                    max_outstanding_pings=2,
                    error_cb=note,
                    disconnected_cb=disconnected,
                    reconnected_cb=reconnected,
                    closed_cb=closed,
                ),
                timeout=10,
            )
        except (TimeoutError, nats.errors.Error, OSError) as error:
            if not reasons:
                wait(why.of(error))
            reasons.clear()
            await client.close()
            await asyncio.sleep(1)
            continue
        established = True
        return Bus(client, telemetry)
