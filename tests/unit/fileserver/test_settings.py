"""The fileserver's environment."""

import pytest

from fileserver.settings import Settings
from postflow.destination import Lane
from postflow.errors import SettingsError
from postflow.settings import load

KEYS = "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name in ("TUNNEL", "PUBLIC_URL", "SIGNING_KEYS", "SECRET_KEY", "INTERNAL_URL", "TUNNEL_API"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load(Settings)


def problems(monkeypatch: pytest.MonkeyPatch, **environment: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        loaded(monkeypatch, **environment)
    return caught.value.problems


def test_defaults_are_those_of_the_design(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, TUNNEL="none", PUBLIC_URL="https://film.example/")
    assert settings.public_url == "https://film.example"
    assert settings.limits == {Lane.SMALL: 6, Lane.LARGE: 2}
    assert (settings.filespace, str(settings.volume_root)) == ("local", "/volume")
    assert (settings.public_host, settings.public_port, settings.url_lifetime_s) == ("0.0.0.0", 8080, 86400)
    assert (settings.internal_url, settings.keyring) == (None, None)


@pytest.mark.parametrize(
    ("environment", "api"),
    [
        ({}, "http://cloudflared:2000"),
        ({"TUNNEL": "ngrok"}, "http://ngrok:4040"),
        ({"TUNNEL": "ngrok", "TUNNEL_API": "http://127.0.0.1:4041"}, "http://127.0.0.1:4041"),
    ],
)
def test_each_sidecar_is_asked_where_it_answers(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], api: str
) -> None:
    assert loaded(monkeypatch, **environment).sidecar_api == api


def test_ngrok_says_its_address_itself_or_is_told_which_of_them_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, TUNNEL="ngrok").public_url == ""
    assert loaded(monkeypatch, TUNNEL="ngrok", PUBLIC_URL="https://film.example/").public_url == "https://film.example"


def test_a_quick_tunnel_needs_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)
    assert (settings.tunnel, settings.public_url) == ("cloudflared", "")
    assert (settings.tunnel_api, settings.tunnel_start_s, settings.tunnel_settle_s) == (
        "http://cloudflared:2000",
        120,
        15,
    )


def test_a_named_tunnel_has_a_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert loaded(monkeypatch, PUBLIC_URL="https://film.example/").public_url == "https://film.example"
    (problem,) = problems(monkeypatch, PUBLIC_URL="film.example")
    assert problem.startswith("PUBLIC_URL: ")


def test_the_address_of_the_sidecar_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("cloudflared:2000", "http://cloudflared:99999", "http://cloudflared:0"):
        (problem,) = problems(monkeypatch, TUNNEL_API=wrong)
        assert problem.startswith("TUNNEL_API: ")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "film.example",
        "ftp://film.example",
        "https://",
        "https://film.example/?a=b",
        "https://film.example/#a",
        "https://me:secret@film.example",
    ],
)
def test_the_public_address_must_be_one(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    (problem,) = problems(monkeypatch, TUNNEL="none", PUBLIC_URL=url)
    assert problem.startswith("PUBLIC_URL: ")


def test_keys_are_never_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, TUNNEL="none", PUBLIC_URL="https://a.example", SIGNING_KEYS="k:c2hvcnQ=")
    assert problem.startswith("SIGNING_KEYS: key 1 has 5 bytes")
    assert "c2hvcnQ" not in problem


def test_given_keys_are_read_and_need_no_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, TUNNEL="none", PUBLIC_URL="https://a.example", SIGNING_KEYS=KEYS, SECRET_KEY="for another service"
    )
    assert settings.keyring is not None
    assert [key.id for key in settings.keyring.keys] == ["k"]


def test_a_short_secret_key_is_refused_with_how_to_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, TUNNEL="none", PUBLIC_URL="https://a.example", SECRET_KEY="hush")
    assert problem.startswith("SECRET_KEY: must have at least 32 characters; make one with `openssl rand -hex 32`")
    assert "hush" not in problem


def test_a_secret_key_may_stand_alone_and_unset_signing_keys_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, SECRET_KEY="hush" * 8)
    assert settings.keyring is None
    assert settings.secret_key is not None
    assert "hush" not in repr(settings)
