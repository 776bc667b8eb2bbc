"""Edge: how often the simulated Frame.io may be called."""

from collections.abc import AsyncIterator

import httpx
import pytest

from simulators.frameio import FrameioSimulator, Settings
from simulators.frameio.routes import OPERATIONS
from simulators.instants import HandClock
from tests.simulated_frameio import Paths, every_call


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def frameio(clock: HandClock) -> FrameioSimulator:
    return FrameioSimulator(Settings(projects=("UNDLM", "Other")), clock=clock)


@pytest.fixture
async def client(frameio: FrameioSimulator) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(frameio.app)
    headers = {"authorization": "Bearer simulated-token"}
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as client:
        yield client
    await frameio.aclose()


LIMITS = {
    "me": (100, 60),
    "accounts": (100, 60),
    "workspaces": (100, 60),
    "account_projects": (100, 60),
    "workspace_projects": (100, 60),
    "project": (100, 60),
    "folder": (100, 60),
    "list_folders": (5, 1),
    "create_folder": (3, 1),
    "list_files": (5, 1),
    "list_children": (100, 60),
    "remote_upload": (5, 1),
    "file": (10, 1),
    "file_status": (5, 1),
    "rename_file": (100, 60),
    "move_file": (100, 60),
    "delete_file": (100, 60),
    "list_comments": (100, 60),
    "list_version_stacks": (5, 1),
    "create_version_stack": (10, 60),
    "version_stack": (100, 60),
    "version_stack_children": (100, 60),
}
"""Calls and seconds, as the reference page of each endpoint has them."""


async def test_every_answer_tells_of_its_rate_limit(frameio: FrameioSimulator, client: httpx.AsyncClient) -> None:
    answers = [await client.request(method, path) for method, path in every_call(frameio)]
    answers.append(await client.get("/v4/nothing/there"))
    answers.append(await client.get("/v4/me", headers={"authorization": "Bearer wrong"}))
    for answer in answers:
        assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-window"} <= set(answer.headers)


@pytest.mark.parametrize(("name", "calls", "window_s"), [(name, *limit) for name, limit in LIMITS.items()])
async def test_each_endpoint_has_its_own_leaky_bucket(
    frameio: FrameioSimulator, client: httpx.AsyncClient, clock: HandClock, name: str, calls: int, window_s: int
) -> None:
    """Full at `calls`; then one call fits whenever window/calls have passed, and no more than one."""
    operation = next(one for one in OPERATIONS if one.name == name)
    (path,) = [path for one, (_, path) in zip(OPERATIONS, every_call(frameio), strict=True) if one is operation]

    async def call() -> httpx.Response:
        return await client.request(operation.method, path)

    burst = [await call() for _ in range(calls)]
    assert 429 not in {answer.status_code for answer in burst}
    assert burst[0].headers["x-ratelimit-limit"] == str(calls)
    assert burst[0].headers["x-ratelimit-window"] == str(window_s * 1000)
    assert [answer.headers["x-ratelimit-remaining"] for answer in burst[-2:]] == ["1", "0"]
    over = await call()
    assert (over.status_code, over.json()) == (429, {"errors": [{"detail": "Too many requests"}]})
    clock.advance(window_s / calls)
    assert (await call()).status_code != 429
    assert (await call()).status_code == 429
    clock.advance(window_s)
    assert 429 not in {(await call()).status_code for _ in range(calls)}
    assert [violation.kind for violation in frameio.journal.refused if violation.kind == "rate_limited"] == [
        "rate_limited",
        "rate_limited",
    ]


def test_every_endpoint_is_in_the_table_of_limits() -> None:
    assert set(LIMITS) == {operation.name for operation in OPERATIONS}


async def test_limits_can_be_scaled(clock: HandClock) -> None:
    frameio = FrameioSimulator(Settings(limit_scale=10), clock=clock)
    headers = {"authorization": "Bearer simulated-token"}
    transport = httpx.ASGITransport(frameio.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio", headers=headers) as client:
        path = f"{Paths(frameio).root}/folders"
        answers = [await client.post(path, json={"data": {"name": "a"}}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [201] * 30 + [429]


async def test_two_tokens_of_one_user_share_the_buckets(clock: HandClock) -> None:
    frameio = FrameioSimulator(Settings(tokens=("one", "two")), clock=clock)
    transport = httpx.ASGITransport(frameio.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://frameio") as client:
        path = f"{Paths(frameio).root}/files"
        answers = [await client.get(path, headers={"authorization": f"Bearer {token}"}) for token in ("one", "two") * 3]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
