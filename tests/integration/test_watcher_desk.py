"""What the watcher answers to the operator's desk: on real files, with a real nats-server and a clock of the test."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.desk import (
    DeliverAnswer,
    DeliverQuestion,
    RetryAnswer,
    RetryQuestion,
    WaitingQuestion,
    WhyAnswer,
    WhyQuestion,
)
from postflow.messages import FileFailed, FileReady
from postflow.pauses import Pause, Pauses
from tests.examples import about_file
from tests.integration.watcher_rig import QUIET_S, Desk, ready_in, shot

EVERYTHING = Pauses(all=(Pause(route=None, by="ada", since=datetime(2026, 11, 21, tzinfo=UTC)),))


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.start()
    return desk


async def why(desk: Desk, path: str) -> WhyAnswer:
    return await desk.parts.desk.why(WhyQuestion(path=path))


async def deliver(desk: Desk, path: str, *, again: bool = False) -> DeliverAnswer:
    answer = await desk.parts.desk.deliver(DeliverQuestion(path=path, again=again))
    await desk.publish()
    return answer


async def retry(desk: Desk, file_id: str | None = None, after: str = "") -> RetryAnswer:
    answer = await desk.parts.desk.retry(RetryQuestion(file_id=file_id, after=after))
    await desk.publish()
    return answer


async def fail(desk: Desk, ready: FileReady) -> None:
    told = {"service": "uploader", "code": "NO_PROJECT", "why": "no such project", "what_to_do": "Make it."}
    about = {name: getattr(ready, name) for name in FileReady.model_fields}
    await desk.hear(FileFailed.model_validate(about_file() | told | about))


def attempts(messages: list[FileReady]) -> list[tuple[str, int]]:
    return [(message.path.removeprefix("EXPORTS/"), message.attempt) for message in messages]


class TestWhy:
    async def test_a_file_that_waits_says_for_what(self, desk: Desk) -> None:
        desk.write(shot(1))
        await desk.walk()
        answer = await why(desk, f"EXPORTS/{shot(1)}")
        assert (answer.state, answer.revisions) == ("waiting", ())
        assert "not changed for 20 s" in answer.why
        waiting = await desk.parts.desk.waiting(WaitingQuestion())
        assert (waiting.total, waiting.files[0].path, waiting.routes) == (1, f"EXPORTS/{shot(1)}", ("undlm/shots",))

    async def test_an_empty_file_needs_no_other_name(self, desk: Desk) -> None:
        desk.write(shot(1), b"")
        answer = await why(desk, f"EXPORTS/{shot(1)}")
        assert (answer.state, answer.why) == ("ignored", "it has no content so far")
        assert "as soon as something is written" in answer.what_to_do

    async def test_a_released_file_has_its_revisions_and_its_ids(self, desk: Desk) -> None:
        file = desk.write(shot(1))
        (ready,) = await desk.see()
        answer = await why(desk, str(file))
        assert (answer.state, answer.path, answer.file_id) == ("ready", ready.path, ready.file_id)
        assert [(one.file_id, one.attempt, one.state) for one in answer.revisions] == [(ready.file_id, 1, "ready")]
        assert await desk.parts.desk.why(WhyQuestion(file_id=ready.file_id)) == answer
        await desk.deliver(ready)
        assert (await why(desk, str(file))).state == "delivered"

    async def test_a_failed_file_says_why_and_what_to_do(self, desk: Desk) -> None:
        file = desk.write(shot(1))
        (ready,) = await desk.see()
        await fail(desk, ready)
        answer = await why(desk, str(file))
        assert (answer.state, answer.why) == ("failed", "NO_PROJECT: no such project")
        assert f"postflow retry {ready.file_id}" in answer.what_to_do

    @pytest.mark.parametrize(
        ("name", "state", "said"),
        [
            pytest.param("notes.txt", "ignored", "included by none of", id="no-glob"),
            pytest.param(".hidden.mov", "ignored", "a hidden name", id="hidden"),
            pytest.param("UNDLM_00001_v001.mov.part", "ignored", "a temporary name", id="temporary"),
            pytest.param("nonsense.mov", "rejected", "it fits no naming pattern", id="rejected"),
            pytest.param("drafts/UNDLM_00001_v001.mov", "ignored", "drafts", id="excluded"),
        ],
    )
    async def test_a_file_that_is_not_sent_says_why(self, desk: Desk, name: str, state: str, said: str) -> None:
        file = desk.write(name)
        await desk.see()
        answer = await why(desk, str(file))
        assert answer.state == state
        assert said in answer.why
        assert answer.what_to_do

    async def test_a_file_that_was_here_before_says_so(self, tmp_path: Path, bus: Bus) -> None:
        desk = Desk(tmp_path, bus)
        file = desk.write(shot(1))
        await desk.start()
        await desk.see()
        answer = await why(desk, str(file))
        assert (answer.state, answer.why) == ("ignored", "it was here before PostFlow")
        assert "postflow deliver" in answer.what_to_do
        desk.stop()

    @pytest.mark.parametrize(
        ("path", "said"),
        [
            ("EXPORTS/nowhere.mov", "there is no such file"),
            ("/elsewhere/x.mov", "no path below"),
            ("../x.mov", "no path below"),
            ("EXPORTS/a\0b", "no path below"),
        ],
    )
    async def test_what_is_no_file_is_unknown(self, desk: Desk, path: str, said: str) -> None:
        answer = await why(desk, path)
        assert answer.state == "unknown"
        assert said in answer.why

    async def test_a_path_through_a_link_is_none_of_the_filespace(self, desk: Desk, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / shot(1)).write_bytes(b"movie")
        (desk.exports / "link").symlink_to(tmp_path / "elsewhere")
        for path in (f"EXPORTS/link/{shot(1)}", f"EXPORTS/./link//{shot(1)}"):
            answer = await why(desk, path)
            assert "EXPORTS/link, which is a link" in answer.why
            order = await deliver(desk, path)
            assert (order.done, order.said) == (False, answer.why)
        assert await ready_in(desk.bus) == []

    async def test_a_lost_volume_is_told_instead_of_a_wrong_reason(self, desk: Desk, tmp_path: Path) -> None:
        file = desk.write(shot(1))
        await desk.see()
        (tmp_path / "volume").rename(tmp_path / "away")
        answer = await why(desk, str(file))
        assert answer.state == "unknown"
        assert "the volume is not believed" in answer.why
        assert [one.state for one in answer.revisions] == ["ready"]


class TestDeliver:
    async def test_it_releases_at_once_and_once(self, desk: Desk) -> None:
        desk.write(shot(1))
        await desk.walk()
        answer = await deliver(desk, f"EXPORTS/{shot(1)}")
        assert (answer.done, answer.attempt) == (True, 1)
        assert "not known to have stopped changing" in answer.said
        assert attempts(await desk.see()) == [(shot(1), 1)]

    async def test_it_releases_what_was_left_alone(self, tmp_path: Path, bus: Bus) -> None:
        desk = Desk(tmp_path, bus)
        file = desk.write(shot(1))
        await desk.start()
        assert await desk.see() == []
        assert (await deliver(desk, str(file))).said == f"released as attempt 1, to Undlm/SHOTS/00001/{shot(1)}"
        assert attempts(await desk.see()) == [(shot(1), 1)]
        desk.stop()

    async def test_what_is_on_its_way_or_delivered_is_sent_again_only_if_that_is_said(self, desk: Desk) -> None:
        file = desk.write(shot(1))
        (ready,) = await desk.see()
        assert "on its way as attempt 1" in (await deliver(desk, str(file))).said
        await desk.deliver(ready)
        refused = await deliver(desk, str(file))
        assert (refused.done, refused.said) == (False, "it was delivered as attempt 1")
        assert (await deliver(desk, str(file), again=True)).attempt == 2
        assert attempts(await ready_in(desk.bus)) == [(shot(1), 1), (shot(1), 2)]

    async def test_what_failed_gets_the_next_attempt(self, desk: Desk) -> None:
        file = desk.write(shot(1))
        (ready,) = await desk.see()
        await fail(desk, ready)
        assert (await deliver(desk, str(file))).attempt == 2

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("notes.txt", "included by none of"),
            ("nonsense.mov", "the rules reject it"),
            ("empty.mov", "it has no content so far"),
            ("SQ01", "it is a folder"),
            ("nowhere.mov", "there is no such file"),
        ],
    )
    async def test_what_no_rule_wants_is_refused_with_the_reason(self, desk: Desk, name: str, said: str) -> None:
        desk.write("empty.mov", b"")
        for other in ("notes.txt", "nonsense.mov", "SQ01/x.mov"):
            desk.write(other)
        answer = await deliver(desk, f"EXPORTS/{name}")
        assert not answer.done
        assert said in answer.said
        assert await ready_in(desk.bus) == []

    async def test_a_link_is_refused(self, desk: Desk) -> None:
        target = desk.write(shot(1))
        (desk.exports / shot(2)).symlink_to(target)
        assert not (await deliver(desk, f"EXPORTS/{shot(2)}")).done

    @pytest.mark.skipif(os.geteuid() == 0, reason="whoever runs this may read every file")
    async def test_a_file_that_cannot_be_read_is_refused(self, desk: Desk) -> None:
        desk.write(shot(1)).chmod(0)
        assert "cannot be read" in (await deliver(desk, f"EXPORTS/{shot(1)}")).said


class TestRetry:
    async def test_one_that_failed_gets_the_next_attempt(self, desk: Desk) -> None:
        desk.write(shot(1))
        (ready,) = await desk.see()
        await fail(desk, ready)
        (result,) = (await retry(desk, ready.file_id)).results
        assert (result.done, result.attempt) == (True, 2)
        (again,) = (await retry(desk, ready.file_id)).results
        assert (again.done, again.said) == (False, "it has not failed: it is ready")

    async def test_all_that_failed_come_in_pages(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("watcher.desk.RETRIES_AT_ONCE", 2)
        for number in range(1, 6):
            desk.write(shot(number))
        for ready in await desk.see():
            await fail(desk, ready)
        pages, after = [], ""
        while True:
            page = await retry(desk, after=after)
            pages.append([result.attempt for result in page.results])
            if page.after is None:
                break
            after = page.after
        assert pages == [[2, 2], [2, 2], [2]]

    async def test_a_file_that_has_changed_since_is_not_what_failed(self, desk: Desk) -> None:
        file = desk.write(shot(1))
        (ready,) = await desk.see()
        await fail(desk, ready)
        file.write_bytes(b"another film")
        (result,) = (await retry(desk, ready.file_id)).results
        assert (result.done, result.said) == (False, "the file is not as it was then")

    async def test_an_unknown_id_is_told(self, desk: Desk) -> None:
        (result,) = (await retry(desk, "0" * 31 + "1")).results
        assert "was ever released" in result.said


class TestPause:
    async def test_nothing_is_released_and_it_says_by_whom(self, desk: Desk) -> None:
        desk.pauses = EVERYTHING
        file = desk.write(shot(1))
        assert await desk.see() == []
        answer = await why(desk, str(file))
        assert (answer.state, answer.why[:13]) == ("waiting", "paused by ada")
        assert not (await deliver(desk, str(file))).done
        desk.pauses = Pauses()
        desk.parts.following.resume()
        await desk.pass_time(0.01)
        assert attempts(await ready_in(desk.bus)) == [(shot(1), 1)]

    async def test_a_paused_route_holds_its_own_files_alone(self, desk: Desk) -> None:
        desk.pauses = Pauses(all=(Pause(route="undlm/masters", by="ada", since=datetime(2026, 11, 21, tzinfo=UTC)),))
        desk.write(shot(1))
        assert attempts(await desk.see()) == [(shot(1), 1)]

    async def test_it_outlives_a_restart(self, desk: Desk) -> None:
        desk.pauses = EVERYTHING
        desk.write(shot(1))
        assert await desk.see() == []
        await desk.start()
        assert await desk.see() == []
        desk.pauses = Pauses()
        await desk.pass_time(QUIET_S * 5)
        assert attempts(await ready_in(desk.bus)) == [(shot(1), 1)]
