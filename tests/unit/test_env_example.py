"""`.env.example` and `compose.yaml`, held against the settings that the services read."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter

from postflow.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
LAYERS = [path.read_text() for path in sorted(ROOT.glob("compose*.yaml"))]
LINE = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)

SETTINGS: dict[str, type[ServiceSettings]] = {
    path.parent.name: importlib.import_module(f"{path.parent.name}.settings").Settings
    for path in sorted(ROOT.glob("services/*/*/settings.py"))
}

DIFFERS_IN_COMPOSE = {"VOLUME_ROOT", "NATS_USER", "JAEGER_URL", "INTERNAL_URL", "NATS_MAX_FILE_STORE"}
"""What the example shows of these is what compose sets, or what most will set."""

COMPOSES_OWN = {"COMPOSE_FILE"}


def fields() -> Iterator[tuple[str, str, Any]]:
    """Service, variable, field."""
    for service, settings in SETTINGS.items():
        for name, field in settings.model_fields.items():
            yield service, name.upper(), field


def is_secret(field: Any) -> bool:
    return "SecretStr" in str(field.annotation)


def wanted(field_name: str, field: Any) -> set[str]:
    return {field_name, f"{field_name}_FILE"} if is_secret(field) else {field_name}


def interpolated() -> set[str]:
    """Variables that compose takes from `.env`: `${NAME…}`, and `NAME:` without a value."""
    text = "\n".join(LAYERS)
    return set(re.findall(r"\$\{([A-Z0-9_]+)", text)) | set(re.findall(r"^ +([A-Z0-9_]+): *$", COMPOSE, re.MULTILINE))


def environment_of(service: str) -> set[str]:
    """Variables that compose.yaml hands to a service, those that all get among them."""
    block = re.search(rf"^  {service}:\n(.*?)(?=^  \S|^\S|\Z)", COMPOSE, re.MULTILINE | re.DOTALL)
    assert block, f"compose.yaml has no service {service}"
    common = COMPOSE.partition("x-environment:")[2].partition("\nx-")[0]
    return set(re.findall(r"^ +([A-Z][A-Z0-9_]+):", common + block[1], re.MULTILINE))


EXPLAINED = dict(LINE.findall(EXAMPLE))


def test_every_variable_that_a_service_reads_is_explained() -> None:
    read = {name for _, variable, field in fields() for name in wanted(variable, field)}
    assert read - set(EXPLAINED) == set()


def test_every_variable_that_compose_takes_is_explained() -> None:
    assert interpolated() - set(EXPLAINED) == set()


def test_nothing_is_explained_that_nobody_reads() -> None:
    read = {name for _, variable, field in fields() for name in wanted(variable, field)}
    assert set(EXPLAINED) - read - interpolated() - COMPOSES_OWN == set()


def test_every_variable_stands_there_once() -> None:
    names = [name for name, _ in LINE.findall(EXAMPLE)]
    assert sorted(names) == sorted(set(names))


def test_every_line_has_a_comment_above_it_or_above_those_it_follows() -> None:
    above = ""
    for line in EXAMPLE.splitlines():
        if LINE.match(line):
            assert above, f"{line} follows an empty line"
        above = line


@pytest.mark.parametrize(
    ("service", "variable"),
    [
        (service, variable)
        for service, variable, field in fields()
        if EXPLAINED.get(variable) and variable not in DIFFERS_IN_COMPOSE and not is_secret(field)
    ],
)
def test_what_is_shown_as_a_default_is_the_default(service: str, variable: str) -> None:
    field = SETTINGS[service].model_fields[variable.lower()]
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    assert TypeAdapter(kind).validate_python(EXPLAINED[variable], strict=False) == field.default


@pytest.mark.parametrize("service", SETTINGS)
def test_compose_hands_a_service_every_variable_that_it_reads(service: str) -> None:
    read = {name for owner, variable, field in fields() if owner == service for name in wanted(variable, field)}
    only_without_containers = {"NATS_PASSWORD_FILE"}
    assert read - environment_of(service) - only_without_containers == set()


def test_a_secret_has_no_value_in_the_example() -> None:
    secrets = {variable for _, variable, field in fields() if is_secret(field)}
    assert {name: EXPLAINED[name] for name in secrets if EXPLAINED[name]} == {}
