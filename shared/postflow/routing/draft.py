"""Pure: a show as far as it could be read. Sound pieces keep their place, so that checks go on beside a broken one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from postflow.routing.forms import Form
from postflow.routing.naming import Naming
from postflow.routing.problems import Problem, place_of
from postflow.routing.reach import forms_of
from postflow.routing.rules import Head, Inbox, Lookup, Pattern, Route, Show, WatchFolder, naming


@dataclass(frozen=True)
class Draft:
    """Pieces in lists are keyed by their index in the file."""

    name: str
    head: Head | None
    watch: dict[int, WatchFolder]
    patterns: dict[int, Pattern]
    lookups: dict[str, Lookup]
    routes: dict[int, Route]
    inbox: Inbox | None
    lookup_names: frozenset[str]
    """Those of broken lookups too."""
    is_routable: bool
    """No pattern, lookup or route is missing."""
    is_whole: bool
    """No piece at all is missing."""

    def problem(self, *steps: str | int, found: str, expected: str) -> Problem:
        return Problem(place_of("shows", self.name, *steps), found, expected)

    def show(self) -> Show | None:
        """The show, if it is whole."""
        if self.head is None or not self.is_whole:
            return None
        return Show(
            **dict(self.head),
            watch=tuple(self.watch.values()),
            patterns=tuple(self.patterns.values()),
            lookups=self.lookups,
            routes=tuple(self.routes.values()),
            inbox=self.inbox,
        )

    def namings(self) -> Iterator[tuple[int, Pattern, Naming]]:
        """Nothing while the show's code is unknown."""
        for index, pattern in self.patterns.items() if self.head else ():
            yield index, pattern, naming(pattern, self.head.code if self.head else "")

    def forms(self, pattern: Pattern, own: Mapping[str, Form]) -> dict[str, Form] | None:
        """What the fields of a pattern can be; None while one of its lookups is unknown."""
        if not set(pattern.lookups) <= self.lookups.keys():
            return None
        return forms_of(pattern, own, self.lookups)
