"""Where each file would go, as the watcher tells it to the operator's desk, on real files."""

import pytest

from postflow.desk import RehearseAnswer, RehearseQuestion
from tests.integration.watcher_rig import QUIET_S, Desk, ready_in, shot
from tests.unit.watcher.examples import RULES


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.start()
    return desk


async def rehearse(desk: Desk, **asked: str | None) -> RehearseAnswer:
    return await desk.parts.desk.rehearse(RehearseQuestion.model_validate(asked))


async def test_it_says_where_each_file_would_go_and_sends_nothing(desk: Desk) -> None:
    for name in (shot(1), "nonsense.mov", "notes.txt", "backup/x.mov"):
        desk.write(name)
    answer = await rehearse(desk)
    assert {file.path.removeprefix("EXPORTS/"): (file.outcome, file.to) for file in answer.files} == {
        shot(1): ("delivered", f"Undlm/SHOTS/00001/{shot(1)}"),
        "backup/": ("ignored", ""),
        "nonsense.mov": ("rejected", "a name like UNDLM_00003_v001.mov"),
        "notes.txt": ("ignored", ""),
    }
    assert (answer.after, answer.problems) == (None, ())
    await desk.pass_time(QUIET_S + 1)
    assert await ready_in(desk.bus) == []


async def test_other_rules_are_tried_without_being_in_force(desk: Desk) -> None:
    desk.write(shot(1))
    answer = await rehearse(desk, rules=RULES.replace("SHOTS/{shot}", "ELSEWHERE"))
    assert [file.to for file in answer.files] == [f"Undlm/ELSEWHERE/{shot(1)}"]
    assert [message.destination.folder for message in await desk.see()] == [("SHOTS", "00001")]


async def test_mistakes_in_the_rules_are_the_answer(desk: Desk) -> None:
    answer = await rehearse(desk, rules="[shows.undlm]\ncode = 5\n")
    assert any(problem.startswith("shows.undlm.code") for problem in answer.problems)
    assert answer.files == ()


@pytest.mark.parametrize(
    ("folder", "count"), [("", 4), ("EXPORTS", 3), ("EXPORTS/SQ01", 2), ("MASTERS", 1), ("OTHERS", 0)]
)
async def test_a_folder_is_rehearsed_alone(desk: Desk, folder: str, count: int) -> None:
    for name in (shot(1), f"SQ01/{shot(2)}", f"SQ01/deep/{shot(3)}", f"../MASTERS/{shot(4)}", "../OTHERS/a.mov"):
        desk.write(name)
    assert len((await rehearse(desk, folder=folder)).files) == count


async def test_a_folder_that_is_not_there_is_the_answer_and_nothing_else(desk: Desk) -> None:
    answer = await rehearse(desk, folder="NOWHERE")
    (problem,) = answer.problems
    assert problem.startswith("there is no folder NOWHERE in the filespace; the watch folders are EXPORTS")
    assert (answer.files, answer.unanswered) == ((), ())


async def test_pages_together_name_every_file_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.rehearsal.MOST_ANSWERED_BYTES", 600)
    names = [f"{folder}{shot(number)}" for folder in ("", "SQ01/", "SQ01-B/", "SQ 1/a/") for number in range(5)]
    for name in names:
        desk.write(name)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = await rehearse(desk, after=after)
        assert len(page.files) <= 3
        seen += [file.path.removeprefix("EXPORTS/") for file in page.files]
        after = page.after
        if after is None:
            break
    assert sorted(seen) == sorted(names)
    assert len(seen) == len(set(seen))
