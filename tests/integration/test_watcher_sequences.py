"""Numbered image sequences: told once, shown as one, and sent only by a route that says so."""

import pytest

from postflow.desk import RehearseQuestion, WhyQuestion
from tests.integration.watcher_rig import Desk, paths, ready_in, rejected_in, shot
from tests.unit.watcher.examples import RULES

FRAMES = 300
WITH_FRAMES = RULES.replace('"**/*.mp4"]', '"**/*.exr"]')
SENT = WITH_FRAMES.replace(
    "[[shows.undlm.routes]]",
    """
[[shows.undlm.patterns]]
name = "frame"
template = "**/{show}_{shot:5d}_v{version:3d}.{frame:4d}.{ext}"
example = "UNDLM_00003_v001.1001.exr"

[[shows.undlm.routes]]
name = "frames"
when = { ext = "exr" }
folder = "FRAMES/{shot}"

[[shows.undlm.routes]]""",
)


def frame(number: int) -> str:
    return f"SQ01/UNDLM_00003_v001.{number:04d}.exr"


@pytest.fixture
async def rendered(desk: Desk) -> Desk:
    """Frames and a movie, all of them looked at."""
    desk.rules = WITH_FRAMES
    await desk.start()
    for number in range(1001, 1001 + FRAMES):
        desk.write(frame(number))
    desk.write(f"SQ01/{shot(3)}")
    await desk.see()
    return desk


async def test_frames_are_not_sent_and_are_told_once(rendered: Desk) -> None:
    assert paths(await ready_in(rendered.bus)) == [f"SQ01/{shot(3)}"]
    (told,) = await rejected_in(rendered.bus)
    assert told.why.startswith("it is a frame of SQ01/UNDLM_00003_v001.####.exr, and frames are sent only by a route")
    rendered.write(frame(2000))
    await rendered.see()
    assert len(await rejected_in(rendered.bus)) == 1


async def test_another_sequence_is_told_on_its_own(rendered: Desk) -> None:
    rendered.write(frame(1001).replace("v001", "v002"))
    rendered.write(frame(1002).replace("v001", "v002"))
    await rendered.see()
    assert len(await rejected_in(rendered.bus)) == 2


async def test_of_a_folder_each_thing_is_one_line(rendered: Desk) -> None:
    why = await rendered.parts.desk.why(WhyQuestion(path="EXPORTS"))
    assert (why.state, why.is_all) == ("folder", True)
    assert [(one.path, one.state, one.frames) for one in why.inside] == [
        ("EXPORTS/SQ01/UNDLM_00003_v001.####.exr", "rejected", FRAMES),
        (f"EXPORTS/SQ01/{shot(3)}", "ready", 1),
    ]
    one = await rendered.parts.desk.why(WhyQuestion(path=f"EXPORTS/{frame(1001)}"))
    assert one.state == "rejected"


async def test_a_rehearsal_shows_it_as_one_page_after_page(rendered: Desk) -> None:
    (rejected, delivered) = (await rendered.parts.desk.rehearse(RehearseQuestion())).files
    assert (rejected.path, rejected.outcome, rejected.frames) == (
        "EXPORTS/SQ01/UNDLM_00003_v001.####.exr",
        "rejected",
        FRAMES,
    )
    rest = await rendered.parts.desk.rehearse(RehearseQuestion(after=rejected.path))
    assert rest.files == (delivered,)


async def test_a_route_that_names_their_extension_sends_every_frame(rendered: Desk) -> None:
    await rendered.edit(SENT)
    sent = await rendered.see()
    assert len(sent) == FRAMES + 1
    assert {ready.destination.route for ready in sent} == {"shots", "frames"}


async def test_a_folder_tells_why_of_what_does_not_count(desk: Desk) -> None:
    await desk.start()
    desk.write("SQ01/notes.txt")
    desk.write("SQ01/backup/x.mov")
    (desk.exports / "SQ01" / "link.mov").symlink_to("notes.txt")
    why = await desk.parts.desk.why(WhyQuestion(path="EXPORTS/SQ01"))
    assert [(one.path, one.state, one.why) for one in why.inside] == [
        ("EXPORTS/SQ01/link.mov", "ignored", "it is a symbolic link, and none is followed"),
        ("EXPORTS/SQ01/notes.txt", "ignored", "included by none of **/*.mov, **/*.mp4"),
        ("EXPORTS/SQ01/backup/", "ignored", "a folder for caches, backups or what was put away"),
    ]


async def test_of_very_many_files_the_first_are_named(desk: Desk) -> None:
    await desk.start()
    for number in range(201):
        desk.write(f"notes{number:03d}a.txt")
    why = await desk.parts.desk.why(WhyQuestion(path="EXPORTS"))
    assert (len(why.inside), why.is_all) == (200, False)
