"""Pure: where a file goes, by the rules, or why it goes nowhere and what would have been right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from postflow.destination import Destination
from postflow.routing.fields import Named, Refused, name_fields
from postflow.routing.output import MissingField, render
from postflow.routing.reach import meets
from postflow.routing.rules import INBOX, Inbox, Route, Rules, Show, WatchFolder
from postflow.routing.sequences import sequence_of
from postflow.routing.spelling import Spelled, folded, mistake_in_name, unsendable
from postflow.routing.watched import Unwatched, Watched, watched

EXAMPLES_NAMED = 4


@dataclass(frozen=True, slots=True)
class Routed:
    destination: Destination
    watch: WatchFolder


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nobody delivers it as it is."""

    show: str
    channel: str
    watch: WatchFolder
    why: str
    expected: str
    """What would be right; a path is one below the watch folder."""


def route(rules: Rules, path: str) -> Routed | Rejected | Unwatched:
    """Decide about one path inside the filespace (`/` between its parts, no leading one). Never raises."""
    seen = watched(rules, path)
    if isinstance(seen, Unwatched):
        return seen
    show = rules.shows[seen.show]
    try:
        return Routed(_destination(rules, seen, show), seen.watch)
    except Refused as refused:
        channel = refused.channel or show.channel
        return Rejected(seen.show, channel, seen.watch, refused.why, refused.expected)


def _destination(rules: Rules, seen: Watched, show: Show) -> Destination:
    if character := unsendable(seen.inside.own):
        raise Refused(f"the path has {character}", "names of letters, digits and other visible characters")
    named = name_fields(show, seen.inside)
    taker = _taker(show, named) if named else None
    if (sequence := sequence_of(seen.inside.own)) and not (taker and "ext" in taker.when):
        what = f"it is a frame of {sequence}, and frames are sent only by a route that names their extension"
        raise Refused(what, f'a movie, or a route with when = {{ ext = "{seen.inside.ext}" }}')
    if named is None:
        return _to_inbox(rules, seen, show, "it fits no naming pattern", _examples(show))
    if taker is None:
        given = ", ".join(f"{field} {text}" for field, text in sorted(named.fields.items()))
        return _to_inbox(rules, seen, show, f"no route takes {given}", "a route for it in the rules")
    return _send(seen, show, taker, named.fields)


def _taker(show: Show, named: Named) -> Route | None:
    fields = named.fields | {"pattern": named.pattern.name}
    return next((route for route in show.routes if meets(route, fields)), None)


def _to_inbox(rules: Rules, seen: Watched, show: Show, why: str, expected: str) -> Destination:
    # What nobody could sort must not end in front of another client.
    for code in rules.codes:
        if folded(code) not in folded(show.code) and _says(seen.inside, code):
            raise Refused(f"its path says {code}, which is another show", f"a watch folder of {code}")
    if show.inbox is None:
        raise Refused(why, expected)
    fields = {"show": show.code, "ext": seen.inside.ext}
    return _send(seen, show, show.inbox, fields, inbox_reason=f"{why}; expected {expected}")


def _says(path: Spelled, code: str) -> bool:
    """Whether the code stands in the path as a word."""
    return re.search(rf"(?<![^\W_]){re.escape(folded(code))}(?![^\W_])", path.folded) is not None


def _examples(show: Show) -> str:
    return "a name like " + " or ".join(pattern.example for pattern in show.patterns[:EXAMPLES_NAMED])


def _send(
    seen: Watched, show: Show, to: Route | Inbox, fields: Mapping[str, str], inbox_reason: str | None = None
) -> Destination:
    channel = to.channel or show.channel
    own = {"name": seen.inside.name, "stem": _stem(seen.inside)}
    try:
        folder = render(to.folder, fields)
        name = render(to.filename, {**fields, **own})
    except MissingField as missing:
        raise Refused(f"the name has no {missing.args[0]}", _examples(show), channel) from None
    folders = tuple(folder.split("/")) if folder else ()
    for part in (*folders, name):
        if mistake := mistake_in_name(part):
            raise Refused(mistake, "a name that Frame.io takes, from 1 to 255 characters", channel)
    version = fields.get("version")
    return Destination(
        show=seen.show,
        route=INBOX if isinstance(to, Inbox) else to.name,
        fields=dict(fields),
        project=to.project or show.project,
        folder=folders,
        name=name,
        version=int(version) if version else None,
        channel=channel,
        inbox_reason=inbox_reason,
    )


def _stem(path: Spelled) -> str:
    stem, dot, _ = path.name.rpartition(".")
    return stem if dot else path.name
