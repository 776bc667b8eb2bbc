"""Edits that make the example wrong, and what must be said about them."""

from postflow.routing import Problem, read_rules
from tests.unit.routing.example import edited

FOLDER = 'folder = "UNDLM/EXPORTS"'
ANOTHER_WATCH = '\n[[shows.undlm.watch]]\nfolder = "{}"\ninclude = ["**"]\n\n# ── Naming'


def problems(*changes: tuple[str, str]) -> tuple[Problem, ...]:
    return read_rules(edited(*changes))[1]


def assert_told(old: str, new: str, place: str, found: str, expected: str) -> None:
    """Whether one of the problems after the edit has these words in its parts."""
    told = problems((old, new))
    matching = [p for p in told if place in p.place and found in p.found and expected in p.expected]
    assert matching, "\n".join(str(problem) for problem in told) or "no problem at all"
