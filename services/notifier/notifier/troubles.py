"""Pure: troubles that are told by several at once are one trouble, from the first word to the last.

Four uploaders lose one login: people hear of it once, and that it is over when the last of them says so. Whoever falls
silent for three minutes is not believed any more: it may have died of its trouble, or been replaced.

Words come late, twice and in any order. Those of one instance are ordered by when they were said: one that is older
than what was heard of it already tells nothing, also when what it tells of is over. Each trouble of a name has a
number, and so a card, of its own: one that goes on after a silence, or comes back, is news, whatever the clocks of
others say.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from postflow.conditions import LAPSES
from postflow.destination import Frozen
from postflow.messages import Condition, ConditionState

REMEMBERED = timedelta(days=7)
"""How long the last word of an instance is known; no word comes again after so long."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""A last word from further in the future was said by a clock that was wrong: it does not silence those after it."""


class Trouble(Frozen):
    """
    Attributes:
        first: what was said first of it; people read this.
        heard_at: of each instance that says so, when it was heard last.
        number: which of the troubles of its name.
    """

    first: Condition
    heard_at: Mapping[str, AwareDatetime]
    number: int = 0

    @property
    def key(self) -> str:
        """Of the story that its card tells."""
        return f"condition.{self.first.name}" + (f".{self.number}" if self.number else "")


class Troubles(Frozen):
    """
    Attributes:
        by_name: those that last.
        over: those whose end is still to be shown, by the keys of their cards, the oldest first.
        numbers: of the latest trouble of each name.
        said_at: of each name and instance, when its last word was said, by its own clock.
    """

    by_name: Mapping[str, Trouble] = {}
    over: Mapping[str, Condition] = {}
    numbers: Mapping[str, int] = {}
    said_at: Mapping[str, Mapping[str, AwareDatetime]] = {}

    def to_show(self, name: str) -> dict[str, Condition]:
        """What people should read of a name, by the keys of the cards, in the order in which it became so."""
        lasting = self.by_name.get(name)
        over = {key: end for key, end in self.over.items() if end.name == name}
        return over | ({lasting.key: lasting.first} if lasting else {})

    def without_end(self, key: str) -> "Troubles":
        """It has been shown."""
        return self.model_copy(update={"over": {each: end for each, end in self.over.items() if each != key}})


def heard(troubles: Troubles, said: Condition, at: datetime) -> Troubles:
    """What is so after somebody spoke; nothing else than before, if it is an old word."""
    if _is_old(troubles, said, at):
        return troubles
    troubles = _remembering(troubles, said, at)
    trouble = troubles.by_name.get(said.name)
    if said.state is ConditionState.RAISED:
        trouble = trouble or Trouble(first=said, heard_at={}, number=troubles.numbers.get(said.name, 0) + 1)
        return _with(troubles, trouble, {**trouble.heard_at, said.instance: at})
    if trouble is None or said.instance not in trouble.heard_at:
        return troubles
    voices = {instance: when for instance, when in trouble.heard_at.items() if instance != said.instance}
    return _with(troubles, trouble, voices) if voices else _over(troubles, trouble, said.at)


def lapsed(troubles: Troubles, at: datetime, *, listening_since: datetime) -> Troubles:
    """What is so when those are left out that have been silent for too long.

    Args:
        listening_since: what was said before, while nobody listened, may not have been heard yet.
    """
    for trouble in troubles.by_name.values():
        voices = {
            instance: when for instance, when in trouble.heard_at.items() if at - max(when, listening_since) < LAPSES
        }
        if voices:
            troubles = _with(troubles, trouble, voices)
        else:
            troubles = _over(troubles, trouble, max(trouble.heard_at.values()))
    return troubles


def _is_old(troubles: Troubles, said: Condition, at: datetime) -> bool:
    last = troubles.said_at.get(said.name, {}).get(said.instance)
    if last is None or last > at + CLOCKS_DIFFER:
        return False
    return said.at < last or (said.at == last and said.state is ConditionState.RAISED)


def _remembering(troubles: Troubles, said: Condition, at: datetime) -> Troubles:
    last = troubles.said_at.get(said.name, {})
    known = {instance: when for instance, when in last.items() if at - when < REMEMBERED}
    words = {**known, said.instance: said.at}
    return troubles.model_copy(update={"said_at": {**troubles.said_at, said.name: words}})


def _with(troubles: Troubles, trouble: Trouble, voices: Mapping[str, datetime]) -> Troubles:
    name, lasting = trouble.first.name, trouble.model_copy(update={"heard_at": voices})
    return troubles.model_copy(
        update={
            "by_name": {**troubles.by_name, name: lasting},
            "numbers": {**troubles.numbers, name: trouble.number},
        }
    )


def _over(troubles: Troubles, trouble: Trouble, at: datetime) -> Troubles:
    lasting = {name: each for name, each in troubles.by_name.items() if name != trouble.first.name}
    end = trouble.first.model_copy(update={"state": ConditionState.CLEARED, "at": max(at, trouble.first.at)})
    return troubles.model_copy(update={"by_name": lasting, "over": {**troubles.over, trouble.key: end}})
