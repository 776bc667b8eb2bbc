"""Whatever a file is called, Discord shows its name and nothing happens."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifier import text
from simulators.discord.mentions import Mentions, found_in

SPECIAL = "\\`*_~|>#-[]()<@:!&/0123.\u202e\u200b\n\r\t everyonehere<@1>https://x.y[a](http://b)"
nasty = st.text(st.sampled_from(SPECIAL) | st.characters(), max_size=400)
limits = st.integers(min_value=2, max_value=300)


@given(nasty, limits)
@example("@everyone @here <@123456789012345678> <@&1> <#1> <t:1:R> </x:1> <:e:1>", 200)
@example("`@everyone`", 200)
def test_nobody_is_ever_mentioned(words: str, limit: int) -> None:
    shown = text.escaped(words, limit)
    assert found_in(shown) == Mentions()
    assert re.search(r"<[@#:/at]", shown) is None


@given(nasty, limits)
@example("[free](https://evil.example)", 200)
@example("https://evil.example/x", 200)
def test_no_text_becomes_a_link(words: str, limit: int) -> None:
    shown = text.escaped(words, limit)
    assert "://" not in shown
    assert not re.search(r"(?<!\\)\]", shown.replace("\\\\", ""))


@given(nasty, limits)
def test_every_sign_of_markdown_is_escaped_whole(words: str, limit: int) -> None:
    left = re.sub(r"\\[^0-9A-Za-z\s]", "", text.escaped(words, limit))
    assert not set(left) & set("\\*_~|`>#-[]():<")


@given(nasty, limits)
def test_no_text_is_longer_than_its_limit_or_has_a_second_line(words: str, limit: int) -> None:
    shown = text.escaped(words, limit)
    assert text.units(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert shown == shown.strip()


@given(st.text(st.characters(), max_size=100))
def test_what_is_plain_stays_so(words: str) -> None:
    assert text.plain(text.plain(words)) == text.plain(words)
    text.plain(words).encode("utf-8")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param("plain name.mov", "plain name.mov", id="nothing-to-escape"),
        pytest.param("SQ01_v001.mov", "SQ01\\_v001.mov", id="underscore"),
        pytest.param("a\nb\r\nc\x00d", "a b c d", id="lines-and-controls"),
        pytest.param("cod\u202efdp.mov", "codfdp.mov", id="turned-around"),
        pytest.param("1. first", "1\\. first", id="numbered-list"),
        pytest.param("-# small", "\\-\\# small", id="subtext"),
        pytest.param("@everyone", "@\u200beveryone", id="everyone"),
        pytest.param("a\\", "a\\\\", id="trailing-backslash"),
        pytest.param("\ud800", "\ufffd", id="half-a-character"),
        pytest.param("🎬 カット.mov", "🎬 カット.mov", id="other-scripts"),
    ],
)
def test_a_name_is_shown_as_it_is(words: str, shown: str) -> None:
    assert text.escaped(words, 240) == shown


def test_a_long_name_keeps_its_beginning_and_its_ending() -> None:
    shown = text.escaped("UNDLM" + "x" * 245 + ".mov", 100)
    assert shown.startswith("UNDLMxxx")
    assert shown.endswith("x.mov")
    assert len(shown) == 100


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://next.frame.io/project/p/view/a?x=1&y=%20", "https://next.frame.io/project/p/view/a?x=1&y=%20"),
        ("http://jaeger:16686/trace/abc", "http://jaeger:16686/trace/abc"),
        ("https://x.y/a) [b](c", "https://x.y/a%29%20%5Bb%5D%28c"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://[", None),
        ("https://x.y/" + "a" * 600, None),
        (None, None),
    ],
)
def test_an_address_is_one_that_fits_a_link_or_none(url: str | None, safe: str | None) -> None:
    assert text.address(url) == safe


@given(st.text())
def test_no_address_leaves_its_link(words: str) -> None:
    safe = text.address("https://x.y/" + words)
    assert safe is None or re.fullmatch(r"[!-~]+", re.sub(r"[()<>\[\]\\\"]", "\n", safe))
