"""Pure: the shows of the file, each read for itself, so that a mistake in one stops no other."""

import re
from collections.abc import Collection, Iterator

from postflow.routing.check import check
from postflow.routing.draft import Draft
from postflow.routing.overlaps import overlaps
from postflow.routing.pieces import S, Steps, description, read_list, read_piece, read_table
from postflow.routing.problems import Problem, place_of, shown
from postflow.routing.route import Rejected, Routed, route
from postflow.routing.rules import (
    WHOLE_FILESPACE,
    Head,
    Inbox,
    Lookup,
    Pattern,
    Route,
    Rules,
    Show,
    WatchFolder,
)
from postflow.routing.spelling import folded
from postflow.routing.watched import Unwatched


def read_shows(raw: object, channels: Collection[str], problems: list[Problem]) -> dict[str, Show]:
    """The sound shows.

    Args:
        channels: names that a show may use.
        problems: gets what is wrong with the others.
    """
    table = read_table(raw, ("shows",), problems, description(Rules, "shows"))
    if raw is None or raw == {}:
        problems.append(Problem("shows", "nothing", description(Rules, "shows")))
    between = [*overlaps(table), *_names_twice(table)]
    shows = {}
    for name, raw_show in table.items():
        own = [problem for show, problem in between if show == name]
        show = _show(name, raw_show, channels, own)
        if show and not own:
            shows[name] = show
        problems += own
    return shows


def mistake_in_key(steps: Steps) -> list[Problem]:
    """A show's or channel's name goes into messages and logs as it is."""
    name = str(steps[-1])
    if re.fullmatch(r"[A-Za-z0-9_-]+", name):
        return []
    return [Problem(place_of(*steps), shown(name), "a name of letters, digits, - and _")]


def _names_twice(table: dict[str, object]) -> Iterator[tuple[str, Problem]]:
    first: dict[str, str] = {}
    for name in table:
        if first.setdefault(folded(name), name) != name:
            expected = f"another name than {first[folded(name)]}, which differs only in case"
            yield name, Problem(place_of("shows", name), shown(name), expected)


def _show(name: str, raw: object, channels: Collection[str], problems: list[Problem]) -> Show | None:
    steps: Steps = ("shows", name)
    problems += mistake_in_key(steps)
    if not isinstance(raw, dict):
        problems.append(Problem(place_of(*steps), shown(raw), "a table"))
        return None
    draft = _draft(name, raw, problems)
    problems += check(draft, channels)
    show = draft.show()
    if show and not problems:
        problems += _examples_that_go_nowhere(name, show)
    return show


def _draft(name: str, raw: dict[str, object], problems: list[Problem]) -> Draft:
    before = len(problems)
    steps: Steps = ("shows", name)
    own = {key: value for key, value in raw.items() if key not in Show.model_fields.keys() - Head.model_fields.keys()}
    raw_lookups = read_table(raw.get("lookups"), (*steps, "lookups"), problems, description(Show, "lookups"))
    lookups = {key: read_piece(Lookup, raw_lookups[key], (*steps, "lookups", key), problems) for key in raw_lookups}
    patterns = _pieces(Pattern, "patterns", raw, steps, problems)
    routes = _pieces(Route, "routes", raw, steps, problems)
    is_routable = len(problems) == before
    inbox = raw.get("inbox")
    return Draft(
        name=name,
        head=read_piece(Head, own, steps, problems, Show.model_fields),
        watch=_pieces(WatchFolder, "watch", raw, steps, problems),
        patterns=patterns,
        lookups={key: lookup for key, lookup in lookups.items() if lookup},
        routes=routes,
        inbox=None if inbox is None else read_piece(Inbox, inbox, (*steps, "inbox"), problems),
        lookup_names=frozenset(raw_lookups),
        is_routable=is_routable,
        is_whole=len(problems) == before,
    )


def _pieces(model: type[S], key: str, raw: dict[str, object], steps: Steps, problems: list[Problem]) -> dict[int, S]:
    tables = read_list(raw.get(key), (*steps, key), problems, description(Show, key))
    pieces = {index: read_piece(model, table, (*steps, key, index), problems) for index, table in enumerate(tables)}
    return {index: piece for index, piece in pieces.items() if piece is not None}


def _examples_that_go_nowhere(name: str, show: Show) -> Iterator[Problem]:
    """The last word: each example is routed as a file would be."""
    alone = Rules(shows={name: show})
    for index, pattern in enumerate(show.patterns):
        whys = []
        for watch in show.watch:
            start = "" if watch.folder == WHOLE_FILESPACE else f"{watch.folder}/"
            match route(alone, start + pattern.example):
                case Routed(destination=destination):
                    whys.append(destination.inbox_reason)
                case Rejected(why=why):
                    whys.append(why)
                case Unwatched(reason=reason):
                    whys.append(reason)
        if None not in whys:
            found = f"{shown(pattern.example)}: {whys[0]}"
            expected = "a path that a watch folder includes and a route takes"
            yield Problem(place_of("shows", name, "patterns", index, "example"), found, expected)
