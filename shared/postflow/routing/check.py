"""Pure: mistakes that no piece of a show has by itself: names of nothing, routes without files, missing fields."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from postflow.routing.draft import Draft
from postflow.routing.forms import Form
from postflow.routing.lookup import mistakes_in_table
from postflow.routing.naming import Fit
from postflow.routing.output import OWN_NAME, fields_of
from postflow.routing.problems import Problem, shown
from postflow.routing.reach import not_given, possible, taken
from postflow.routing.rules import INBOX, Pattern, Route
from postflow.routing.spelling import Spelled, folded
from postflow.routing.template import GIVEN


def check(draft: Draft, channels: Collection[str]) -> Iterator[Problem]:
    """Every mistake of a show that shows only when its pieces are seen together."""
    yield from _names_twice(draft, "patterns", draft.patterns)
    yield from _names_twice(draft, "routes", draft.routes)
    yield from _unknown_channels(draft, channels)
    yield from _lookups(draft)
    yield from _patterns(draft)
    yield from _routes(draft)
    yield from _inbox(draft)
    yield from _examples(draft)


def _names_twice(draft: Draft, key: str, pieces: Mapping[int, Pattern | Route]) -> Iterator[Problem]:
    seen = {INBOX} if key == "routes" else set()
    for index, piece in pieces.items():
        if folded(piece.name) in seen:
            expected = "a name that no other has" + (f", and not {INBOX}" if key == "routes" else "")
            yield draft.problem(key, index, "name", found=shown(piece.name), expected=expected)
        seen.add(folded(piece.name))


def _unknown_channels(draft: Draft, channels: Collection[str]) -> Iterator[Problem]:
    users: list[tuple[tuple[str | int, ...], str | None]] = [
        (("channel",), draft.head.channel if draft.head else None),
        *((("routes", index, "channel"), route.channel) for index, route in draft.routes.items()),
        (("inbox", "channel"), draft.inbox.channel if draft.inbox else None),
    ]
    for steps, channel in users:
        if channel is not None and channel not in channels:
            yield draft.problem(*steps, found=shown(channel), expected=_one_of(channels, "a channel"))


def _lookups(draft: Draft) -> Iterator[Problem]:
    for name, lookup in draft.lookups.items():
        for key, found, expected in mistakes_in_table(lookup.values):
            yield draft.problem("lookups", name, "values", key, found=found, expected=expected)


def _patterns(draft: Draft) -> Iterator[Problem]:
    for index, pattern, naming in draft.namings():
        known = set(naming.forms)
        for place, name in enumerate(pattern.lookups):
            steps = ("patterns", index, "lookups", place)
            lookup = draft.lookups.get(name)
            if name not in draft.lookup_names:
                yield draft.problem(*steps, found=shown(name), expected=_one_of(draft.lookup_names, "a lookup"))
            elif name in pattern.lookups[:place]:
                yield draft.problem(*steps, found=shown(name), expected="each lookup once")
            elif lookup and lookup.field not in known and _all_known(draft, pattern.lookups[:place]):
                found = f"{shown(name)}, which looks up {{{lookup.field}}}"
                yield draft.problem(*steps, found=found, expected=_one_of(known, "a lookup of a field known by then"))
            known |= lookup.gives if lookup else set()


def _all_known(draft: Draft, lookups: Iterable[str]) -> bool:
    return all(name in draft.lookups for name in lookups)


def _routes(draft: Draft) -> Iterator[Problem]:
    reached: set[int] = set()
    for pattern, forms in _forms(draft):
        for index in taken(draft.routes, forms):
            reached.add(index)
            for key, field in not_given(draft.routes[index], forms):
                found = f"{{{field}}}, which pattern {shown(pattern.name)} does not give"
                expected = _one_of(forms.keys() - {"pattern"}, "a field of every pattern that takes this route")
                yield draft.problem("routes", index, key, found=found, expected=expected)
    if draft.head and draft.is_routable and set(draft.lookup_names) >= _named_lookups(draft):
        yield from _never_taken(draft, draft.routes.keys() - reached)


def _forms(draft: Draft) -> Iterator[tuple[Pattern, dict[str, Form]]]:
    for _, pattern, naming in draft.namings():
        forms = draft.forms(pattern, naming.forms)
        if forms is not None:
            yield pattern, forms


def _named_lookups(draft: Draft) -> set[str]:
    return {name for pattern in draft.patterns.values() for name in pattern.lookups}


def _never_taken(draft: Draft, indexes: Iterable[int]) -> Iterator[Problem]:
    known = {field for _, forms in _forms(draft) for field in forms}
    for index in sorted(indexes):
        route = draft.routes[index]
        if any(possible(route, forms) for _, forms in _forms(draft)):
            found = "a route that no file reaches: earlier ones take all of its files"
            yield draft.problem(
                "routes", index, found=found, expected="it further up, or conditions on the earlier ones"
            )
            continue
        unknown = ", ".join(sorted(route.when.keys() - known))
        found = "conditions that no file can meet" + (f": nothing gives {unknown}" if unknown else "")
        expected = _one_of(known, "fields of one pattern, with texts that they can have")
        yield draft.problem("routes", index, "when", found=found, expected=expected)


def _inbox(draft: Draft) -> Iterator[Problem]:
    if draft.inbox is None:
        return
    for key, template, given in (
        ("folder", draft.inbox.folder, GIVEN),
        ("filename", draft.inbox.filename, GIVEN | OWN_NAME),
    ):
        for field in sorted(fields_of(template) - given):
            found = f"{{{field}}}, which a file without a pattern does not have"
            yield draft.problem("inbox", key, found=found, expected=_one_of(given, "a field of every file"))


def _examples(draft: Draft) -> Iterator[Problem]:
    namings = list(draft.namings())
    for index, pattern, naming in namings:
        path = Spelled.of(pattern.example)
        held = naming.hold(path)
        if not isinstance(held, Fit):
            expected = f"a path that fits {pattern.template or pattern.regex}"
            expected += f", as {held.expected}" if held and held.expected else ""
            yield draft.problem("patterns", index, "example", found=shown(pattern.example), expected=expected)
            continue
        for before, earlier, other in namings:
            if before < index and isinstance(other.hold(path), Fit):
                found = f"{shown(pattern.example)}, which pattern {shown(earlier.name)} takes first"
                expected = "a path that no earlier pattern fits"
                yield draft.problem("patterns", index, "example", found=found, expected=expected)


def _one_of(names: Iterable[str], what: str) -> str:
    return f"{what}: {', '.join(sorted(names)) or 'none is defined'}"
