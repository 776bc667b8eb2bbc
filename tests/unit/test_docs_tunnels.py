"""docs/tunnels.md, held against the values of TUNNEL, the compose layers, and what the fileserver says."""

import re
import typing
from pathlib import Path

import pytest

from fileserver.settings import Settings
from fileserver.tunnel.fronts import Answer, in_front
from fileserver.tunnel.providers import NEAR_ENDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/tunnels.md").read_text()

VALUES = typing.get_args(Settings.model_fields["tunnel"].annotation)


def test_every_value_of_the_setting_is_a_choice_on_the_page() -> None:
    assert set(re.findall(r"`TUNNEL=(\w+)`", PAGE)) == set(VALUES)


def test_every_value_has_a_near_end_or_is_none() -> None:
    assert {*NEAR_ENDS, "none"} == set(VALUES)


def test_every_layer_that_it_names_is_there() -> None:
    layers = re.findall(r"compose\.[a-z-]+\.yaml", PAGE)
    assert layers
    assert [layer for layer in layers if not (ROOT / layer).exists()] == []


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (302, {"location": "https://studio.cloudflareaccess.com/"}),
        (403, {"cf-mitigated": "challenge"}),
        (200, {"ngrok-error-code": "ERR_NGROK_6024"}),
    ],
)
def test_what_it_says_that_doctor_says_is_said(status: int, headers: dict[str, str]) -> None:
    said = in_front(Answer(status, False, b"", headers), "").why
    quoted = re.findall(r"(?<!\*)\*([^*\n]{20,})\*(?!\*)", PAGE)
    assert any(words in said for words in quoted), said
