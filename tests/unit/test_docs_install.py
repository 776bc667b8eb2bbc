"""The guides: the French one says the same as the English one, and neither speaks of what there is not."""

import re
from pathlib import Path

import pytest

from tests.unit.test_env_example import EXPLAINED

ROOT = Path(__file__).resolve().parents[2]
ENGLISH = (ROOT / "docs/install.md").read_text()
FRENCH = (ROOT / "docs/fr/installation.md").read_text()
OPERATIONS = (ROOT / "docs/operations.md").read_text()
TUNNELS = (ROOT / "docs/tunnels.md").read_text()
GUIDES = {"install": ENGLISH, "installation": FRENCH, "operations": OPERATIONS, "tunnels": TUNNELS}
COMPOSE = (ROOT / "compose.yaml").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()

OF_MAKE_UP = {"UPLOADERS", "DATA_FOLDER"}
OF_PROVISION = {"PROVISION_REMAKE"}
PLACEHOLDERS = {"PATH", "TAG", "SHOW/ROUTE", "TARGET", "PROPAGATION", "PWD"}


def blocks(guide: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)


def quoted(guide: str) -> list[str]:
    """What stands between backticks on a line, and in blocks."""
    prose = re.sub(r"^```.*?^```", "", guide, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`]+)`", prose) + blocks(guide)


def test_both_languages_have_the_same_commands_in_the_same_order() -> None:
    assert blocks(FRENCH) == blocks(ENGLISH)


def test_both_languages_have_as_many_sections_and_the_same_names_of_things() -> None:
    assert len(re.findall("^## ", FRENCH, re.MULTILINE)) == len(re.findall("^## ", ENGLISH, re.MULTILINE))
    assert sorted(set(quoted(FRENCH))) == sorted(set(quoted(ENGLISH)))


@pytest.mark.parametrize("guide", GUIDES)
def test_every_variable_is_one_that_there_is(guide: str) -> None:
    spoken_of = {
        word for text in quoted(GUIDES[guide]) for word in re.findall(r"(?<![\w.$/{-])[A-Z][A-Z]+(?:_[A-Z]+)+\b", text)
    }
    spoken_of -= {word for word in spoken_of if re.search(rf"{word}_v?\d", GUIDES[guide])}
    assert {word for word in spoken_of if word not in EXPLAINED} - OF_MAKE_UP - OF_PROVISION - PLACEHOLDERS == set()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_container_that_a_command_names_is_one_of_composes(guide: str) -> None:
    named = set(
        re.findall(
            r"docker compose (?:run --rm|exec|restart|up --detach|logs --since 1h|logs --no-log-prefix) ([a-z]+)",
            GUIDES[guide],
        )
    )
    assert {name for name in named if f"\n  {name}:\n" not in COMPOSE} == set()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_target_of_make_is_one_of_the_makefile(guide: str) -> None:
    for target in re.findall(r"`?make ([a-z-]+)", "\n".join(quoted(GUIDES[guide]))):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
