"""Pure: the text of `postflow.toml` as rules, or every mistake in it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from postflow.routing.pieces import description, read_piece, read_table
from postflow.routing.problems import Problem, RulesError, place_of
from postflow.routing.rules import DEFAULT_CHANNEL, DEFAULT_WEBHOOK_ENV, Channel, Rules
from postflow.routing.shows import mistake_in_key, read_shows


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says.

    Attributes:
        rules: what is sound.
        broken_shows: the code of each show with a mistake, by its name; None if even that is not told.
        broken_channels: names of those with a mistake.
        is_toml: whether anything could be read at all.
    """

    rules: Rules
    problems: tuple[Problem, ...]
    broken_shows: Mapping[str, str | None] = field(default_factory=dict)
    broken_channels: tuple[str, ...] = ()
    is_toml: bool = True


def load_rules(text: str) -> Rules:
    """Read the rules, all or nothing.

    Raises:
        RulesError: with every mistake.
    """
    rules, problems = read_rules(text)
    if problems:
        raise RulesError(problems)
    return rules


def read_rules(text: str) -> tuple[Rules, tuple[Problem, ...]]:
    """Read what is sound: a mistake in one show or channel leaves out that one and no other.

    A show that names a broken channel is sound: who posts there must do without the channel anyway.
    """
    reading = read(text)
    return reading.rules, reading.problems


def read(text: str) -> Reading:
    """As `read_rules`, with what is left out."""
    problems: list[Problem] = []
    raw = _parse(text, problems)
    if raw is None:
        return Reading(Rules(channels=_with_default({})), tuple(problems), is_toml=False)
    for key in raw.keys() - Rules.model_fields.keys():
        problems.append(Problem(place_of(key), "an unknown key", "one of channels, shows"))
    table = read_table(raw.get("channels"), ("channels",), problems, description(Rules, "channels"))
    shows = read_shows(raw.get("shows"), table.keys() | {DEFAULT_CHANNEL}, problems)
    channels = _channels(table, problems)
    return Reading(
        Rules(channels=_with_default(channels), shows=shows),
        tuple(dict.fromkeys(problems)),
        _broken_shows(raw.get("shows"), shows),
        tuple(name for name in table if name not in channels),
    )


def _broken_shows(raw: object, sound: Mapping[str, object]) -> dict[str, str | None]:
    broken = {name: show for name, show in raw.items() if name not in sound} if isinstance(raw, dict) else {}
    codes = {name: show.get("code") if isinstance(show, dict) else None for name, show in broken.items()}
    return {name: code if isinstance(code, str) and code else None for name, code in codes.items()}


def _parse(text: str, problems: list[Problem]) -> dict[str, object] | None:
    try:
        # An editor may begin the file with a byte order mark, which TOML does not know.
        return tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError as error:  # also the plain one of a number without end, which tomllib lets through
        reason, _, at = str(error).partition(" (at ")
        place = at.removesuffix(")") or "the file"
        problems.append(Problem(place, f"no TOML: {reason}", "TOML 1.0"))
    except RecursionError:
        problems.append(Problem("the file", "no TOML: brackets nested too deeply", "TOML 1.0"))
    return None


def _channels(table: dict[str, object], problems: list[Problem]) -> dict[str, Channel]:
    channels = {}
    for name, raw in ({DEFAULT_CHANNEL: {}} | table).items():
        if name == DEFAULT_CHANNEL and isinstance(raw, dict) and "webhook_file" not in raw:
            raw = {"webhook_env": DEFAULT_WEBHOOK_ENV} | raw
        channel = read_piece(Channel, raw, ("channels", name), problems)
        mistake = mistake_in_key(("channels", name))
        problems += mistake
        if channel and not mistake:
            channels[name] = channel
    return channels


def _with_default(channels: dict[str, Channel]) -> dict[str, Channel]:
    """A broken default is no reason to be silent: the variable that it usually names may still hold an address."""
    return {DEFAULT_CHANNEL: Channel(webhook_env=DEFAULT_WEBHOOK_ENV)} | channels
