"""Pure: troubles that are told by several at once are one trouble, from the first word to the last.

Four uploaders lose one login: people hear of it once, and that it is over when the last of them says so. Whoever falls
silent for three minutes is not believed any more: it may have died of its trouble, or been replaced.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime

from postflow.conditions import LAPSES
from postflow.destination import Frozen
from postflow.messages import Condition, ConditionState


class Trouble(Frozen):
    """
    Attributes:
        first: what was said first of it; people read this.
        heard_at: of each instance that says so, when it was heard last.
    """

    first: Condition
    heard_at: Mapping[str, AwareDatetime]


class Troubles(Frozen):
    """Those that last, by their names."""

    by_name: Mapping[str, Trouble] = {}


def heard(troubles: Troubles, said: Condition, at: datetime) -> tuple[Troubles, Condition | None]:
    """What lasts after somebody spoke, and what people should read; None if nothing new."""
    trouble = troubles.by_name.get(said.name)
    if said.state is ConditionState.RAISED:
        first = trouble.first if trouble else said
        voices = {**(trouble.heard_at if trouble else {}), said.instance: at}
        return _with(troubles, Trouble(first=first, heard_at=voices)), first
    if trouble is None or said.instance not in trouble.heard_at:
        return troubles, None
    voices = {instance: when for instance, when in trouble.heard_at.items() if instance != said.instance}
    if voices:
        return _with(troubles, trouble.model_copy(update={"heard_at": voices})), None
    return _without(troubles, said.name), _over(trouble, said.at)


def lapsed(troubles: Troubles, at: datetime, *, listening_since: datetime) -> tuple[Troubles, list[Condition]]:
    """What lasts when those are left out that have been silent for too long, and what is over by that.

    Args:
        listening_since: what was said before, while nobody listened, may not have been heard yet.
    """
    over = []
    for name, trouble in troubles.by_name.items():
        voices = {
            instance: when for instance, when in trouble.heard_at.items() if at - max(when, listening_since) < LAPSES
        }
        if voices:
            troubles = _with(troubles, trouble.model_copy(update={"heard_at": voices}))
        else:
            troubles = _without(troubles, name)
            over.append(_over(trouble, max(trouble.heard_at.values())))
    return troubles, over


def _over(trouble: Trouble, at: datetime) -> Condition:
    return trouble.first.model_copy(update={"state": ConditionState.CLEARED, "at": max(at, trouble.first.at)})


def _with(troubles: Troubles, trouble: Trouble) -> Troubles:
    return Troubles(by_name={**troubles.by_name, trouble.first.name: trouble})


def _without(troubles: Troubles, name: str) -> Troubles:
    return Troubles(by_name={each: trouble for each, trouble in troubles.by_name.items() if each != name})
