"""Edge: tell people of a service's troubles, as `postflow.conditions` decides."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from postflow.conditions import Conditions
from postflow.errors import BusUnavailable
from postflow.health import Health
from postflow.logs import get_logger
from postflow.messages import Condition
from postflow.waiting import until_set

logger = get_logger(__name__)

LOOK_S = 5.0


async def telling(
    health: Health,
    publish: Callable[[Condition], Awaitable[None]],
    *,
    instance: str,
    now: Callable[[], datetime],
    stop: asyncio.Event,
    look_s: float = LOOK_S,
) -> None:
    """Look at the checks until `stop`. What NATS does not take is told when it is back."""
    conditions = Conditions(instance)
    while not stop.is_set():
        for condition in conditions.due(health.heard_of(), now()):
            logger.info(
                f"trouble {condition.state.value}",
                action=f"condition_{condition.state.value}",
                condition=condition.name,
                what=condition.what,
            )
            try:
                await publish(condition)
            except BusUnavailable as error:
                logger.warning("cannot tell of a trouble", action="condition_untold", why=str(error))
                break
            conditions.said(condition)
        await until_set(stop, look_s)
