"""The uploader's environment."""

import pytest
from pydantic import SecretStr

from postflow.errors import SettingsError
from postflow.settings import load
from uploader.settings import Settings

SIGNED_IN = {"FRAMEIO_AUTH": "token", "FRAMEIO_TOKEN": "hush"}


APPLICATION = {"FRAMEIO_CLIENT_ID": "client", "FRAMEIO_CLIENT_SECRET": "hush"}
WEB_APP = APPLICATION | {
    "FRAMEIO_REDIRECT_URI": "https://localhost:8443/callback",
    "SECRET_KEY": "hush" * 8,
}


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(f"{name.upper()}_FILE", raising=False)
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


def test_a_person_signs_in_unless_another_way_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, **WEB_APP)
    assert settings.frameio_auth == "web_app"
    assert settings.ims_url == "https://ims-na1.adobelogin.com"


def test_a_service_needs_neither_redirect_nor_key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, FRAMEIO_AUTH="server_to_server", **APPLICATION)
    assert (settings.frameio_redirect_uri, settings.secret_key) == ("", None)


@pytest.mark.parametrize(
    ("mode", "needed"),
    [
        ("web_app", ["FRAMEIO_CLIENT_ID", "FRAMEIO_CLIENT_SECRET", "FRAMEIO_REDIRECT_URI", "SECRET_KEY"]),
        ("server_to_server", ["FRAMEIO_CLIENT_ID", "FRAMEIO_CLIENT_SECRET"]),
        ("token", ["FRAMEIO_TOKEN"]),
    ],
)
def test_each_way_to_sign_in_says_at_once_all_that_it_needs(
    monkeypatch: pytest.MonkeyPatch, mode: str, needed: list[str]
) -> None:
    said = problems(monkeypatch, FRAMEIO_AUTH=mode)
    assert [problem.partition(":")[0] for problem in said] == needed
    assert all(f"is required with FRAMEIO_AUTH={mode}; " in problem for problem in said)


def test_a_way_to_sign_in_that_there_is_not_is_the_only_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = problems(monkeypatch, FRAMEIO_AUTH="password")
    assert said.startswith("FRAMEIO_AUTH: ")


@pytest.mark.parametrize(
    "address", ["http://localhost/", "localhost:8443", "https://", "https://a/?b", "https://a/#b", "https://[a"]
)
def test_adobe_leads_back_to_a_plain_https_address_only(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    (said,) = problems(monkeypatch, **(WEB_APP | {"FRAMEIO_REDIRECT_URI": address}))
    assert said.startswith("FRAMEIO_REDIRECT_URI: must be an https address")


@pytest.mark.parametrize("token", ["hush hush", "hush\nhush", "Bearer hush", "hüsh", "hush…"])
def test_a_token_is_what_a_header_can_carry(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    (said,) = problems(monkeypatch, FRAMEIO_AUTH="token", FRAMEIO_TOKEN=token)
    assert said.startswith("FRAMEIO_TOKEN: must be the token alone, as it was shown")


@pytest.mark.parametrize("key", ["hush", "hush" * 8 + ",hush", "hush" * 8 + ","], ids=["only", "second", "empty"])
def test_a_short_secret_key_is_refused_with_how_to_make_one(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    (said,) = problems(monkeypatch, **(WEB_APP | {"SECRET_KEY": key}))
    assert said.startswith("SECRET_KEY: must have at least 32 characters; make one with `openssl rand -hex 32`")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        pytest.param("TRANSPORT", "push", "this release lets Frame.io pull only", id="push"),
        pytest.param("FRAMEIO_API", "https://", "must be an address like https://api.frame.io", id="no-host"),
        pytest.param("FRAMEIO_API", "https://me:hush@api.frame.io", "must be a plain address", id="password"),
        pytest.param("IMS_URL", "adobe", "must be an address like https://ims-na1.adobelogin.com", id="no-scheme"),
        pytest.param("FRAMEIO_PACE", "1.5", "must be less than or equal to 1", id="faster-than-allowed"),
        pytest.param("FRAMEIO_PACE", "0", "must be greater than 0", id="no-pace"),
        pytest.param("UPLOADS_PER_REPLICA", "0", "must be greater than or equal to 1", id="no-upload"),
    ],
)
def test_what_this_release_cannot_do_is_one_clear_problem(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    (said,) = problems(monkeypatch, **(SIGNED_IN | {name: value}))
    assert said.startswith(f"{name}: {problem}")


@pytest.mark.parametrize("name", ["FRAMEIO_CLIENT_ID", "FRAMEIO_CLIENT_SECRET", "FRAMEIO_REDIRECT_URI"])
def test_an_ellipsis_that_the_guide_left_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (problem,) = problems(monkeypatch, **WEB_APP | {name: "…"})
    assert problem.startswith(f"{name}: still has the … of the guide; put the value")
