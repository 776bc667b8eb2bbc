"""Lines that services write for people can be read back."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from onehost.demo import lines
from postflow import logs


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a service writes with LOG_FORMAT=console."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure("watcher", level="INFO", form="console")
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield stream
    root.handlers, root.level = before, level
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "path", ["SQ01/plain.mov", "two words.mov", "it's.mov", 'a "quoted" one.mov', "back\\slash é.mov", "a=b.mov", ""]
)
def test_reads_what_a_service_writes(path: str, written: io.StringIO) -> None:
    logs.get_logger("watcher").info("waiting for quiet", action="waiting", path=path, size_bytes=7)
    line = lines.read(written.getvalue())
    assert line is not None
    assert (line.level, line.event, line.action) == ("info", "waiting for quiet", "waiting")
    assert line.facts["path"] == path
    assert not line.is_trouble


def test_a_warning_is_trouble(written: io.StringIO) -> None:
    logs.get_logger("watcher").warning("the volume is not believed", why="it is empty")
    line = lines.read(written.getvalue())
    assert line is not None
    assert line.is_trouble
    assert line.event == "the volume is not believed"


@pytest.mark.parametrize(
    "text", ["", "Traceback (most recent call last):", '{"event": "json"}', "listening on http://x"]
)
def test_what_is_no_line_of_ours_says_nothing(text: str) -> None:
    assert lines.read(text) is None
