"""Pure: a mistake in the rules, with its place, what was found there and what was expected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from postflow.errors import PostFlowError

LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    place: str
    """Where in the file, as `shows.undlm.watch[0].include[1]`; for broken TOML `line 3, column 5`."""
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.place}: found {self.found}, expected {self.expected}"


class RulesError(PostFlowError):
    """The rules have mistakes: all of them, in the order of the file as far as it has one."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Mistakes(ValueError):
    """Everything a parser found wrong in one text: pairs of what was found and what was expected."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        super().__init__("; ".join(f"found {found}, expected {expected}" for found, expected in self.pairs))


def shown(value: object) -> str:
    """A value from the file as a problem may quote it: short, and never an address, which may be a secret."""
    match value:
        case str() if "://" in value:
            return "an address (not shown: it may be a secret)"
        case str():
            cut = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
            return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in cut) + '"'
        case bool():
            return str(value).lower()
        case dict():
            return "a table"
        case list():
            return "a list"
        case int() if abs(value) >= 10**LONGEST_SHOWN:
            return "a number"
        case _:
            return str(value)


def place_of(*steps: str | int) -> str:
    """`("shows", "undlm", "watch", 0)` as `shows.undlm.watch[0]`."""
    place = ""
    for step in steps:
        if isinstance(step, int):
            place += f"[{step}]"
        else:
            place += ("." if place else "") + (step if _is_plain(step) else shown(step))
    return place


def _is_plain(key: str) -> bool:
    return key.replace("_", "").replace("-", "").isalnum()
