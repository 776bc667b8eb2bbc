"""Edge: tell people of a service's troubles, as `postflow.conditions` decides."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from postflow.conditions import Conditions
from postflow.errors import BusUnavailable, MalformedMessage
from postflow.health import Health
from postflow.logs import get_logger
from postflow.messages import Condition, ConditionState, Message
from postflow.waiting import until_set

logger = get_logger(__name__)

LOOK_S = 5.0

Last = Callable[[str], Awaitable[Message | None]]
"""The newest message in the stream of a subject, if there is one."""


async def telling(
    health: Health,
    publish: Callable[[Condition], Awaitable[None]],
    last: Last,
    *,
    instance: str,
    now: Callable[[], datetime],
    stop: asyncio.Event,
    look_s: float = LOOK_S,
) -> None:
    """Look at the checks until `stop`. What NATS does not take is told when it is back."""
    conditions = Conditions(instance, await _told_at(last, health.conditions))
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


async def _told_at(last: Last, names: Iterable[str]) -> dict[str, datetime]:
    """Of the conditions that last, whoever says so: when that was said last."""
    found = {}
    for name in names:
        try:
            said = await last(Condition.pattern.format(name=name, instance="*"))
        except (BusUnavailable, MalformedMessage) as error:
            logger.info(
                "cannot look whether a trouble lasts", action="condition_unknown", condition=name, why=str(error)
            )
            continue
        if isinstance(said, Condition) and said.state is ConditionState.RAISED:
            found[name] = said.at
    return found
