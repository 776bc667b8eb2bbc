"""A file's story is told in order, and stories of several files can be told apart."""

import io

from onehost.demo.card import Seen
from onehost.demo.narrator import Narrator
from onehost.demo.screen import Screen
from onehost.demo.story import Stage, Told, Tone
from onehost.demo.trace import Row, Span
from postflow.messages import FileReady, FileRejected, Progress
from tests import examples
from tests.examples import AT, PATH, about_file

OTHER = "SQ01/UNDLM_00004/SQ01_UNDLM_00004_v001.mov"
CARD = Seen("Delivered: a movie", "", (), 0, ())
ROW = Row("", Span("a", "", "file", "notifier", 0, 1_000_000_000, failed=False), 0.0, 1.0)


class FakeEvidence:
    def __init__(self) -> None:
        self.shows: Seen | None = CARD

    async def card(self, file_id: str, path: str) -> Seen | None:
        return self.shows

    async def trace(self, file_id: str) -> list[Row]:
        return [ROW]

    def trace_page(self, file_id: str) -> str:
        return f"http://traces/{file_id}"


class Heard:
    """A narrator and what it has told."""

    def __init__(self) -> None:
        self.evidence = FakeEvidence()
        self._out = io.StringIO()
        self.narrator = Narrator(Screen(self._out), self.evidence)

    @property
    def steps(self) -> list[str]:
        """The word of each line, or a heading."""
        lines = self._out.getvalue().splitlines()
        return [line[12:].split()[0] if line.startswith("  ") and line[9:10] == "s" else line for line in lines if line]

    @property
    def text(self) -> str:
        return self._out.getvalue()


def _progress(done: int) -> Progress:
    return Progress(file_id=examples.ready().file_id, bytes_done=done, size_bytes=1000, at=AT)


async def test_tells_a_file_from_ready_to_its_trace() -> None:
    told = Heard()
    for message in (examples.ready(), examples.exposed(), _progress(500), _progress(1000), examples.delivered()):
        told.narrator.hear(message)
    await told.narrator.file(PATH).told_to_the_end.wait()
    assert [step for step in told.steps if not step.startswith("  ")] == [
        "── SQ01_UNDLM_00003_v001.mov ──",
        *("ready", "signed", "pulled", "pulled", "verified", "card", "trace"),
    ]
    assert "Delivered: a movie" in told.text


async def test_tells_late_progress_no_more() -> None:
    told = Heard()
    for message in (examples.ready(), examples.exposed(), _progress(1000), _progress(1000)):
        told.narrator.hear(message)
    assert told.steps.count("pulled") == 1
    assert told.narrator.file(PATH).stage is Stage.FETCHED


async def test_names_the_file_on_each_line_while_others_are_on_their_way() -> None:
    told = Heard()
    told.narrator.hear(examples.ready())
    told.narrator.hear(examples.ready(path=OTHER))
    told.narrator.hear(examples.exposed())
    lines = told.text.splitlines()
    assert "SQ01_UNDLM_00004_v001.mov: complete" in lines[-2]
    assert "SQ01_UNDLM_00003_v001.mov: an address" in lines[-1]


async def test_tells_an_ending_in_short_while_others_are_on_their_way() -> None:
    told = Heard()
    told.narrator.hear(examples.ready(path=OTHER))
    told.narrator.hear(examples.delivered())
    await told.narrator.file(PATH).told_to_the_end.wait()
    assert "SQ01_UNDLM_00003_v001.mov: Discord shows: Delivered: a movie" in told.text
    assert f"SQ01_UNDLM_00003_v001.mov: http://traces/{examples.ready().file_id}" in told.text


async def test_a_file_that_is_overwritten_begins_another_story() -> None:
    told = Heard()
    told.narrator.hear(examples.delivered())
    first = told.narrator.file(PATH)
    await first.told_to_the_end.wait()
    told.narrator.hear(FileReady.model_validate(about_file(size_bytes=2000)))
    assert told.narrator.file(PATH) is not first
    assert told.narrator.file(PATH).stage is Stage.READY


async def test_a_rejected_file_has_a_card_and_no_trace() -> None:
    told = Heard()
    told.narrator.hear(FileRejected.model_validate(about_file() | {"why": "four digits", "expected": "five"}))
    file = told.narrator.file(PATH)
    await file.told_to_the_end.wait()
    assert file.stage is Stage.ENDED
    assert "trace" not in told.steps
    assert file.trouble == Told("rejected", "four digits; right would be five", Tone.BAD)


async def test_a_card_that_is_not_there_is_said() -> None:
    told = Heard()
    told.evidence.shows = None
    told.narrator.hear(examples.failed())
    file = told.narrator.file(PATH)
    await file.told_to_the_end.wait()
    assert "Discord shows none yet" in told.text
    assert file.trouble is not None
    assert file.trouble.step == "failed"


async def test_tells_a_fact_once_that_is_published_twice() -> None:
    told = Heard()
    for message in (examples.ready(), examples.exposed(), examples.exposed()):
        told.narrator.hear(message)
    assert told.steps.count("signed") == 1


async def test_names_a_file_in_one_line_whatever_its_name_holds() -> None:
    told = Heard()
    told.narrator.hear(examples.ready(path="SQ01/a\nname.mov"))
    assert "── a name.mov ──" in told.text
