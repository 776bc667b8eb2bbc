"""Pure: which of a service's troubles people are told of, and when.

A check that fails is told once it has failed for its patience, so that a start or a stumble is no news; said again each
minute, because whoever dies can take nothing back; and cleared once it has been well for a while. Several instances may
say the same: `name` is what people hear of, `instance` is who says so.

A service that starts again while people are told of its trouble must be heard before what it said lapses, or the
trouble seems to be over and to come back: of what was told shortly before, it has no more patience than any check.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from postflow.checks import Check
from postflow.messages import Condition, ConditionState

PATIENCE = timedelta(seconds=30)
WELL_FOR = timedelta(seconds=15)
SAID_AGAIN = timedelta(seconds=60)
LAPSES = timedelta(minutes=3)
"""After so long without a word from an instance, what it said is not believed any more."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A check that people hear of. Several checks may make up one condition: it holds while one of them fails.

    Attributes:
        condition: its name, as in `Condition`.
        patience: how long it may fail untold.
    """

    condition: str
    patience: timedelta = PATIENCE


@dataclass(slots=True)
class _Trouble:
    """
    Attributes:
        well_since: of a trouble that may be over.
        said: what was published last; None while it is not told.
    """

    since: datetime
    check: Check
    well_since: datetime | None = None
    said: Condition | None = None


class Conditions:
    """
    Args:
        told_at: of the conditions that lasted when this service started, by their names: when anybody said so last.
    """

    def __init__(self, instance: str, told_at: Mapping[str, datetime] | None = None) -> None:
        self._instance = instance
        self._told_at = told_at or {}
        self._troubles: dict[str, _Trouble] = {}

    def due(self, checks: Iterable[tuple[Watched, Check]], now: datetime) -> list[Condition]:
        """What is to be published now; `said` is told of each that was.

        Args:
            checks: of those of one condition the first that fails counts.
        """
        patience: dict[str, timedelta] = {}
        failing: dict[str, Check] = {}
        for watched, check in checks:
            if not check.ok and watched.condition not in failing:
                failing[watched.condition] = check
                patience[watched.condition] = watched.patience
        for condition, check in failing.items():
            self._fails(condition, check, now)
        raised = [self._raised(name, patience[name], now) for name in failing]
        cleared = [self._cleared(name, now) for name in sorted(self._troubles.keys() - failing.keys())]
        return [condition for condition in (*raised, *cleared) if condition is not None]

    def said(self, condition: Condition) -> None:
        """It was published."""
        if condition.state is ConditionState.CLEARED:
            self._troubles.pop(condition.name, None)
        elif condition.name in self._troubles:
            self._troubles[condition.name].said = condition

    def _fails(self, condition: str, check: Check, now: datetime) -> None:
        trouble = self._troubles.setdefault(condition, _Trouble(now, check))
        trouble.check, trouble.well_since = check, None

    def _raised(self, name: str, patience: timedelta, now: datetime) -> Condition | None:
        trouble = self._troubles[name]
        if name in self._told_at and now - self._told_at[name] < LAPSES:
            patience = min(patience, PATIENCE)
        wait = now - trouble.since < patience if trouble.said is None else now - trouble.said.at < SAID_AGAIN
        return None if wait else self._condition(name, trouble, ConditionState.RAISED, now)

    def _cleared(self, name: str, now: datetime) -> Condition | None:
        trouble = self._troubles[name]
        if trouble.said is None:
            del self._troubles[name]
            return None
        trouble.well_since = trouble.well_since or now
        if now - trouble.well_since < WELL_FOR:
            return None
        return self._condition(name, trouble, ConditionState.CLEARED, trouble.well_since)

    def _condition(self, name: str, trouble: _Trouble, state: ConditionState, at: datetime) -> Condition:
        return Condition(
            name=name,
            instance=self._instance,
            state=state,
            what=trouble.check.detail,
            what_to_do=trouble.check.what_to_do,
            since=trouble.since,
            at=at,
        )
