"""docs/troubleshooting.md, held against the code: every code, every setting that can be refused, every self-check."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console import __main__ as console
from postflow import tracing
from postflow.settings import ServiceSettings
from tests import documents, sources
from tests.documents import name, names

PAGE = documents.tables("docs/troubleshooting.md")

CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")
TAKES_ANYTHING = {"<class 'str'>", "str | None", "<class 'pathlib.Path'>", "pydantic.types.SecretStr | None"}
NEVER_RED = {"progress", "traces", "backlog", "provision", "lucidlink"}

TREES = {module.name: module.tree for module in sources.read(documents.ROOT).modules.values()}
PRODUCT = {name: tree for name, tree in TREES.items() if not name.startswith("simulators")}


def calls() -> Iterator[ast.Call]:
    for tree in PRODUCT.values():
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def given_codes() -> Iterator[ast.expr]:
    """What is handed on as a code: by that name, or as the first word of a verdict."""
    for call in calls():
        yield from (keyword.value for keyword in call.keywords if keyword.arg == "code")
        if called(call) == "Broken":
            yield call.args[0]


def beginning(node: ast.expr) -> str:
    """The text of a constant, or of what an f-string begins with."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def codes() -> set[str]:
    return {text for node in given_codes() if CODE.fullmatch(text := beginning(node))}


def refused_variables() -> set[str]:
    """Those whose field does not take every text, those that are compared at start, and those whose port is taken."""
    found = set()
    for module in sorted(found_in for found_in in PRODUCT if re.fullmatch(r"(?!postflow).*[.]settings", found_in)):
        settings: type[ServiceSettings] = importlib.import_module(module).Settings
        validators = settings.__pydantic_decorators__.field_validators.values()
        checked = {field for validator in validators for field in validator.info.fields}
        for field, info in settings.model_fields.items():
            if field in checked or info.metadata or str(info.annotation) not in TAKES_ANYTHING:
                found.add(field.upper())
    for tree in PRODUCT.values():
        texts = (beginning(node) for node in ast.walk(tree) if isinstance(node, ast.expr))
        found |= {match[1] for text in texts if (match := re.match(r"([A-Z][A-Z]+(?:_[A-Z]+)+|UPLOADERS): ", text))}
    found |= {beginning(call.args[0]) for call in calls() if called(call) == "why_not_writable"}
    # No field can say of a host that nobody listens there: that is found out by trying.
    return found | set(tracing.CHECKED) | {"HEALTH_HOST", "PUBLIC_HOST"}


def checks() -> set[str]:
    """Of the services, and of what the console sees itself."""
    found = set()
    for call in calls():
        is_health = called(call) in ("add", "add_each") and isinstance(call.func, ast.Attribute)
        if is_health and getattr(call.func.value, "attr", "") == "health":  # type: ignore[attr-defined]
            found.add(beginning(call.args[0]))
    for node in ast.walk(PRODUCT["console.lines"]):
        match node:
            case ast.Call(func=ast.Name(id="_line"), args=[first, *_]):
                found.add(beginning(first))
            case ast.keyword(arg="check", value=value):
                found.add(beginning(value))
    return {check.strip() for check in found if check.strip()}


def column(headings: list[str], title: str) -> list[str]:
    return [each for heading in headings for row in PAGE[heading] for each in names(row[title])]


CODE_TABLES = ["Codes of a file", "Codes of the sign-in", "Codes of Discord", "Codes of PostFlow itself"]


def test_every_code_is_on_the_page_once_and_no_other() -> None:
    said = column(CODE_TABLES, "code")
    assert sorted(said) == sorted(codes())


def test_a_code_is_written_out_where_it_is_given_or_handed_on() -> None:
    """So that all of them are found."""
    for node in given_codes():
        handed_on = isinstance(node, ast.Attribute) and node.attr == "code"
        assert handed_on or isinstance(node, ast.Constant), ast.unparse(node)


def test_every_setting_that_can_be_refused_is_on_the_page_once_and_no_other() -> None:
    assert sorted(column(["Settings"], "variable")) == sorted(refused_variables())


def test_every_self_check_that_can_fail_is_on_the_page_once_and_no_other() -> None:
    assert sorted(column(["Red lines of doctor"], "check")) == sorted(checks() - NEVER_RED)


def test_every_row_has_a_cause_and_a_cure() -> None:
    tables: list[dict[str, Any]] = [row for rows in PAGE.values() for row in rows]
    assert [row for row in tables if not all(row.values())] == []


def test_the_page_speaks_only_of_commands_that_there_are() -> None:
    commands = {
        command.callback.__name__.replace("_", "-") for command in console.app.registered_commands if command.callback
    }
    text = "\n".join(path.read_text() for path in sorted(Path(documents.ROOT, "docs").rglob("*.md")))
    spoken_of = set(re.findall(r"(?:`postflow|onehost\.up|run --rm console) ([a-z-]+)", text))
    assert spoken_of - commands == set()


def test_the_collector_finds_what_it_is_for() -> None:
    assert {"FILE_GONE", "SIZE_DIFFERS", "MALFORMED_MESSAGE", "LOGIN_EXPIRED", "DEFECT"} <= codes()
    assert {"VOLUME_ROOT", "HEALTH_PORT", "FRAMEIO_TOKEN", "TUNNEL", "DATA_FOLDER"} <= refused_variables()
    assert {"nats", "volume", "channel", "disk", "answers"} <= checks()
    assert name("`A`") == "A"
