"""Pure: the rules after an edit: what of the new text is sound, and of the rest what was in force before.

Each show and each channel stands for itself:

- A sound one holds as it stands in the new text.
- One with a mistake goes on as it was. If it was not there before, it is left out, and told.
- One that the new text does not name is gone; but while a show with a mistake is left out, it goes on, as it may be the
  same show under another name.

A mistake in one show stops no other: where a sound show now has a watch folder of one that goes on as it was, that one
goes on without it. A text that is no TOML, or has no show at all, concerns everything: all goes on as it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from postflow.routing.overlaps import overlap
from postflow.routing.problems import Problem
from postflow.routing.reading import Reading, read
from postflow.routing.rules import Rules, Show


@dataclass(frozen=True, slots=True)
class Renewed:
    """
    Attributes:
        rules: to be in force from now on.
        problems: all mistakes of the new text.
        kept: shows that go on as they were before.
        left_out: shows with a mistake that were not there before.
        is_refused: nothing of the new text holds.
    """

    rules: Rules
    problems: tuple[Problem, ...] = ()
    kept: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    is_refused: bool = False


NO_RULES = Rules()
"""Before the first text."""


def renewed(text: str, before: Rules = NO_RULES) -> Renewed:
    """
    Args:
        before: the rules in force.
    """
    reading = read(text)
    if not reading.rules.shows and not reading.broken_shows:
        # Who only wants the channels may have a file of channels.
        is_without_shows = reading.is_toml and not before.shows
        rules = Rules(channels=_channels(reading, before)) if is_without_shows else before
        return Renewed(rules, reading.problems, kept=tuple(before.shows), is_refused=True)
    left_out = tuple(name for name in reading.broken_shows if name not in before.shows)
    kept = _kept(reading, before, bool(left_out))
    gone = tuple(name for name in reading.broken_shows if name in before.shows and name not in kept)
    shows = {**reading.rules.shows, **kept}
    left_out_codes = [reading.broken_shows[name] or name for name in (*left_out, *gone)]
    rules = Rules(channels=_channels(reading, before), shows=shows).beside(left_out_codes)
    return Renewed(rules, reading.problems, tuple(kept), (*left_out, *gone))


def _kept(reading: Reading, before: Rules, others_too: bool) -> dict[str, Show]:
    sound = reading.rules.shows
    kept = {}
    for name, show in before.shows.items():
        if name in sound or not (name in reading.broken_shows or others_too):
            continue
        watch = tuple(one for one in show.watch if not _is_taken(one.folder, sound.values()))
        if watch:
            kept[name] = show if watch == show.watch else show.model_copy(update={"watch": watch})
    return kept


def _is_taken(folder: str, shows: Iterable[Show]) -> bool:
    return any(overlap(folder, watch.folder) for show in shows for watch in show.watch)


def _channels(reading: Reading, before: Rules) -> Mapping[str, object]:
    return reading.rules.channels | {
        name: before.channels[name] for name in reading.broken_channels if name in before.channels
    }
