"""Edge: settings from the environment, checked at start, every problem at once. A secret may come as `NAME_FILE`."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from postflow import tracing
from postflow.addresses import nats_url
from postflow.errors import SettingsError
from postflow.logs import without_secrets
from postflow.sizes import StoreBytes

S = TypeVar("S", bound="ServiceSettings")
T = TypeVar("T")


LONGEST_S = 365 * 86400
"""Of any wait that a setting names: what is longer can be counted in no date, and is a mistake."""


class ServiceSettings(BaseSettings):
    """What every service reads. A field `nats_url` is the variable `NATS_URL`."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        enable_decoding=False,  # a list is written with commas, not as JSON: its field says how it is read
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    is_traced: ClassVar[bool] = True
    """Whether it emits spans, and so reads the variables of OpenTelemetry."""

    nats_url: str = "nats://nats:4222"
    """Comma-separated for a cluster."""
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    nats_max_file_store: StoreBytes | None = None
    """The same as `max_file_store` of the server, which tells it nobody: nearing it, less is begun."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    health_host: str = "0.0.0.0"
    health_port: int = Field(default=8081, ge=0, le=65535)
    """0 takes a free port."""

    @field_validator("nats_url")
    @classmethod
    def _are_nats_addresses(cls, value: str) -> str:
        return nats_url(value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, _EnvironmentOrFile(settings_cls)


class _EnvironmentOrFile(EnvSettingsSource):
    """The environment, where `NAME_FILE` holds the path of a file with the value of the secret `NAME`."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        values = dict(super()._load_env_vars())
        for name in _secret_names(self.settings_cls):
            path = values.get(f"{name}_file")
            if path and not values.get(name):
                values[name] = _content(Path(path))
        return values


def load(kind: type[S]) -> S:
    """Read the settings of a service.

    Raises:
        SettingsError: with one line for each variable that is missing, wrong or names an unreadable file.
    """
    settings, _ = load_checked(kind, lambda _: None)
    return settings


def load_checked(kind: type[S], check: Callable[[S], T]) -> tuple[S, T]:
    """Read the settings of a service, and check what they name: a folder, a file.

    Args:
        check: also called when something is wrong already, so that all is told at once; what is wrong has its default
            then. Raises SettingsError, as this does.
    """
    settings, problems = _read(kind)
    told = _lines(problems)
    settings_to_check = settings or _with_defaults(kind, problems)
    if settings_to_check is None:
        raise SettingsError(told)
    try:
        found = check(settings_to_check)
    except SettingsError as error:
        told += [line for line in error.problems if line.partition(":")[0] not in problems]
        raise SettingsError(told) from None
    if settings is None or told:
        raise SettingsError(told)
    return settings, found


def secret_file(name: str) -> Path | None:
    """Where the secret `name` comes from, if `NAME_FILE` says so."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path) if path and not os.environ.get(name) else None


def _read(kind: type[S]) -> tuple[S | None, dict[str, str]]:
    """Without what cannot be read, and what is wrong, by variable."""
    problems = _unreadable_files(kind, os.environ) | (tracing.problems(os.environ) if kind.is_traced else {})
    try:
        return kind(), problems
    except ValidationError as error:
        wrong = {_variable(detail): _sentence(detail, kind) for detail in error.errors(include_url=False)}
        return None, wrong | problems


def _with_defaults(kind: type[S], problems: Iterable[str]) -> S | None:
    """None when something has no default."""
    fields = {name: kind.model_fields[name] for problem in problems if (name := problem.lower()) in kind.model_fields}
    try:
        return kind(**{name: field.get_default(call_default_factory=True) for name, field in fields.items()})
    except ValidationError:
        return None


def _lines(problems: Mapping[str, str]) -> list[str]:
    return [f"{name}: {problem}" for name, problem in sorted(problems.items())]


def _secret_names(kind: type[BaseSettings]) -> list[str]:
    return [name for name, field in kind.model_fields.items() if "SecretStr" in str(field.annotation)]


def _unreadable_files(kind: type[BaseSettings], environment: Mapping[str, str]) -> dict[str, str]:
    problems = {}
    for name in map(str.upper, _secret_names(kind)):
        path = environment.get(f"{name}_FILE")
        if path and not environment.get(name) and _content(Path(path)) is None:
            problems[name] = f"the file {path} of {name}_FILE {_why_unreadable(Path(path))}"
    return problems


def _why_unreadable(path: Path) -> str:
    try:
        path.read_text()
    except FileNotFoundError:
        return "is not there; put the secret into it"
    except PermissionError:
        return f"may not be read by uid {os.getuid()}; give it to that user"
    except (OSError, UnicodeDecodeError):
        return "is no text that can be read; put the secret into it, and nothing else"
    return "is empty; put the secret into it"


def _content(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _variable(detail: ErrorDetails) -> str:
    return str(detail["loc"][0]).upper() if detail["loc"] else "settings"


def _sentence(detail: ErrorDetails, kind: type[BaseSettings]) -> str:
    message = _plainly(detail["msg"])
    given: Any = detail.get("input")
    if detail["type"] == "missing":
        return "is required and not set"
    if not given or not isinstance(given, str) or _variable(detail).lower() in _secret_names(kind):
        return message
    if "@" in given:
        return message  # before it may stand a password, in a text that is no address to take it out of
    return f"{message}, not {without_secrets(given)!r}"


def _plainly(message: str) -> str:
    """What pydantic says, in the words of our own problems."""
    said = message.removeprefix("Value error, ").partition(", unable to parse")[0]
    return f"must be{said.removeprefix('Input should be')}" if said.startswith("Input should be") else said
