"""The fileserver's environment."""

import pytest

from fileserver.settings import Settings
from postflow.destination import Lane
from postflow.errors import SettingsError
from postflow.settings import load

KEYS = "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def loaded(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name in ("TUNNEL", "PUBLIC_URL", "SIGNING_KEYS", "SECRET_KEY", "INTERNAL_URL"):
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


@pytest.mark.parametrize("tunnel", [{}, {"TUNNEL": "cloudflared"}, {"TUNNEL": "ngrok"}])
def test_a_tunnel_that_is_not_there_yet_is_one_clear_problem(
    monkeypatch: pytest.MonkeyPatch, tunnel: dict[str, str]
) -> None:
    (problem,) = problems(monkeypatch, **tunnel)
    assert problem.startswith("TUNNEL: only none is available in this release; set TUNNEL=none and PUBLIC_URL")


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


def test_keys_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(
        monkeypatch, TUNNEL="none", PUBLIC_URL="https://a.example", SIGNING_KEYS=KEYS, SECRET_KEY="for another service"
    )
    assert settings.keyring is not None
    assert [key.id for key in settings.keyring.keys] == ["k"]


def test_a_secret_that_would_encrypt_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = problems(monkeypatch, TUNNEL="none", PUBLIC_URL="https://a.example", SECRET_KEY="hush")
    assert problem.startswith("SECRET_KEY: ")
    assert "not available in this release" in problem
    assert "hush" not in problem
