"""Edge: lists of the simulated Frame.io: pages, cursors, order, what is in a folder, what can be included."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.assets import Folder
from simulators.instants import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def frameio(clock: HandClock) -> FrameioSimulator:
    return FrameioSimulator(Settings(limit_scale=100), clock=clock)


@pytest.fixture
async def client(frameio: FrameioSimulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(frameio.app)
    headers = {"authorization": "Bearer simulated-token"}
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as client:
        yield client


@pytest.fixture
def root(frameio: FrameioSimulator) -> Folder:
    return next(folder for folder in frameio.store.folders.values() if folder.parent_id is None)


@pytest.fixture
def listing(frameio: FrameioSimulator, root: Folder) -> str:
    return f"/v4/accounts/{frameio.store.account_id}/folders/{root.id}"


def fill(frameio: FrameioSimulator, root: Folder, clock: HandClock, names: list[str]) -> None:
    for number, name in enumerate(names):
        file = frameio.store.add_file(root, name, creator=frameio.store.user, now=clock())
        file.size = 1000 - number
        clock.advance(1)


def names_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [asset["name"] for asset in answer.json()["data"]]


async def every_page(client: httpx.AsyncClient, path: str, **params: Any) -> list[list[str]]:
    """Follows links.next as a good client does: with all other parameters given again."""
    pages, url = [], f"{path}?"
    while url:
        answer = await client.get(url, params=httpx.QueryParams(url.partition("?")[2]).merge(params))
        pages.append(names_of(answer))
        url = answer.json()["links"]["next"]
    return pages


async def test_a_list_is_cut_into_pages_of_fifty(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    names = [f"{number:03}.mov" for number in range(120)]
    fill(frameio, root, clock, names)
    pages = await every_page(client, f"{listing}/files")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [name for page in pages for name in page] == names


async def test_the_next_link_keeps_nothing_but_the_cursor(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    fill(frameio, root, clock, [f"{number}.mov" for number in range(70)])
    answer = await client.get(f"{listing}/files", params={"page_size": 10, "include": "creator"})
    following = answer.json()["links"]["next"]
    path, _, query = following.partition("?")
    assert path == f"{listing}/files"
    assert list(httpx.QueryParams(query)) == ["after"]
    rest = await client.get(following)
    assert len(rest.json()["data"]) == 50
    assert "creator" not in rest.json()["data"][0]


async def test_a_cursor_without_its_sort_is_refused(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    fill(frameio, root, clock, ["a", "b", "c"])
    first = await client.get(f"{listing}/files", params={"page_size": 1, "sort": "name_desc"})
    answer = await client.get(first.json()["links"]["next"])
    assert answer.status_code == 422
    assert frameio.journal.violations == 1


@pytest.mark.parametrize("cursor", ["", "made-up", "W10", "WzFd", "////"])
async def test_a_cursor_of_ones_own_making_is_refused(client: httpx.AsyncClient, listing: str, cursor: str) -> None:
    assert (await client.get(f"{listing}/files", params={"after": cursor})).status_code == 422


async def test_a_page_stays_right_while_files_come_and_go(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    fill(frameio, root, clock, ["a", "b", "c", "d"])
    newest_first: dict[str, str | int] = {"sort": "created_at_desc", "page_size": 2}
    first = await client.get(f"{listing}/files", params=newest_first)
    assert names_of(first) == ["d", "c"]
    fill(frameio, root, clock, ["e"])
    after = httpx.QueryParams(first.json()["links"]["next"].partition("?")[2])["after"]
    assert names_of(await client.get(f"{listing}/files", params=newest_first | {"after": after})) == ["b", "a"]


@pytest.mark.parametrize(
    ("kind", "most"), [("files", 500), ("folders", 500), ("children", 500)], ids=["files", "folders", "children"]
)
async def test_asset_pages_have_at_most_500(client: httpx.AsyncClient, listing: str, kind: str, most: int) -> None:
    assert (await client.get(f"{listing}/{kind}", params={"page_size": most})).status_code == 200
    answer = await client.get(f"{listing}/{kind}", params={"page_size": most + 1})
    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "title": "Invalid value",
        "detail": "501 is larger than inclusive maximum 500",
        "source": {"pointer": "/page_size"},
    }


@pytest.mark.parametrize("kind", ["accounts", "workspaces", "projects"])
async def test_other_pages_have_at_most_100(frameio: FrameioSimulator, client: httpx.AsyncClient, kind: str) -> None:
    path = "/v4/accounts" if kind == "accounts" else f"/v4/accounts/{frameio.store.account_id}/{kind}"
    assert (await client.get(path, params={"page_size": 100})).status_code == 200
    assert (await client.get(path, params={"page_size": 101})).status_code == 422


@pytest.mark.parametrize("size", ["0", "-1", "many", "1.5", ""])
async def test_a_page_size_is_a_whole_number_from_one(client: httpx.AsyncClient, listing: str, size: str) -> None:
    assert (await client.get(f"{listing}/files", params={"page_size": size})).status_code == 422


async def test_projects_come_in_pages_too() -> None:
    frameio = FrameioSimulator(Settings(projects=("c", "a", "b")))
    transport = httpx.ASGITransport(frameio.app)
    headers = {"authorization": "Bearer simulated-token"}
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as client:
        path = f"/v4/accounts/{frameio.store.account_id}/projects"
        assert await every_page(client, path, page_size=2) == [["c", "a"], ["b"]]
        assert await every_page(client, path, page_size=2, sort="name_desc") == [["c", "b"], ["a"]]


async def test_the_total_comes_only_when_asked_for(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    fill(frameio, root, clock, ["a", "b", "c"])
    assert "total_count" not in (await client.get(f"{listing}/files")).json()
    params: dict[str, str | int] = {"include_total_count": "true", "page_size": 2}
    assert (await client.get(f"{listing}/files", params=params)).json()["total_count"] == 3


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name_asc", "abc"),
        ("name_desc", "cba"),
        ("created_at_asc", "bca"),
        ("created_at_desc", "acb"),
        ("updated_at_asc", "bca"),
        ("updated_at_desc", "acb"),
        ("file_size_asc", "acb"),
        ("file_size_desc", "bca"),
    ],
)
async def test_files_come_in_the_order_asked_for(
    frameio: FrameioSimulator,
    client: httpx.AsyncClient,
    root: Folder,
    clock: HandClock,
    listing: str,
    sort: str,
    order: str,
) -> None:
    fill(frameio, root, clock, ["b", "c", "a"])
    for kind in ("files", "children"):
        pages = await every_page(client, f"{listing}/{kind}", sort=sort, page_size=1)
        assert pages == [[name] for name in order]


async def test_an_unknown_order_is_refused(client: httpx.AsyncClient, listing: str) -> None:
    assert (await client.get(f"{listing}/files", params={"sort": "size_asc"})).status_code == 422


async def test_sub_folders_cannot_be_sorted(client: httpx.AsyncClient, listing: str) -> None:
    assert (await client.get(f"{listing}/folders", params={"sort": "name_asc"})).status_code == 422


async def test_names_may_repeat(client: httpx.AsyncClient, listing: str) -> None:
    for _ in range(2):
        assert (await client.post(f"{listing}/folders", json={"data": {"name": "WIP"}})).status_code == 201
    assert names_of(await client.get(f"{listing}/folders")) == ["WIP", "WIP"]


async def test_a_repeated_name_is_a_conflict_where_duplicates_are_refused() -> None:
    frameio = FrameioSimulator(Settings(refuse_duplicates=True))
    project = next(iter(frameio.store.projects.values()))
    path = f"/v4/accounts/{frameio.store.account_id}/folders/{project.root_folder_id}/folders"
    headers = {"authorization": "Bearer simulated-token"}
    transport = httpx.ASGITransport(frameio.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as client:
        answers = [await client.post(path, json={"data": {"name": "WIP"}}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json() == {"errors": [{"detail": "Conflict"}]}
    assert frameio.journal.violations == 0


async def test_children_are_files_and_folders_as_asked(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    frameio.store.add_folder(root, "WIP", now=clock())
    clock.advance(1)
    fill(frameio, root, clock, ["a.mov"])
    assert names_of(await client.get(f"{listing}/children")) == ["WIP", "a.mov"]
    assert names_of(await client.get(f"{listing}/children", params={"type": "file"})) == ["a.mov"]
    assert names_of(await client.get(f"{listing}/children", params={"type": "folder,version_stack"})) == ["WIP"]
    assert (await client.get(f"{listing}/children", params={"type": "movie"})).status_code == 422
    assert names_of(await client.get(f"{listing}/files")) == ["a.mov"]
    assert names_of(await client.get(f"{listing}/folders")) == ["WIP"]


async def test_a_folder_knows_its_parent_and_lists_only_what_is_in_it(
    client: httpx.AsyncClient, listing: str, root: Folder, frameio: FrameioSimulator
) -> None:
    outer = (await client.post(f"{listing}/folders", json={"data": {"name": "WIP"}})).json()["data"]
    assert outer["parent_id"] == root.id
    inner_listing = f"/v4/accounts/{frameio.store.account_id}/folders/{outer['id']}"
    await client.post(f"{inner_listing}/folders", json={"data": {"name": "SC01"}})
    assert names_of(await client.get(f"{listing}/folders")) == ["WIP"]
    assert names_of(await client.get(f"{inner_listing}/folders")) == ["SC01"]


async def test_what_is_included_is_what_was_asked_for(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    fill(frameio, root, clock, ["a.mov"])
    include = "creator,project,metadata,media_links.original"
    (file,) = (await client.get(f"{listing}/files", params={"include": include})).json()["data"]
    assert file["creator"]["id"] == frameio.store.user.id
    assert file["project"]["name"] == "UNDLM"
    assert file["metadata"] == []
    assert file["media_links"] == {"original": None}
    assert (await client.get(f"{listing}/files", params={"include": "creator,comments"})).status_code == 422
    assert (await client.get(f"{listing}/folders", params={"include": "media_links.original"})).status_code == 422


async def test_of_a_repeated_parameter_the_last_one_counts(
    frameio: FrameioSimulator, client: httpx.AsyncClient, root: Folder, clock: HandClock, listing: str
) -> None:
    fill(frameio, root, clock, ["a.mov"])
    (file,) = (await client.get(f"{listing}/files?include=creator&include=metadata")).json()["data"]
    assert "metadata" in file
    assert "creator" not in file
