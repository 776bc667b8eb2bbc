"""Pure: a line that a service wrote to its log for people (`LOG_FORMAT=console`) → what it says.

Source: structlog's ConsoleRenderer: `<time> [<level>] <event> key=value …`; values with blanks or quotes stand as
Python writes them.
"""

import ast
import re
from dataclasses import dataclass

_LINE = re.compile(r"\S+ \[(?P<level>\w+) *\] (?P<rest>.*)")
_FACT = re.compile(r"(?<!\S)(\w+)=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S*)")
_TROUBLE = ("warning", "error", "critical")


@dataclass(frozen=True, slots=True)
class LogLine:
    level: str
    event: str
    facts: dict[str, str]

    @property
    def action(self) -> str:
        return self.facts.get("action", "")

    @property
    def is_trouble(self) -> bool:
        return self.level in _TROUBLE


def read(line: str) -> LogLine | None:
    """None for what is no line of ours."""
    match = _LINE.fullmatch(line.rstrip())
    if match is None:
        return None
    found = list(_FACT.finditer(match["rest"]))
    event = match["rest"][: found[0].start()] if found else match["rest"]
    return LogLine(match["level"], event.strip(), {fact[1]: _unquoted(fact[2]) for fact in found})


def _unquoted(value: str) -> str:
    if value[:1] in ("'", '"'):
        return str(ast.literal_eval(value))
    return value
