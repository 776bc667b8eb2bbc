"""The settings in each service's README, held against the settings that it reads."""

import importlib
import re
from typing import Annotated, Any

import pytest
from pydantic import SecretStr, TypeAdapter

from postflow.settings import ServiceSettings
from tests import documents
from tests.documents import names

SERVICES = sorted(path.parent.name for path in documents.ROOT.glob("services/*/*/settings.py"))

IN_WORDS = {"unset", "made on first start", "the only one"}


def own(service: str) -> dict[str, Any]:
    """The fields that only this service has, by variable."""
    settings: type[ServiceSettings] = importlib.import_module(f"{service}.settings").Settings
    return {
        name.upper(): field for name, field in settings.model_fields.items() if name not in ServiceSettings.model_fields
    }


def told(service: str) -> dict[str, str]:
    """What the README says is the default, by variable; all that stand in a row share what is said in words."""
    defaults: dict[str, str] = {}
    rows = documents.tables(f"services/{service}/README.md").get("Settings", [])
    for row in [row for row in rows if "variable" in row]:
        variables = names(row["variable"])
        assert row[""], f"{variables} is not explained"
        values = names(row["default"]) or [row["default"]] * len(variables)
        defaults |= dict(zip(variables, values, strict=True))
    return defaults


@pytest.mark.parametrize("service", SERVICES)
def test_its_readme_has_every_setting_and_no_other(service: str) -> None:
    assert sorted(told(service)) == sorted(own(service))


@pytest.mark.parametrize(
    ("service", "variable", "default"),
    [(service, variable, default) for service in SERVICES for variable, default in told(service).items()],
)
def test_the_default_that_is_told_is_the_default(service: str, variable: str, default: str) -> None:
    field = own(service)[variable]
    if default in IN_WORDS:
        assert not field.default
        return
    assert field.annotation is not SecretStr | None
    kind: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    assert TypeAdapter(kind).validate_python(default, strict=False) == field.default


def test_what_every_service_has_is_told_by_the_names_it_begins_with() -> None:
    beginnings = ("NATS_", "LOG_", "HEALTH_")
    assert all(name.upper().startswith(beginnings) for name in ServiceSettings.model_fields)
    for service in [service for service in SERVICES if own(service)]:
        text = (documents.ROOT / f"services/{service}/README.md").read_text()
        assert re.search(r"^`NATS_\*`.* as everywhere", text, re.MULTILINE), service
