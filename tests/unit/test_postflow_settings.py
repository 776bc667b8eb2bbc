"""Settings from the environment: every problem at once, secrets from files, no secret in any error."""

import os
import subprocess
from pathlib import Path

import pytest
from pydantic import Field, SecretStr, field_validator

from postflow.errors import SettingsError
from postflow.settings import ServiceSettings, load, load_checked
from tests.unprivileged import python


class Settings(ServiceSettings):
    """What a service might add."""

    volume_root: Path
    url_lifetime_s: int = Field(default=86400, ge=60)
    webhook: SecretStr | None = None
    keys: tuple[str, ...] = ()

    @field_validator("keys", mode="before")
    @classmethod
    def _between_commas(cls, given: str | tuple[str, ...]) -> tuple[str, ...]:
        if ";" in given:
            raise ValueError("keys stand between commas")
        return tuple(given.split(",")) if isinstance(given, str) else given

    @field_validator("webhook")
    @classmethod
    def _is_an_address(cls, given: SecretStr | None) -> SecretStr | None:
        if given and not given.get_secret_value().startswith("https://"):
            raise ValueError("an address begins with https://")
        return given


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VOLUME_ROOT", "/volume")


def problems() -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(Settings)
    assert str(caught.value) == "; ".join(caught.value.problems)
    return caught.value.problems


def test_nothing_but_what_is_required_need_be_set() -> None:
    settings = load(Settings)
    assert settings.nats_url == "nats://nats:4222"
    assert (settings.health_host, settings.health_port) == ("0.0.0.0", 8081)
    assert (settings.log_level, settings.log_format) == ("INFO", "json")
    assert (settings.nats_user, settings.nats_password, settings.webhook) == (None, None, None)


def test_a_field_is_the_variable_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_URL", "nats://a:1,nats://b:2")
    monkeypatch.setenv("URL_LIFETIME_S", "60")
    assert load(Settings).nats_url == "nats://a:1,nats://b:2"
    assert load(Settings).url_lifetime_s == 60


def test_a_variable_that_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_PORT", "")
    monkeypatch.setenv("WEBHOOK", "")
    assert load(Settings).health_port == 8081
    assert load(Settings).webhook is None


def test_every_problem_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOLUME_ROOT")
    monkeypatch.setenv("HEALTH_PORT", "99999")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    monkeypatch.setenv("NATS_PASSWORD_FILE", "/not/there")
    monkeypatch.setenv("WEBHOOK", "discord")
    assert problems() == (
        "HEALTH_PORT: must be less than or equal to 65535, not '99999'",
        "LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not 'LOUD'",
        "NATS_PASSWORD: the file /not/there of NATS_PASSWORD_FILE is not there; put the secret into it",
        "VOLUME_ROOT: is required and not set",
        "WEBHOOK: an address begins with https://",
    )


def test_a_number_that_is_none_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_PORT", "many")
    assert problems() == ("HEALTH_PORT: must be a valid integer, not 'many'",)


def test_what_is_not_set_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Demanding(ServiceSettings):
        client_id: str = Field(default="", min_length=1, validate_default=True)

    with pytest.raises(SettingsError, match=r"^CLIENT_ID: String should have at least 1 character$"):
        load(Demanding)


def test_a_list_is_what_its_field_makes_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", "a,b")
    assert load(Settings).keys == ("a", "b")


def test_a_list_that_cannot_be_read_is_told_like_any_other_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", "a;b")
    monkeypatch.setenv("HEALTH_PORT", "x")
    assert [problem.partition(":")[0] for problem in problems()] == ["HEALTH_PORT", "KEYS"]


def test_a_secret_may_come_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush\n")
    monkeypatch.setenv("NATS_PASSWORD_FILE", str(tmp_path / "password"))
    password = load(Settings).nats_password
    assert password is not None
    assert password.get_secret_value() == "hush"


def test_the_variable_counts_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_PASSWORD", "hush")
    monkeypatch.setenv("NATS_PASSWORD_FILE", "/not/there")
    password = load(Settings).nats_password
    assert password is not None
    assert password.get_secret_value() == "hush"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b" \n", "is empty", id="blank"),
        pytest.param(b"\xff\xfe", "is no text that can be read", id="no-text"),
    ],
)
def test_a_file_without_a_secret_in_it_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "password").write_bytes(content)
    monkeypatch.setenv("NATS_PASSWORD_FILE", str(tmp_path / "password"))
    (problem,) = problems()
    assert problem.startswith(f"NATS_PASSWORD: the file {tmp_path / 'password'} of NATS_PASSWORD_FILE {why}; put the ")


def test_a_folder_in_the_place_of_a_secret_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Docker makes one where the file of a bind mount is missing."""
    monkeypatch.setenv("NATS_PASSWORD_FILE", str(tmp_path))
    (problem,) = problems()
    assert problem.startswith(f"NATS_PASSWORD: the file {tmp_path} of NATS_PASSWORD_FILE is no text that can be read")


def test_a_secret_that_belongs_to_somebody_else_names_the_user(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush")
    (tmp_path / "password").chmod(0)
    program = "from postflow.service import run; from postflow.settings import *; run(lambda: load(ServiceSettings))"
    environment = dict(os.environ) | {"NATS_PASSWORD_FILE": str(tmp_path / "password")}
    said = subprocess.run(python("-c", program), env=environment, capture_output=True, text=True, check=False)
    assert said.returncode == 2
    assert said.stderr == (
        f"NATS_PASSWORD: the file {tmp_path / 'password'} of NATS_PASSWORD_FILE may not be read by uid {os.getuid()}; "
        "give it to that user\n"
    )


def test_only_a_secret_is_looked_for_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("nats://elsewhere:1")
    monkeypatch.setenv("NATS_URL_FILE", str(tmp_path / "url"))
    assert load(Settings).nats_url == "nats://nats:4222"


def test_a_secret_is_in_no_error_and_in_nothing_that_is_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEBHOOK", "discord-hush")
    monkeypatch.setenv("NATS_PASSWORD", "hush")
    assert "hush" not in "".join(problems())
    monkeypatch.delenv("WEBHOOK")
    (tmp_path / "webhook").write_text("discord-hush")
    monkeypatch.setenv("WEBHOOK_FILE", str(tmp_path / "webhook"))
    assert "hush" not in "".join(problems())
    monkeypatch.delenv("WEBHOOK_FILE")
    assert "hush" not in repr(load(Settings)) + load(Settings).model_dump_json()


@pytest.mark.parametrize(
    "url", ["nats://me:hu/sh@nats:4222", "nats://me:hu sh@nats", "me:hush@nats:4222", "http://me:hush@nats"]
)
def test_a_password_in_an_address_that_is_none_is_never_quoted(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("NATS_URL", url)
    (problem,) = problems()
    assert problem.startswith("NATS_URL: must be addresses like")
    assert "sh" not in problem


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity"])
def test_a_number_is_finite(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    class Patient(ServiceSettings):
        patience_s: float = 1.0

    monkeypatch.setenv("PATIENCE_S", value)
    with pytest.raises(SettingsError, match=f"^PATIENCE_S: must be a finite number, not '{value}'$"):
        load(Patient)


def test_a_wrong_variable_of_opentelemetry_is_told_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "jaeger")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    assert problems() == (
        "LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR', not 'LOUD'",
        "OTEL_EXPORTER_OTLP_ENDPOINT: must be an address like http://jaeger:4318, not 'jaeger'",
    )


def test_who_emits_no_span_does_not_read_them(monkeypatch: pytest.MonkeyPatch) -> None:
    class Desk(ServiceSettings):
        is_traced = False

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "jaeger")
    load(Desk)


def is_there(settings: Settings) -> Path:
    if settings.volume_root != Path("/volume"):
        raise SettingsError(["VOLUME_ROOT: there is no such folder", "WEBHOOK: nobody answers there"])
    return settings.volume_root


def test_what_settings_name_is_checked_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, root = load_checked(Settings, is_there)
    assert settings.volume_root == root == Path("/volume")


def test_all_that_is_wrong_with_both_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEALTH_PORT", "x")
    monkeypatch.setenv("NATS_PASSWORD_FILE", "/not/there")
    monkeypatch.setenv("VOLUME_ROOT", "/elsewhere")
    with pytest.raises(SettingsError) as caught:
        load_checked(Settings, is_there)
    named = [problem.partition(":")[0] for problem in caught.value.problems]
    assert named == ["HEALTH_PORT", "NATS_PASSWORD", "VOLUME_ROOT", "WEBHOOK"]


def test_a_variable_that_is_wrong_in_itself_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK", "discord")
    monkeypatch.setenv("VOLUME_ROOT", "/elsewhere")
    with pytest.raises(SettingsError) as caught:
        load_checked(Settings, is_there)
    assert caught.value.problems == (
        "WEBHOOK: an address begins with https://",
        "VOLUME_ROOT: there is no such folder",
    )


def test_what_has_no_default_is_told_without_what_follows_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOLUME_ROOT")
    with pytest.raises(SettingsError, match=r"^VOLUME_ROOT: is required and not set$"):
        load_checked(Settings, is_there)


def test_a_variable_of_somebody_else_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("NATS_SOMETHING", "x")
    load(Settings)


@pytest.mark.parametrize("given", ["http://nats:4222", "nats", "nats://a:1,b:2", "nats://"])
def test_what_is_no_address_of_nats_is_told_at_once(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("NATS_URL", given)
    (problem,) = problems()
    assert problem.startswith("NATS_URL: must be addresses like nats://nats:4222")
