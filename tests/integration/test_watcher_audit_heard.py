"""What a watcher makes of LucidLink's audit trail: it looks earlier, and no more."""

import os

from tests.integration.audit_rig import OLD, Machine
from tests.integration.watcher_rig import Desk, paths, rejected_in, shot


async def test_a_file_that_another_machine_writes_over_is_seen_at_once(desk: Desk) -> None:
    machine = Machine(desk.exports.parent, "7")
    file = desk.write(shot(1))
    os.utime(file, (OLD, OLD))
    await desk.start()
    await desk.walk()
    await desk.pass_time(1000)
    machine.folder.mkdir(exist_ok=True)
    file.write_bytes(b"another film")
    machine.says("FileWritten", f"EXPORTS/{shot(1)}")
    await desk.walk()
    assert [path for path, _ in desk.parts.attention.candidates()] == []
    await desk.hear_trail()
    assert [path for path, _ in desk.parts.attention.candidates()] == [f"EXPORTS/{shot(1)}"]


async def written(desk: Desk, rules: str) -> list[str | None]:
    """Who wrote, as `ready` and `rejected` say it, of a film that Ada saved and of one that nobody knows of."""
    desk.rules = rules
    await desk.start()
    machine = Machine(desk.exports.parent, "7")
    for name in (shot(1), shot(2), "UNDLM_3_v001.mov"):
        desk.write(name)
    ada = {"id": "ada@studio.example", "name": "Ada"}
    machine.says("FileWritten", f"EXPORTS/{shot(1)}.new", user=ada)
    machine.says("Move", f"EXPORTS/{shot(1)}.new", user=ada, targetPath=f"EXPORTS/{shot(1)}")
    machine.says("FileWritten", "EXPORTS/UNDLM_3_v001.mov", user=ada)
    await desk.hear_trail()
    await desk.pass_time(21)
    told = {message.path: message.written_by for message in (*await desk.see(), *await rejected_in(desk.bus))}
    return [told[f"EXPORTS/{name}"] for name in (shot(1), shot(2), "UNDLM_3_v001.mov")]


async def test_the_writer_is_named_where_the_show_wants_it(desk: Desk) -> None:
    rules = desk.rules.replace("[shows.undlm]\n", "[shows.undlm]\nname_writers = true\n")
    assert await written(desk, rules) == ["Ada", None, "Ada"]


async def test_nobody_is_named_unasked(desk: Desk) -> None:
    assert await written(desk, desk.rules) == [None, None, None]


async def test_a_folder_that_is_moved_into_a_watch_folder_is_looked_through(desk: Desk) -> None:
    await desk.start()
    machine = Machine(desk.exports.parent, "7")
    staged = desk.exports.parent / "staged"
    (staged / "deep").mkdir(parents=True)
    (staged / "deep" / shot(2)).write_bytes(b"film")
    staged.rename(desk.exports / "SQ02")
    machine.says("Move", "staged", targetPath="EXPORTS/SQ02")
    await desk.hear_trail()
    await desk.pass_time(21)
    assert paths(await desk.see()) == [f"SQ02/deep/{shot(2)}"]


async def test_the_trail_itself_is_never_delivered(desk: Desk) -> None:
    before, _, after = desk.rules.partition("[[shows.undlm.watch]]")
    rest = after.partition("[[shows.undlm.patterns]]")[2]
    watch = '[[shows.undlm.watch]]\nfolder = "."\ninclude = ["**"]\n'
    desk.rules = f"{before}{watch}[[shows.undlm.patterns]]{rest}"
    await desk.start()
    machine = Machine(desk.exports.parent, "7")
    machine.says("FileWritten", ".lucid_audit/7/2026/11/x.log")
    (machine.folder / shot(3)).write_bytes(b"film")
    desk.write(shot(1))
    await desk.hear_trail()
    assert [message.path for message in await desk.see()] == [f"EXPORTS/{shot(1)}"]
