"""Edge: reads `.env` as Docker Compose does, and names the lines that cannot be read, or that it would read otherwise.

Compose takes every `$` outside of single quotes for a variable, in many forms. Two of them are taken here, `${NAME}`
and `${NAME:-default}`; whoever writes another one mostly means the character.
"""

import difflib
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^$}]*))?\}")
SINGLE_QUOTED = re.compile(r"[^=]*=[ \t]*'")

NAMED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
NAMED_BY_OTHERS = ("OTEL_", "DISCORD_WEBHOOK_", "COMPOSE_", "DOCKER_")
"""OpenTelemetry, the rules and Docker know more names than the example has."""
ALIKE = 0.8


def known(example: Path) -> frozenset[str]:
    """The names that the example has, commented out or not; none without an example."""
    try:
        return frozenset(NAMED.findall(example.read_text(encoding="utf-8")))
    except OSError:
        return frozenset()


def mistyped(names: Iterable[str], known: frozenset[str]) -> Iterator[str]:
    """A line for each name that is nearly one of the known: a name of somebody's own is no mistake."""
    for name in names:
        if name in known or name.startswith(NAMED_BY_OTHERS):
            continue
        for meant in difflib.get_close_matches(name.upper(), sorted(known), n=1, cutoff=ALIKE):
            yield f"{name} is unknown; did you mean {meant}?"


def read(path: Path, environment: Mapping[str, str] = os.environ) -> tuple[dict[str, str], list[str]]:
    """What stands in the file, and a line for each problem with it. An empty value counts as none.

    Args:
        environment: where variables are looked for first, as Compose does.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, [f"there is no {path}: copy .env.example to it, and set what differs"]
    except UnicodeDecodeError:
        return {}, [f"{path} is not UTF-8: save it as UTF-8"]
    except OSError as error:
        return {}, [f"{path} cannot be read: {error.strerror}"]
    bindings = list(parse_stream(io.StringIO(text)))
    if problems := [
        f"{path}, line {_line(binding)}: {problem}" for binding in bindings if (problem := _problem(binding))
    ]:
        return {}, problems
    values: dict[str, str] = {}
    for binding in bindings:
        if binding.key and binding.value is not None:
            values[binding.key] = _filled(binding, values | dict(environment))
    return {name: value for name, value in values.items() if value}, []


def _problem(binding: Binding) -> str:
    if binding.error or (binding.key is not None and binding.value is None):
        return "cannot be read; write NAME=value, and put a value with spaces in quotes"
    if not _is_literal(binding) and "$" in VARIABLE.sub("", binding.value or ""):
        return f"a $ begins the name of another variable; put the value of {binding.key} in single quotes"
    return ""


def _filled(binding: Binding, known: Mapping[str, str]) -> str:
    value = binding.value or ""
    if _is_literal(binding):
        return value
    return VARIABLE.sub(lambda found: known.get(found["name"]) or found["default"] or "", value)


def _is_literal(binding: Binding) -> bool:
    return SINGLE_QUOTED.match(binding.original.string) is not None


def _line(binding: Binding) -> int:
    """Of the file; what a line is read with may begin with empty ones."""
    string = binding.original.string
    return binding.original.line + string[: len(string) - len(string.lstrip())].count("\n")
