import re
import tomllib
from pathlib import Path

import pytest

from postflow.routing import (
    Channel,
    Inbox,
    Lookup,
    Pattern,
    Rejected,
    Route,
    Rules,
    Show,
    WatchFolder,
    load_rules,
    route,
)
from postflow.routing.rules import Section
from tests.unit.routing.example import EXAMPLE, inside

DOCS = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
SECTIONS: dict[str, type[Section]] = {
    "channels.<name>": Channel,
    "shows.<name>": Show,
    "shows.<name>.watch": WatchFolder,
    "shows.<name>.patterns": Pattern,
    "shows.<name>.lookups.<name>": Lookup,
    "shows.<name>.routes": Route,
    "shows.<name>.inbox": Inbox,
}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_document_has_every_key_of_a_section_and_no_other(section: str) -> None:
    rows = re.findall(r"^\| `\[+([^]`]+)\]+` \| `(\w+)`", DOCS, re.MULTILINE)
    tables = {"watch", "patterns", "lookups", "routes", "inbox"} if section == "shows.<name>" else set()
    assert {key for place, key in rows if place == section} == SECTIONS[section].model_fields.keys() - tables


def test_the_example_shows_every_key() -> None:
    models: list[type[Section]] = [Rules, *SECTIONS.values()]
    for model in models:
        for key in model.model_fields:
            assert re.search(rf"\b{key}\b( =|\]|\.)", EXAMPLE), key


def test_the_examples_of_the_document_are_toml() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert blocks
    for block in blocks:
        tomllib.loads(block)


REFUSALS = re.findall(r"^\| `(\S+\.mov)` \| (.+?) \| (.+?) \|$", DOCS, re.MULTILINE)


@pytest.mark.parametrize(("path", "why", "expected"), REFUSALS)
def test_the_refusals_of_the_document_are_those_of_the_example(path: str, why: str, expected: str) -> None:
    outcome = route(load_rules(EXAMPLE), inside(path))
    assert isinstance(outcome, Rejected)
    assert (outcome.why, outcome.expected) == (why, expected.strip("`"))


def test_the_document_shows_refusals() -> None:
    assert len(REFUSALS) == 4
