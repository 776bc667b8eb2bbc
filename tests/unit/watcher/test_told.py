"""How far an attempt has come, as the stream tells it."""

import pytest

from postflow.messages import FileReady, FileStale, RoutedMessage
from tests.examples import about_file, delivered, exposed, failed, ready
from watcher.told import Told, exposure_of, newest, reader_of


def stale(**changed: object) -> FileStale:
    return FileStale.model_validate(about_file(**({"exposure": 1, "why": "nobody came"} | changed)))


def story(*messages: RoutedMessage) -> list[Told]:
    return [Told(number, message) for number, message in enumerate(messages, 1)]


@pytest.mark.parametrize(
    ("told", "attempt", "newest_at"),
    [
        pytest.param([], 1, None, id="nothing is known"),
        pytest.param([ready()], 1, 1, id="released"),
        pytest.param([ready(), exposed()], 1, 2, id="exposed"),
        pytest.param([ready(), exposed(), stale()], 1, 3, id="stale"),
        pytest.param([ready(), exposed(), delivered(), stale()], 1, 3, id="what ended has ended"),
        pytest.param([ready(), failed()], 2, None, id="an older attempt"),
        pytest.param([ready(attempt=2), failed()], 2, 1, id="an older attempt that ended late"),
        pytest.param([ready(), ready(attempt=2), failed()], 1, 2, id="a newer attempt than we know of"),
    ],
)
def test_the_newest_of_an_attempt(told: list[RoutedMessage], attempt: int, newest_at: int | None) -> None:
    found = newest(story(*told), attempt)
    assert (found.sequence if found else None) == newest_at


@pytest.mark.parametrize(
    ("message", "durable", "exposure"),
    [
        (ready(), "fileserver-expose-small", 1),
        (FileReady.model_validate(about_file(lane="large")), "fileserver-expose-large", 1),
        (stale(), "fileserver-expose-small", 2),
        (exposed(), "uploader", 1),
        (delivered(), "watcher", 2),
    ],
)
def test_who_brings_it_further_and_at_which_exposure(message: RoutedMessage, durable: str, exposure: int) -> None:
    assert (reader_of(message), exposure_of(message)) == (durable, exposure)
