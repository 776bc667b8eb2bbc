"""LucidLink's audit trail, written by simulated machines into real files: heard once, from where it was read to."""

import errno
import os
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from postflow.bus import Bus
from postflow.errors import BusUnavailable
from tests.integration.audit_rig import Machine, Scene, begun
from tests.unit.watcher.fakes import FakeClock
from watcher.sightings import audit_logs
from watcher.sightings.audit_cursors import NodeRecord
from watcher.sightings.audit_logs import PIECE_BYTES


@pytest.fixture
async def scene(tmp_path: Path, bus: Bus) -> Scene:
    made = Scene(tmp_path / "volume", bus)
    await made.start()
    return made


async def test_what_is_written_anywhere_is_hinted_at_twice(scene: Scene) -> None:
    machine = await begun(scene)
    machine.says("FileCreate", "EXPORTS/a.mov")
    machine.says("FileWritten", "EXPORTS/a.mov")
    machine.says("FileWritten", "OTHER/b.mov")
    assert await scene.hear() == ["EXPORTS/a.mov"]
    assert await scene.hear() == ["EXPORTS/a.mov"]
    assert await scene.hear() == []
    assert scene.trail.check().detail == "the audit trail is heard, machines: 1"


async def test_reads_are_no_hints(scene: Scene) -> None:
    machine = await begun(scene)
    for action in ("FileRead", "Pin", "PreHydrate", "ExtendedAttributeSet"):
        machine.says(action, "EXPORTS/a.mov")
    assert await scene.hear() == []


async def test_our_own_log_is_not_read_again_because_we_read_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = await begun(scene)
    opened: list[str] = []
    real = os.open

    def opening(path: str | Path, *arguments: int) -> int:
        if str(path).endswith(".active"):
            opened.append(str(path))
            ours.says("FileRead", str(Path(path).relative_to(scene.volume)))
        return real(path, *arguments)

    ours.says("FileRead", "EXPORTS/a.mov")
    monkeypatch.setattr("watcher.sightings.audit_logs.os.open", opening)
    await scene.hear_of_all()
    await scene.hear_of_all()
    monkeypatch.undo()
    assert len(opened) <= 4


async def test_a_line_that_is_not_whole_waits_for_its_end(scene: Scene) -> None:
    machine = await begun(scene)
    machine.says("FileWritten", "EXPORTS/a.mov")
    whole = machine.log.read_bytes().splitlines(keepends=True)[-1].replace(b"a.mov", b"b.mov")
    machine.writes(whole[:40])
    assert await scene.hear() == ["EXPORTS/a.mov"]
    machine.writes(whole[40:-1])
    assert await scene.hear() == ["EXPORTS/a.mov"]
    machine.writes(b"\n")
    assert await scene.hear() == ["EXPORTS/b.mov"]


async def test_a_rotated_log_is_read_to_its_end_and_never_again(scene: Scene) -> None:
    machine = await begun(scene)
    machine.says("FileWritten", "EXPORTS/a.mov")
    machine.rotates("2026-11-21T12.00.00Z")
    machine.says("FileWritten", "EXPORTS/b.mov")
    assert await scene.hear() == ["EXPORTS/a.mov", "EXPORTS/b.mov"]
    machine.settles()
    await scene.hear_of_all()
    rotated = machine.folder / "2026-11-21T11.45.00Z.log"
    rotated.write_bytes(rotated.read_bytes() * 2)
    assert await scene.hear_of_all() == []


async def test_logs_that_come_late_are_read_whatever_their_time(scene: Scene) -> None:
    machine = await begun(scene)
    machine.rotates("2026-11-21T12.00.00Z")
    machine.says("FileWritten", "EXPORTS/new.mov")
    await scene.hear(2)
    machine.settles()
    machine.begin("2026-11-03T08.00.00Z")
    machine.says("FileWritten", "EXPORTS/late.mov")
    machine.rotates("2026-11-03T08.15.00Z")
    machine.settles()
    assert "EXPORTS/late.mov" in await scene.hear_of_all()
    another = Machine(scene.volume, "12", "2026/10")
    another.begin("2026-10-30T08.00.00Z")
    another.says("FileWritten", "EXPORTS/later.mov")
    assert "EXPORTS/later.mov" in await scene.hear_of_all()


async def test_a_month_may_have_one_digit(scene: Scene) -> None:
    scene.clock = FakeClock(datetime(2027, 3, 2, tzinfo=UTC))
    await scene.start()
    machine = Machine(scene.volume, "7", "2027/3")
    assert await scene.hear() == []
    machine.says("FileWritten", "EXPORTS/a.mov")
    assert "EXPORTS/a.mov" in await scene.hear_of_all()


async def test_a_watcher_after_this_one_goes_on_where_it_ended(scene: Scene) -> None:
    machine = await begun(scene)
    machine.says("FileWritten", "EXPORTS/a.mov")
    await scene.hear(2)
    await scene.save()
    machine.says("FileWritten", "EXPORTS/b.mov")
    await scene.start()
    assert await scene.hear() == ["EXPORTS/b.mov"]


async def test_what_was_written_before_the_first_watcher_is_passed_over(scene: Scene) -> None:
    machine = Machine(scene.volume, "7")
    for number in range(3):
        machine.says("FileWritten", f"EXPORTS/{number}.mov")
        machine.rotates(f"2026-11-21T12.0{number}.00Z")
    assert await scene.hear_of_all() == []
    await scene.start()
    assert await scene.hear_of_all() == []


async def test_what_cannot_be_kept_is_kept_later(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = await begun(scene)
    records = await scene.bus.records("cursors", NodeRecord)

    class Away:
        def __init__(self) -> None:
            self.is_away = True

        def __getattr__(self, name: str) -> object:
            if self.is_away:
                raise BusUnavailable("NATS did not answer")
            return getattr(records, name)

    away = Away()
    scene.trail.remember_in(away)  # type: ignore[arg-type]
    machine.says("FileWritten", "EXPORTS/a.mov")
    scene.clock.passed_s += 61
    assert await scene.hear() == ["EXPORTS/a.mov"]
    away.is_away = False
    await scene.save()
    await scene.start()
    assert await scene.hear_of_all() == []


async def test_a_write_whose_answer_was_lost_does_not_keep_it_from_keeping_more(scene: Scene) -> None:
    machine = await begun(scene)
    await scene.save()
    records = await scene.bus.records("cursors", NodeRecord)
    held = await records.get("7")
    assert held is not None
    await records.update("7", held.value, held=held)
    for name in ("a", "b"):
        machine.says("FileWritten", f"EXPORTS/{name}.mov")
        await scene.save()
    await scene.start()
    assert await scene.hear_of_all() == []


async def test_logs_that_are_deleted_are_forgotten(scene: Scene) -> None:
    machine = await begun(scene)
    machine.rotates("2026-11-21T12.00.00Z")
    machine.says("FileWritten", "EXPORTS/a.mov")
    machine.settles()
    await scene.hear_of_all()
    (machine.folder / "2026-11-21T11.45.00Z.log").unlink()
    await scene.hear_of_all()
    await scene.save()
    held = await (await scene.bus.records("cursors", NodeRecord)).get("7")
    assert held is not None
    assert list(held.value.months["2026-11"].open) == ["2026-11-21T12.00.00Z"]
    assert held.value.months["2026-11"].done == ""


async def test_garbage_is_passed_over(scene: Scene) -> None:
    machine = await begun(scene)
    machine.writes(b"\xff\xfe\0\n{\n\n[1]\n" + b"x" * (2 * PIECE_BYTES) + b"\n")
    machine.says("FileWritten", "EXPORTS/a.mov")
    (machine.folder / "notes.txt").write_bytes(b"{}")
    (machine.folder / "2026.log").mkdir()
    (machine.folder / "link.log").symlink_to(machine.log)
    (scene.volume / ".lucid_audit" / "no node" / "2026" / "11").mkdir(parents=True)
    assert await scene.hear() == ["EXPORTS/a.mov"]


async def test_a_huge_log_is_read_in_rounds_and_other_machines_are_heard_all_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_logs, "ROUND_BYTES", 4096)
    monkeypatch.setattr(audit_logs, "PIECE_BYTES", 1024)
    busy, other = await begun(scene, "1"), Machine(scene.volume, "2")
    for number in range(500):
        busy.says("FileWritten", f"EXPORTS/{number}.mov")
    other.says("FileWritten", "EXPORTS/other.mov")
    hints = await scene.hear_of_all()
    assert {f"EXPORTS/{number}.mov" for number in range(500)} | {"EXPORTS/other.mov"} == set(hints)


async def test_a_path_is_hinted_at_as_the_volume_spells_it(scene: Scene) -> None:
    machine = await begun(scene)
    listed = unicodedata.normalize("NFD", "été.mov")
    (scene.volume / "EXPORTS" / listed).write_bytes(b"film")
    machine.says("FileWritten", unicodedata.normalize("NFC", "EXPORTS/été.mov"))
    machine.says("FileWritten", "EXPORTS/forêt.mov")
    assert await scene.hear() == [f"EXPORTS/{listed}"]


async def test_a_folder_above_a_watch_folder_has_everything_looked_at(scene: Scene) -> None:
    machine = await begun(scene)
    scene.tops = {"UNDLM/EXPORTS": "UNDLM/EXPORTS"}
    machine.says("Move", "UNDLM_OLD", targetPath="UNDLM")
    assert await scene.hear() == []
    assert scene.looked_around == 1


async def test_without_one_nothing_is_heard_and_a_person_is_told(scene: Scene) -> None:
    assert await scene.hear_of_all() == []
    check = scene.trail.check()
    assert (check.ok, check.what_to_do) == (True, "")
    assert check.detail == "no audit trail is kept, or this user is not shown it"
    machine = Machine(scene.volume, "7")
    await scene.hear_of_all()
    machine.says("FileWritten", "EXPORTS/a.mov")
    assert "EXPORTS/a.mov" in await scene.hear_of_all()


async def test_one_that_this_user_may_not_read_is_told_and_no_trouble(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: str) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)

    Machine(scene.volume, "7")
    monkeypatch.setattr("watcher.volume.os.scandir", closed)
    assert await scene.hear_of_all() == []
    check = scene.trail.check()
    assert (check.ok, check.what_to_do) == (True, "")
    assert check.detail == "the audit trail cannot be read: Permission denied"
