"""The uploader's environment."""

import pytest
from pydantic import SecretStr

from postflow.errors import SettingsError
from postflow.settings import load
from uploader.settings import Settings

SIGNED_IN = {"FRAMEIO_AUTH": "token", "FRAMEIO_TOKEN": "hush"}


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name in ("FRAMEIO_AUTH", "FRAMEIO_TOKEN", "FRAMEIO_TOKEN_FILE", "FRAMEIO_API", "FRAMEIO_PACE", "TRANSPORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(Settings)


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **environment)
    assert "hush" not in str(caught.value)
    return caught.value.problems


def test_defaults_are_those_of_the_design(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, **SIGNED_IN)
    assert settings.frameio_api == "https://api.frame.io"
    assert (settings.frameio_account_id, settings.transport) == (None, "auto")
    assert (settings.uploads_per_replica, settings.frameio_pace) == (8, 0.95)
    assert settings.frameio_token == SecretStr("hush")


def test_without_a_token_it_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    auth, token = problems(monkeypatch)
    assert auth.startswith("FRAMEIO_AUTH: this release signs in with a token only; set FRAMEIO_AUTH=token")
    assert token.startswith("FRAMEIO_TOKEN: is required with FRAMEIO_AUTH=token; FRAMEIO_TOKEN_FILE")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        pytest.param("TRANSPORT", "push", "this release lets Frame.io pull only", id="push"),
        pytest.param("FRAMEIO_API", "https://", "must be an address like https://api.frame.io", id="no-host"),
        pytest.param("FRAMEIO_API", "https://me:hush@api.frame.io", "must be a plain address", id="password"),
        pytest.param("FRAMEIO_PACE", "1.5", "Input should be less than or equal to 1", id="faster-than-allowed"),
        pytest.param("FRAMEIO_PACE", "0", "Input should be greater than 0", id="no-pace"),
        pytest.param("UPLOADS_PER_REPLICA", "0", "Input should be greater than or equal to 1", id="no-upload"),
    ],
)
def test_what_this_release_cannot_do_is_one_clear_problem(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    (said,) = problems(monkeypatch, **(SIGNED_IN | {name: value}))
    assert said.startswith(f"{name}: {problem}")
