"""Settings and channels: what is wrong is said, without a secret."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from notifier.channels.directory import Directory
from notifier.channels.log import Log
from notifier.channels.places import places
from notifier.settings import Settings
from postflow.errors import SettingsError
from postflow.routing import read_rules
from postflow.settings import load

HOOK = "https://discord.com/api/webhooks/12/TOKEN"

RULES = """
[channels.default]
mentions = ["user:80351110224678912"]

[channels.undlm]
webhook_env = "UNDLM_WEBHOOK"

[channels.other]
webhook_file = "{file}"

[channels.unset]
webhook_env = "UNSET_WEBHOOK"

[channels.broken]
webhook_env = "BROKEN_WEBHOOK"

[channels.misspelt]
webhok_env = "X"
"""


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_WEBHOOK_URL", "DISCORD_WEBHOOK_URL_FILE", "JAEGER_URL", "POSTFLOW_CONFIG"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_has_to_be_set() -> None:
    settings = load(Settings)
    assert (settings.discord_webhook_url, settings.jaeger_url) == (None, None)
    assert settings.postflow_config == Path("/etc/postflow/postflow.toml")


def test_every_mistake_is_said_at_once_without_the_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_WEBHOOK_URL", "https://example.com/TOKEN")
    monkeypatch.setenv("JAEGER_URL", "jaeger:16686")
    with pytest.raises(SettingsError) as wrong:
        load(Settings)
    first, second = wrong.value.problems
    assert first.startswith("DISCORD_WEBHOOK_URL: must be a webhook's address")
    assert second.startswith("JAEGER_URL: must be an address like")
    assert "TOKEN" not in str(wrong.value)


def test_the_webhook_may_come_as_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hook").write_text(HOOK + "\n")
    monkeypatch.setenv("DISCORD_WEBHOOK_URL_FILE", str(tmp_path / "hook"))
    settings = load(Settings)
    assert settings.discord_webhook_url == SecretStr(HOOK)
    assert "TOKEN" not in repr(settings)


def test_channels_of_the_rules_are_found_where_the_rules_say(tmp_path: Path) -> None:
    channels = read_rules(RULES.format(file=tmp_path / "hook"))[0].channels
    (tmp_path / "hook").write_text(HOOK.replace("12", "13"))
    environment = {"UNDLM_WEBHOOK": HOOK.replace("12", "14"), "BROKEN_WEBHOOK": "nonsense"}
    read = places(channels, SecretStr(HOOK), environment)
    found = read.found
    assert {name: place.webhook.id for name, place in found.items()} == {"default": "12", "other": "13", "undlm": "14"}
    assert found["default"].mentions == ("user:80351110224678912",)
    assert read.left_out == {
        "unset": "UNSET_WEBHOOK holds no webhook",
        "broken": "BROKEN_WEBHOOK must be a webhook's address, as Discord's `Copy Webhook URL` gives it: "
        "https://discord.com/api/webhooks/…",
    }


@pytest.mark.parametrize("named", ["webhook_file = '/not/there'", 'webhook_env = "A_WEBHOOK"'])
def test_a_default_channel_whose_place_is_empty_is_told_too(named: str) -> None:
    channels = read_rules(f"[channels.default]\n{named}\n")[0].channels
    read = places(channels, None, {"A_WEBHOOK_FILE": "/not/there"})
    assert read.left_out["default"] in (
        "the file /not/there holds no webhook",
        "the file /not/there of A_WEBHOOK_FILE holds no webhook",
    )
    assert places(channels, SecretStr(HOOK), {}).left_out == {}


def test_a_channel_that_cannot_be_used_is_worth_a_look_and_not_red() -> None:
    checks = Directory({}, {"unset": "its webhook is not set", "default": "no address"}).checks()
    assert all(check.ok and check.what_to_do for check in checks.values())
    assert checks["unset"].detail == "its webhook is not set: its cards go to the default channel"
    assert checks["default"].detail == "no address: its cards go to this log"


def test_an_unknown_channel_is_the_default_one_and_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Recorder:
        def warning(self, event: str, **facts: object) -> None:
            said.append(f"{event} {facts['channel']}")

    monkeypatch.setattr("notifier.channels.directory.logger", Recorder())
    directory = Directory({})
    assert isinstance(directory.of("default"), Log)
    assert directory.of("gone") is directory.of("gone") is directory.of("default")
    assert said == ["there is no such channel: its cards go to the default one gone"]
