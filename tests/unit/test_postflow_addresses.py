"""An address of a setting is one that a path can be put behind."""

import pytest

from postflow.addresses import base_url

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
