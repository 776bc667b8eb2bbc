"""Channels whose rules or secrets are edited while the notifier runs."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from notifier.channels.discord import Discord, http_client
from notifier.channels.edited import Edited
from notifier.channels.log import Log

HOOK = "https://discord.com/api/webhooks/12/TOKEN"
OTHER = '[channels.other]\nwebhook_file = "{file}"\n'


class Scene:
    def __init__(self, folder: Path) -> None:
        self.rules, self.secret = folder / "postflow.toml", folder / "hook"
        self.text = OTHER.format(file=self.secret)
        self.edited: Edited

    def channel(self, name: str) -> Discord | Log:
        return self.edited.directory.of(name)

    async def save(self, text: str) -> None:
        self.rules.write_text(text)
        await self.settle()

    async def settle(self) -> None:
        await self.edited.look()
        await self.edited.look()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    made = Scene(tmp_path)
    async with http_client() as client:
        made.edited = Edited(made.rules, SecretStr(HOOK), {}, client)
        yield made


async def test_without_rules_there_is_the_default_channel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with http_client() as client:
        assert isinstance(Edited(tmp_path / "none.toml", None, {}, client).directory.of("default"), Log)
        assert isinstance(Edited(tmp_path / "none.toml", SecretStr(HOOK), {}, client).directory.of("default"), Discord)
    assert "warning" not in capsys.readouterr().out


@pytest.mark.parametrize("broken", ["folder", "not UTF-8"])
async def test_rules_that_cannot_be_read_are_a_warning_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    rules = tmp_path / "postflow.toml"
    rules.mkdir() if broken == "folder" else rules.write_bytes(b"\xff\xfe")
    async with http_client() as client:
        assert list(Edited(rules, SecretStr(HOOK), {}, client).directory.channels) == ["default"]
    said = capsys.readouterr().out
    assert ("is a folder" if broken == "folder" else "is not UTF-8") in said
    assert "read POSTFLOW_CONFIG" in said


async def test_a_channel_that_is_added_is_there_by_itself(scene: Scene) -> None:
    scene.secret.write_text(HOOK.replace("12", "13"))
    assert scene.channel("other") is scene.channel("default")
    await scene.save(scene.text)
    assert scene.channel("other") is not scene.channel("default")
    await scene.save("[channels.default]\n")
    assert scene.channel("other") is scene.channel("default")


async def test_a_channel_that_stays_as_it_is_keeps_its_pace_and_whoever_waits_for_it(scene: Scene) -> None:
    scene.secret.write_text(HOOK.replace("12", "13"))
    before = scene.channel("default")
    await scene.save(scene.text)
    other = scene.channel("other")
    assert scene.channel("default") is before
    await scene.save(scene.text + '[channels.default]\nmentions = ["user:80351110224678912"]\n')
    assert scene.channel("default") is not before
    assert scene.channel("other") is other


async def test_a_secret_that_is_put_in_its_place_later_is_found(scene: Scene) -> None:
    await scene.save(scene.text)
    assert "holds no webhook" in scene.edited.directory.checks()["other"].detail
    scene.secret.write_text(HOOK.replace("12", "13"))
    await scene.settle()
    assert isinstance(scene.edited.directory.channels["other"], Discord)


async def test_a_mistake_leaves_a_channel_as_it_was(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    scene.secret.write_text(HOOK.replace("12", "13"))
    await scene.save(scene.text)
    other = scene.channel("other")
    await scene.save(scene.text.replace("webhook_file", "webhok_file"))
    await scene.save(scene.text + "[channels")
    scene.rules.unlink()
    await scene.settle()
    assert scene.channel("other") is other
    assert "channels.other.webhok_file" in capsys.readouterr().out
