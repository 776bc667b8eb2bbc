"""When the projects of the rules are looked for, at how many calls, and what is remembered of them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from postflow.errors import PostFlowError
from postflow.messages import FileFailed
from postflow.questions import RulesAnswer, Target
from tests.examples import AT, delivered, destination, failed
from uploader.frameio import projects
from uploader.frameio.errors import Forbidden, FrameioUnavailable
from uploader.frameio.objects import Folder, Project
from uploader.frameio.projects import Projects

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PROJECTS = [Project(id=f"id of {name}", name=name, root_folder_id=f"root of {name}") for name in ("UNDLM", "NEXT")]


class Frameio:
    def __init__(self) -> None:
        self.user_id, self.user_name, self.account_name = "u1", "Ada", "Studio"
        self.there = list(PROJECTS)
        self.closed: set[str] = set()
        self.away = False
        self.calls: list[str] = []

    async def projects(self) -> list[Project]:
        self.calls.append("projects")
        if self.away:
            raise FrameioUnavailable("Frame.io answered 503", 30.0)
        return self.there

    async def folders_in(self, folder_id: str) -> list[Folder]:
        self.calls.append(folder_id)
        if folder_id in self.closed:
            raise Forbidden("Frame.io answered 403", code="FRAMEIO_FORBIDDEN", what_to_do="Ask.")
        return [Folder(id="f", name="WIP", created_at=NOW)]


class SignIn:
    def __init__(self) -> None:
        self.is_ready = True

    async def permit(self) -> None:
        while not self.is_ready:
            await asyncio.sleep(0.001)


class Site:
    def __init__(self) -> None:
        self.frameio, self.sign_in = Frameio(), SignIn()
        self.rules: RulesAnswer | None = rules("UNDLM", "id of NEXT")
        self.projects = Projects(self.frameio, self.sign_in, self._rules)

    async def _rules(self) -> RulesAnswer | None:
        return self.rules

    def red(self) -> list[str]:
        return [name for name, check in self.projects.checks().items() if not check.ok]

    async def look(self) -> list[str]:
        """The calls that a person's question costs."""
        self.frameio.calls.clear()
        await self.projects.look()
        return self.frameio.calls


def rules(*names: str) -> RulesAnswer:
    return RulesAnswer(targets=tuple(Target(project=name, folder=("WIP",), shows=("undlm",)) for name in names))


@pytest.fixture
def site() -> Site:
    return Site()


async def test_a_project_may_be_named_by_its_id_and_each_costs_a_call(site: Site) -> None:
    assert await site.look() == ["projects", "root of UNDLM", "root of NEXT"]
    assert list(site.projects.checks()) == ["UNDLM", "id of NEXT"]
    assert site.red() == []


async def test_whoever_asks_again_costs_one_call_while_all_is_well(site: Site) -> None:
    await site.look()
    assert await site.look() == ["projects"]
    site.frameio.closed = {"root of UNDLM"}
    assert site.red() == []


async def test_a_project_that_goes_is_seen_at_the_next_question_and_one_that_comes_too(site: Site) -> None:
    await site.look()
    site.frameio.there = PROJECTS[:1]
    await site.look()
    assert site.red() == ["id of NEXT"]
    site.frameio.there = list(PROJECTS)
    assert await site.look() == ["projects", "root of NEXT"]
    assert site.red() == []


async def test_a_project_that_may_not_be_listed_is_red_until_it_may(site: Site) -> None:
    site.frameio.closed = {"root of UNDLM"}
    await site.look()
    assert site.red() == ["UNDLM"]
    site.frameio.closed = set()
    await site.look()
    assert site.red() == []


async def test_only_a_file_shows_whether_files_are_taken(site: Site) -> None:
    await site.look()
    there = destination(project="UNDLM")
    site.projects.hear(forbidden(there))
    assert site.red() == ["UNDLM"]
    site.projects.hear(failed(destination=there))
    assert site.red() == ["UNDLM"]
    site.projects.hear(delivered(destination=there))
    assert site.red() == []


async def test_of_what_several_replicas_tell_the_latest_counts_in_whatever_order_it_is_heard(site: Site) -> None:
    await site.look()
    there = destination(project="UNDLM")
    site.projects.hear(delivered(destination=there, attempt=2, at=AT + timedelta(minutes=5)))
    site.projects.hear(forbidden(there))
    assert site.red() == []


def forbidden(there: object) -> FileFailed:
    message = failed(destination=there, code="FRAMEIO_FORBIDDEN", why="Frame.io answered 403")
    assert isinstance(message, FileFailed)
    return message


async def test_somebody_else_begins_anew(site: Site) -> None:
    await site.look()
    site.frameio.user_id, site.frameio.user_name, site.frameio.there = "u2", "Grace", []
    await site.look()
    assert "Grace sees no such project" in site.projects.checks()["UNDLM"].detail


async def test_what_cannot_be_known_is_no_project_s_fault(site: Site) -> None:
    assert "has not answered" in site.projects.checks()[""].detail
    site.rules = None
    assert await site.look() == []
    site.sign_in.is_ready = False
    assert await site.look() == []
    assert "nobody is signed in" in site.projects.checks()[""].detail
    assert site.red() == []


async def test_while_frameio_is_away_what_was_seen_stands(site: Site) -> None:
    await site.look()
    site.frameio.away = True
    with pytest.raises(PostFlowError):
        await site.look()
    assert list(site.projects.checks()) == ["UNDLM", "id of NEXT"]
    assert site.red() == []


async def test_rules_without_shows_cost_nothing(site: Site) -> None:
    site.rules = rules()
    assert await site.look() == []
    assert site.projects.checks() == {}


@pytest.mark.parametrize("is_away", [False, True])
async def test_it_looks_again_soon_while_something_is_wrong_and_bears_a_defect(
    site: Site, monkeypatch: pytest.MonkeyPatch, is_away: bool
) -> None:
    monkeypatch.setattr(projects, "AGAIN_S", 0.001)
    site.frameio.away = is_away
    site.frameio.there = [] if is_away else [object()]  # type: ignore[list-item]
    stop = asyncio.Event()
    running = asyncio.create_task(site.projects.run(stop))
    async with asyncio.timeout(30):
        while site.frameio.calls.count("projects") < 3:
            await asyncio.sleep(0.001)
    stop.set()
    await asyncio.wait_for(running, 30)
