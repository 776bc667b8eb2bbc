"""Pure: the fields of a file: what the first pattern that fits gives, and what its lookups add."""

from dataclasses import dataclass

from postflow.routing.naming import Fit, Naming, TemplateNaming
from postflow.routing.near import NearMiss, correct
from postflow.routing.rules import Lookup, Pattern, Show, same
from postflow.routing.spelling import Spelled


class Refused(Exception):
    """The file is rejected.

    Args:
        expected: what would be right.
        channel: who hears of it, if not the show's channel.
    """

    def __init__(self, why: str, expected: str, channel: str | None = None) -> None:
        super().__init__(why)
        self.why, self.expected, self.channel = why, expected, channel


@dataclass(frozen=True, slots=True)
class Named:
    pattern: Pattern
    fields: dict[str, str]


def name_fields(show: Show, path: Spelled) -> Named | None:
    """All fields of a path below its watch folder; None if no pattern fits, not even nearly.

    Raises:
        Refused: a pattern nearly fits, or a lookup does not know the file.
    """
    nearest: tuple[NearMiss, Pattern] | None = None
    for pattern, naming in show.namings:
        held = naming.hold(path)
        if isinstance(held, Fit):
            return Named(pattern, _look_up(show, pattern, naming, held.fields, path))
        if held and (nearest is None or len(held.whys) < len(nearest[0].whys)):
            nearest = held, pattern
    if nearest is None:
        return None
    miss, pattern = nearest
    raise Refused("; ".join(miss.whys), miss.expected or f"a name like {pattern.example}")


def _look_up(show: Show, pattern: Pattern, naming: Naming, fields: dict[str, str], path: Spelled) -> dict[str, str]:
    for name in pattern.lookups:
        lookup = show.lookups[name]
        value = fields.get(lookup.field, "")
        row = lookup.table.row(value)
        if row is None:
            raise _unknown(name, lookup, value)
        wrong = {field: text for field, text in row.items() if not same(fields.get(field, text), text)}
        if wrong:
            raise _contradicted(name, lookup, fields, wrong, naming, path)
        fields = {**fields, **row}
    return fields


def _unknown(name: str, lookup: Lookup, value: str) -> Refused:
    why = f"{lookup.field} {value} is not in the table {name}" if value else f"the name has no {lookup.field}"
    keys = ", ".join(lookup.table.keys_near(value))
    return Refused(why, f"one like {keys}, or a line for {value or 'it'} in the table {name}")


def _contradicted(
    name: str, lookup: Lookup, fields: dict[str, str], wrong: dict[str, str], naming: Naming, path: Spelled
) -> Refused:
    belongs = ", ".join(f"{field} {text}" for field, text in wrong.items())
    says = ", ".join(f"{field} {fields[field]}" for field in wrong)
    why = f"{lookup.field} {fields[lookup.field]} belongs to {belongs} (table {name}), its path says {says}"
    if isinstance(naming, TemplateNaming):
        return Refused(why, correct(naming.template, path, fields | wrong))
    return Refused(why, belongs)
