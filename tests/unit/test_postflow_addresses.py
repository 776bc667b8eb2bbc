"""An address of a setting is one that a path can be put behind."""

import pytest

from postflow.addresses import base_url, nats_url

EXAMPLE = "https://film.example.com"


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("https://film.example", "https://film.example"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("https://film.example/behind/a/prefix/", "https://film.example/behind/a/prefix"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_ends_without_a_slash(text: str, base: str) -> None:
    assert base_url(text, example=EXAMPLE) == base


@pytest.mark.parametrize(
    "text",
    [
        "",
        "film.example",
        "ftp://film.example",
        "https://",
        "http://[",
        "jaeger:16686",
        "http://a:0",
        "http://a:99999",
        "http://a:b",
    ],
)
def test_what_is_no_address_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be an address like https://film\.example\.com$"):
        base_url(text, example=EXAMPLE)


@pytest.mark.parametrize("rest", ["/?a=b", "/?", "/#a", "/#"])
def test_nothing_but_a_path_can_be_put_behind_it(rest: str) -> None:
    with pytest.raises(ValueError, match="without user"):
        base_url(f"https://film.example{rest}", example=EXAMPLE)


def test_an_address_with_a_password_is_refused_unquoted() -> None:
    with pytest.raises(ValueError, match="without user") as refused:
        base_url("https://me:hush@film.example", example=EXAMPLE)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "nats://nats:4222",
        "nats://nats",
        "tls://[::1]:4222",
        "nats://a:1, tls://b:2",
        "nats://me:pass@a:1",
        "nats://a:1/",
    ],
)
def test_an_address_of_nats_is_taken_as_it_is(text: str) -> None:
    assert nats_url(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nats",
        "nats:4222",
        "http://nats:4222",
        "nats://",
        "nats://:4222",
        "nats://a:b",
        "nats://a:0",
        "nats://a:99999",
        "nats://[::1",
        "nats://a/b",
        "nats://a:1,b:2",
        "nats://a:1,",
        "nats://a b",
    ],
)
def test_what_is_no_address_of_nats_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(ValueError, match=r"^must be addresses like nats://nats:4222, comma-separated for a cluster$"):
        nats_url(text)


@pytest.mark.parametrize("login", ["me:hu/sh", "me:hu#sh", "me:hu?sh", "me:hu,sh", "me:hu sh", "me:[hush"])
def test_a_password_that_no_address_can_hold_has_a_setting_of_its_own(login: str) -> None:
    with pytest.raises(ValueError, match=r"user and password stand in NATS_USER and NATS_PASSWORD$") as refused:
        nats_url(f"nats://{login}@nats:4222")
    assert "sh" not in str(refused.value)
