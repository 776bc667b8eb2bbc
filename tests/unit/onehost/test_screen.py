"""Where nobody sees it, the screen is plain text; and nothing on it can be read with or obeyed by a terminal."""

import io

from onehost.demo.card import Seen
from onehost.demo.screen import Screen
from onehost.demo.story import Told, Tone
from onehost.demo.trace import Row, Span

LONG = "a text that goes on " * 20


def _screen() -> tuple[Screen, io.StringIO]:
    out = io.StringIO()
    return Screen(out), out


def test_has_no_colour_codes_without_a_terminal() -> None:
    screen, out = _screen()
    screen.heading("one.mov")
    screen.told(1.25, Told("failed", "it said no", Tone.BAD))
    screen.card(Seen("Delivered", "It is there.", (("Route", "shots"),), 0x00FF00, (("Open", "http://x/y"),)))
    screen.trace([Row("", Span("a", "", "file", "notifier", 0, 5_000_000, failed=True), 0.0, 1.0)])
    screen.close()
    text = out.getvalue()
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())
    for shown in (
        "── one.mov ──",
        "     1.2 s  failed     it said no",
        "▌ Route   shots",
        "[Open]  http://x/y",
        "5 ms",
    ):
        assert shown in text


def test_breaks_no_line_without_a_terminal() -> None:
    screen, out = _screen()
    screen.told(0, Told("ready", LONG))
    screen.fact("Logs", LONG)
    assert len(out.getvalue().splitlines()) == 2


def test_speaks_of_a_bar_at_each_quarter_without_a_terminal() -> None:
    screen, out = _screen()
    for done in range(0, 101):
        screen.bar("x", done / 10, "pulled", "", done * 1000, 100_000)
    screen.bar_over("x")
    assert [line.split("%")[0].split()[-1] for line in out.getvalue().splitlines()] == ["25", "50", "75"]


def test_shows_no_signature_whoever_says_it() -> None:
    screen, out = _screen()
    screen.say("https://film.example/x/AbCd/1790000000/k1/SiGnAtUrE")
    assert "SiGnAtUrE" not in out.getvalue()


def test_shows_no_character_that_a_terminal_would_obey() -> None:
    screen, out = _screen()
    screen.told(0, Told("seen", "\x1b]0;owned\x07 [red]not markup[/red] \x9b31m.mov"))
    assert "\x1b" not in out.getvalue()
    assert "\x9b" not in out.getvalue()
    assert "[red]not markup[/red]" in out.getvalue()
