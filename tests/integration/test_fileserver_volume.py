"""What the fileserver says of its mount, whose watch folders the watcher names."""

from postflow.bus import Bus
from postflow.checks import ChecksAnswer, ChecksQuestion, ask_checks
from postflow.questions import ASK_RULES, RulesAnswer, RulesQuestion
from postflow.ruling import Ruling
from tests.integration.fileserver_site import FOLDER, Site


async def answer_for_the_watcher(bus: Bus, *folders: str) -> None:
    async def answer(_: RulesQuestion) -> RulesAnswer:
        return RulesAnswer(watch_folders=folders)

    await bus.answer("watcher", ASK_RULES, RulesQuestion, answer)


async def asked(bus: Bus) -> dict[str, tuple[bool, str]]:
    """What doctor would hear."""
    (answer,) = await bus.ask_each([ask_checks("fileserver")], ChecksQuestion(), ChecksAnswer, within_s=2.5)
    return {check.name: (check.ok, check.detail) for check in answer.checks}


async def test_a_file_of_a_watch_folder_is_opened_to_see_whether_it_may_be(site: Site) -> None:
    await answer_for_the_watcher(site.bus, FOLDER)
    site.write("a.mov", b"film")
    await site.start()
    checks = await asked(site.bus)
    assert checks["volume"] == (True, f"it can be listed; {FOLDER}/a.mov could be opened")
    assert checks["lucidlink"][0]
    assert "LucidLink" in checks["lucidlink"][1] or "not known" in checks["lucidlink"][1]


async def test_while_the_watcher_is_away_it_goes_by_its_last_word(bus: Bus) -> None:
    ruling = Ruling(bus)
    assert await ruling.rules() is None
    assert await ruling.watch_folders() == ()
    await answer_for_the_watcher(bus, "EXPORTS")
    assert await ruling.watch_folders() == ("EXPORTS",)
