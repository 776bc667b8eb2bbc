"""Pure: who wrote a file last, where its show wants its people named. Kept in memory alone, and not for long: it is
personal data, and what became of a file tells it to whom it concerns."""

from collections.abc import Callable

from postflow.identity import comparable
from postflow.routing import Rules, Watched, watched

MOST = 5000
"""Files whose writer is remembered; the one that was written longest ago is forgotten first."""


class Writers:
    """`of` may be asked from any thread."""

    def __init__(self, rules: Callable[[], Rules]) -> None:
        self._rules = rules
        self._names: dict[str, str] = {}

    def wrote(self, path: str, name: str) -> None:
        if not self._are_named(path):
            return
        self._names.pop(comparable(path), None)
        self._names[comparable(path)] = name
        if len(self._names) > MOST:
            del self._names[next(iter(self._names))]

    def of(self, path: str) -> str | None:
        """None if nobody is known, or the rules want nobody named (any more)."""
        name = self._names.get(comparable(path))
        return name if name is not None and self._are_named(path) else None

    def _are_named(self, path: str) -> bool:
        rules = self._rules()
        found = watched(rules, path)
        return isinstance(found, Watched) and rules.shows[found.show].name_writers
