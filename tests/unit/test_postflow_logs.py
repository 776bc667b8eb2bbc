"""Log lines: one for each thing that happened, for machines or for people, and no secret in any."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider

from postflow import logs

SIGNED = "https://film.example/x/Ab_9-z/1763726400/k1/c2ln-_A"
WEBHOOK = "https://discord.com/api/webhooks/123456/hush-HUSH_1"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Lines:
    written = io.StringIO()
    monkeypatch.setattr("sys.stdout", written)
    logs.configure("watcher", level="INFO", form="json")
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_json_with_the_facts_as_fields(lines: Lines) -> None:
    logs.get_logger("watcher.release").info("released", action="released", file_id="ab", size_bytes=3)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "released",
        "action": "released",
        "file_id": "ab",
        "size_bytes": 3,
        "level": "info",
        "service": "watcher",
    }


def test_a_library_speaks_in_the_same_form(lines: Lines) -> None:
    logging.getLogger("a.library").warning("cannot serve %s", SIGNED, extra={"client": "10.0.0.1"})
    (line,) = lines()
    assert line["event"] == "cannot serve https://film.example/x/[signed]"
    assert (line["level"], line["client"], line["service"]) == ("warning", "10.0.0.1", "watcher")


def test_only_the_level_asked_for_and_above_is_written(lines: Lines) -> None:
    logger = logs.get_logger("a")
    logger.debug("a detail")
    logging.getLogger("nats").info("chatter")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("nats").warning("trouble")
    assert [line["event"] for line in lines()] == ["trouble"]


def test_people_get_lines_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("watcher", level="DEBUG", form="console")
    logs.get_logger("a").debug("released", path="a b.mov", url=SIGNED)
    written = capsys.readouterr().out
    assert "released" in written
    assert "a b.mov" in written
    assert "/x/[signed]" in written
    assert "c2ln" not in written
    assert "\x1b" not in written


@pytest.mark.parametrize("given", ["\x1b[31m.mov", "\x9b31m\x85INFO", "\u202eovm.exe", "\udcff.mov", "a\nb"])
def test_nothing_that_a_stranger_says_moves_the_reader_s_terminal(
    capsys: pytest.CaptureFixture[str], given: str
) -> None:
    logs.configure("watcher", level="INFO", form="console")
    logs.get_logger("watcher").info("seen", path=given, about={"agent": [given]})
    logging.getLogger("nats").error(given)
    out, err = capsys.readouterr()
    assert (len(out.splitlines()), err) == (2, "")
    assert all(line.isprintable() for line in out.split("\n"))


def test_a_line_says_in_which_span_it_was_written(lines: Lines) -> None:
    logger = logs.get_logger("a")
    with TracerProvider(shutdown_on_exit=False).get_tracer("t").start_as_current_span("s") as span:
        logger.info("inside")
    logger.info("outside")
    inside, outside = lines()
    context = span.get_span_context()
    assert (inside["trace_id"], inside["span_id"]) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert not {"trace_id", "span_id"} & set(outside)


def test_what_is_bound_to_the_context_is_on_the_line(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(file_id="ab"):
        logs.get_logger("a").info("bound")
    (line,) = lines()
    assert line["file_id"] == "ab"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param(SIGNED, "https://film.example/x/[signed]", id="signed-address"),
        pytest.param(f"GET {SIGNED} 200", "GET https://film.example/x/[signed] 200", id="inside-a-sentence"),
        pytest.param("/x/a/1/k/s", "/x/[signed]", id="path-alone"),
        pytest.param("?u=%2Fx%2Fa%2F1%2Fk%2Fs&b", "?u=%2Fx%2F[signed]&b", id="inside-another-address"),
        pytest.param("%252fx%252fa%252f1%252fk%252fs", "%252fx%252f[signed]", id="twice-inside"),
        pytest.param(f"{SIGNED} {SIGNED}", "https://film.example/x/[signed] " * 2, id="twice"),
        pytest.param(WEBHOOK, "https://discord.com/api/webhooks/123456/[secret]", id="webhook"),
        pytest.param("Authorization: Bearer abc.DEF-_~+/=", "Authorization: Bearer [secret]", id="bearer"),
        pytest.param("authorization: bearer abc", "authorization: bearer [secret]", id="bearer-in-lower-case"),
        pytest.param("nats://me:hush@nats:4222", "nats://[secret]@nats:4222", id="password-in-an-address"),
        pytest.param("nats://me:h@sh@nats:4222", "nats://[secret]@nats:4222", id="an-at-in-a-password"),
        pytest.param("nats://hush@nats:4222", "nats://[secret]@nats:4222", id="token-in-an-address"),
        pytest.param("nats://a:b@h:1,nats://c:d@i:2", "nats://[secret]@h:1,nats://[secret]@i:2", id="a-cluster"),
        pytest.param("nats://me:hu/sh@nats:4222", "nats://[secret]@nats:4222", id="a-slash-in-a-password"),
        pytest.param("nats://hu/sh@nats:4222", "nats://[secret]@nats:4222", id="a-slash-in-a-token"),
        pytest.param("nats://me:7/hu?s#h@nats", "nats://[secret]@nats", id="whatever-in-a-password"),
        pytest.param("nats://a:b/c@h,tls://d:e/f@i", "nats://[secret]@h,tls://[secret]@i", id="slashes-in-a-cluster"),
        pytest.param("https://me:hu/sh@host/a", "https://[secret]@host/a", id="a-slash-in-any-password"),
        pytest.param("http://host:8080/c@2x.png", "http://host:8080/c@2x.png", id="an-at-behind-a-port"),
        pytest.param("/volume/x/a.mov by me@here", "/volume/x/a.mov by me@here", id="nothing-to-hide"),
        pytest.param("https://host/a:b/c@2x.png", "https://host/a:b/c@2x.png", id="an-at-in-a-path"),
    ],
)
def test_a_secret_is_taken_out_of_a_text(text: str, cleaned: str) -> None:
    assert logs.without_secrets(text).rstrip() == cleaned.rstrip()
    assert logs.without_secrets(cleaned) == cleaned


@given(st.text(), st.from_regex(r"[A-Za-z0-9_-]{8,}", fullmatch=True), st.integers(0, 2**40), st.text())
def test_no_signature_survives_wherever_it_stands(before: str, signature: str, expires: int, after: str) -> None:
    cleaned = logs.without_secrets(
        f"{before} https://film.example/x/{signature}/{expires}/{signature}/{signature} {after}"
    )
    assert f"/{signature} " not in cleaned
    assert "/x/[signed]" in cleaned


@dataclass(frozen=True)
class Address:
    url: str


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(SIGNED, id="text"),
        pytest.param([SIGNED], id="list"),
        pytest.param((SIGNED,), id="tuple"),
        pytest.param({SIGNED}, id="set"),
        pytest.param({"url": {"deeper": [SIGNED]}}, id="deep-inside"),
        pytest.param({SIGNED: 1}, id="key"),
        pytest.param(ValueError(SIGNED), id="error"),
        pytest.param(PurePosixPath("/x/Ab_9-z/1763726400/k1/c2ln-_A"), id="path"),
        pytest.param(SIGNED.encode(), id="bytes"),
        pytest.param(Address(SIGNED), id="object"),
    ],
)
def test_no_secret_is_written_in_whatever_it_comes(lines: Lines, value: object) -> None:
    logs.get_logger("a").info("asked", value=value)
    (line,) = lines()
    assert "c2ln" not in json.dumps(line)
    assert "[signed]" in json.dumps(line)


@pytest.mark.parametrize("value", [None, True, 3, 0.5, [1, None], {"a": 2}])
def test_plain_values_stay_what_they_are(lines: Lines, value: object) -> None:
    logs.get_logger("a").info("counted", value=value)
    assert lines()[0]["value"] == value


@pytest.mark.parametrize("speaker", [logging.getLogger, logs.get_logger], ids=["theirs", "ours"])
def test_no_secret_is_written_in_a_traceback(lines: Lines, speaker: Callable[[str], Any]) -> None:
    try:
        raise ValueError(f"no answer from {SIGNED}")
    except ValueError:
        speaker("x").error("broken", exc_info=True)
    (line,) = lines()
    assert line["event"] == "broken"
    assert "ValueError: no answer from https://film.example/x/[signed]" in line["exception"]
    assert "c2ln" not in json.dumps(line)
