"""Pure: one table of the file as a model, or its mistakes in words that name the place and what belongs there."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from postflow.routing.problems import Mistakes, Problem, place_of, shown
from postflow.routing.rules import Channel, Pattern, Section

S = TypeVar("S", bound=Section)
Steps = tuple[str | int, ...]

_ONE_OF: Mapping[type[Section], tuple[str, str]] = {
    Pattern: ("template", "regex"),
    Channel: ("webhook_env", "webhook_file"),
}
"""Of these keys a table has exactly one."""


def read_piece(
    model: type[S], raw: object, steps: Steps, problems: list[Problem], keys: Iterable[str] | None = None
) -> S | None:
    """Read one table.

    Args:
        steps: where it is in the file.
        problems: gets what is wrong with it; then the answer is None.
        keys: the keys to name beside an unknown one, if not the model's.
    """
    choice = list(_not_one(model, raw, steps))
    problems += choice
    try:
        piece = model.model_validate(raw)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            problems += _problems(details, model, steps, keys or model.model_fields)
        return None
    return None if choice else piece


def read_table(raw: object, steps: Steps, problems: list[Problem], expected: str) -> dict[str, object]:
    """A table, or nothing where it is missing; anything else is a problem."""
    if isinstance(raw, dict):
        return raw
    if raw is not None:
        problems.append(Problem(place_of(*steps), shown(raw), expected))
    return {}


def read_list(raw: object, steps: Steps, problems: list[Problem], expected: str) -> list[object]:
    """At least one table."""
    if isinstance(raw, list) and raw:
        return raw
    problems.append(Problem(place_of(*steps), shown(raw) if raw else "nothing", expected))
    return []


def description(model: type[Section], key: str | int) -> str:
    field = model.model_fields.get(str(key))
    return (field and field.description) or "something else"


def _not_one(model: type[Section], raw: object, steps: Steps) -> Iterator[Problem]:
    one, other = _ONE_OF.get(model, ("", ""))
    if not one or not isinstance(raw, dict):
        return
    if (one in raw) == (other in raw):
        found = f"both {one} and {other}" if one in raw else f"neither {one} nor {other}"
        yield Problem(place_of(*steps), found, "exactly one of them")


def _problems(details: ErrorDetails, model: type[Section], steps: Steps, keys: Iterable[str]) -> Iterator[Problem]:
    path = tuple(step for step in details["loc"] if step != "[key]")
    place = place_of(*steps, *path)
    cause = details.get("ctx", {}).get("error")
    expected = description(model, path[0]) if path else "a table"
    if isinstance(cause, Mistakes):
        yield from (Problem(place, found, better) for found, better in cause.pairs)
        return
    match details["type"]:
        case "extra_forbidden":
            yield Problem(place, "an unknown key", f"one of {', '.join(sorted(keys))}")
        case "too_short" if details["input"]:
            return  # its elements are broken, and each says so
        case "missing" | "too_short":
            yield Problem(place, "nothing", expected)
        case "too_long":
            yield Problem(place, "too many", expected)
        case _:
            yield Problem(place, shown(details["input"]), expected)
