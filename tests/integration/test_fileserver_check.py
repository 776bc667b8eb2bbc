"""A real file, fetched by the fileserver itself through its public name when the desk asks for it."""

import asyncio
import os
import secrets
import sys
from pathlib import Path

import pytest

from console.checking import checked
from fileserver import fetching, trial
from postflow.bus import Bus
from postflow.messages import Progress
from postflow.questions import ASK_CHECK, CheckAnswer, CheckQuestion
from postflow.topology import STREAM
from simulators.cloudflared.faults import CutBody, EdgeError, StallBody
from tests.integration.fileserver_site import Site, until
from tests.integration.fileserver_tunnel import Tunnelled

CONTENT = bytes(range(256)) * 12_000
FILM = "SQ01/a.mov"


@pytest.fixture(autouse=True)
def seldom_probed(short_times: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what goes wrong in front meets the trial, and not a probe."""
    monkeypatch.setattr("fileserver.tunnel.gate.PROBE_PERIOD_S", 1000.0)


async def check(site: Site, path: str = FILM, *, whole: bool = False) -> CheckAnswer:
    return [answer async for answer in checked(site.bus, path, whole=whole)][-1]


async def in_the_stream(site: Site) -> int:
    return (await site.bus.jetstream.stream_info(STREAM)).state.messages


async def usable(tunnel: Tunnelled) -> Site:
    tunnel.site.write("a.mov", CONTENT)
    await tunnel.site.start()
    await tunnel.usable()
    return tunnel.site


async def test_a_film_is_measured_through_the_public_name_and_nobody_hears_of_it(tunnel: Tunnelled) -> None:
    site = await usable(tunnel)
    before, passed = await in_the_stream(site), tunnel.sim.front.bytes_passed
    answer = await check(site)
    assert (answer.over, answer.done, answer.said) == (True, True, "")
    assert (answer.base_url, answer.path, answer.status) == (tunnel.name, FILM, 200)
    assert answer.size_bytes == answer.wanted_bytes == answer.got_bytes == len(CONTENT)
    assert tunnel.sim.front.bytes_passed >= passed + len(CONTENT)
    assert answer.first_byte_s is not None
    assert answer.near_first_byte_s is not None
    assert answer.near_first_byte_s > 0
    assert 0 < answer.first_byte_s <= answer.elapsed_s
    assert answer.added["cf-cache-status"] == "DYNAMIC"
    assert await in_the_stream(site) == before
    assert (await site.holders("small"), await site.holders("large")) == ((), ())


@pytest.mark.parametrize("spelled", ["/SQ01/a.mov", "SQ01//./a.mov/"])
async def test_a_path_may_be_absolute_or_inside_the_filespace(tunnel: Tunnelled, spelled: str) -> None:
    site = await usable(tunnel)
    answer = await check(site, f"{site.root}{spelled}" if spelled.startswith("/") else spelled)
    assert (answer.done, answer.path) == (True, FILM)


async def test_of_a_large_film_the_beginning_is_fetched_unless_all_is_wanted(
    tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "BEGINNING_BYTES", 1_000_000)
    monkeypatch.setattr("fileserver.trials.BEGINNING_BYTES", 1_000_000)
    site = await usable(tunnel)
    answer = await check(site)
    assert (answer.done, answer.status, answer.got_bytes) == (True, 206, 1_000_000)
    answer = await check(site, whole=True)
    assert (answer.done, answer.status, answer.got_bytes) == (True, 200, len(CONTENT))


async def test_a_slow_way_is_measured_for_so_long_and_no_longer(
    tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "MOST_S", 0.5)
    site = await usable(tunnel)
    tunnel.sim.faults.queue(StallBody(after_bytes=1_000_000))
    answer = await check(site)
    assert (answer.done, answer.said) == (True, "ended after 0 s")
    assert 0 < answer.got_bytes < len(CONTENT)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param(CutBody(after_bytes=1_000_000), "it broke off after ", id="cut"),
        pytest.param(
            EdgeError(status=302, location="https://studio.cloudflareaccess.com/login"), "Cloudflare Access", id="login"
        ),
        pytest.param(EdgeError(status=530, code=1033), "the edge answers 530, error 1033", id="edge"),
    ],
)
async def test_what_does_not_come_through_is_said_with_what_to_do(
    tunnel: Tunnelled, fault: CutBody | EdgeError, words: str
) -> None:
    site = await usable(tunnel)
    tunnel.sim.faults.queue(fault)
    answer = await check(site)
    assert (answer.over, answer.done) == (True, False)
    assert words in answer.said
    assert answer.what_to_do
    assert "/x/" not in answer.model_dump_json()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("SQ01/none.mov", "there is no SQ01/none.mov"),
        ("/elsewhere/a.mov", "is no path below"),
        ("SQ01/../../a.mov", "is no path below"),
        ("SQ01", "SQ01 cannot be read"),
        ("SQ01/empty.mov", "is empty"),
        ("SQ01/link.mov", "cannot be read: it is a link"),
        ("SQ01/way/passwd", "cannot be read: it is a link"),
        ("SQ01/pipe.mov", "cannot be read: it is no regular file"),
    ],
)
async def test_what_is_no_film_of_the_filespace_is_not_fetched(tunnel: Tunnelled, path: str, words: str) -> None:
    site = await usable(tunnel)
    (site.root / "SQ01/empty.mov").touch()
    (site.root / "SQ01/link.mov").symlink_to(site.root / FILM)
    (site.root / "SQ01/way").symlink_to("/etc")
    os.mkfifo(site.root / "SQ01/pipe.mov")
    asked = tunnel.sim.front.bytes_passed
    answer = await check(site, path)
    assert (answer.over, answer.done, bool(answer.what_to_do)) == (True, False, True)
    assert words in answer.said
    assert tunnel.sim.front.bytes_passed == asked


async def test_without_a_public_name_it_says_why(tunnel: Tunnelled) -> None:
    tunnel.sim.tunnel.refuses = True
    tunnel.site.write("a.mov", CONTENT)
    await tunnel.site.start()
    await tunnel.says("cloudflared does not answer")
    answer = await check(tunnel.site)
    assert (answer.over, answer.done) == (True, False)
    assert "there is no public name that works" in answer.said
    assert "cloudflared does not answer" in answer.said


async def begun(bus: Bus, check_id: str) -> CheckAnswer:
    return await bus.ask(ASK_CHECK, CheckQuestion(check_id=check_id, path=FILM), CheckAnswer)


async def test_a_desk_that_goes_away_ends_the_fetch_and_its_address(
    tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "LEASE_S", 3.0)
    monkeypatch.setattr("fileserver.trials.ANSWER_S", 0.05)
    site = await usable(tunnel)
    tunnel.sim.faults.queue(StallBody(after_bytes=1_000_000))
    check_id = secrets.token_hex(16)

    async def is_under_way() -> bool:
        answer = await begun(site.bus, check_id)
        assert not answer.over
        return answer.got_bytes >= 1_000_000

    await until(is_under_way)
    other = await begun(site.bus, secrets.token_hex(16))
    assert (other.over, other.said) == (True, "another check is under way")
    (at_work,) = [call.path for call in tunnel.sim.journal.calls if call.route == "front"][-1:]
    signed = f"http://127.0.0.1:{site.port}{at_work.partition(tunnel.sim.tunnel.name)[2]}"
    assert (await site.http.head(signed)).status_code == 200

    async def is_closed() -> bool:
        return (await site.http.head(signed)).status_code == 410

    await until(is_closed)
    answer = await begun(site.bus, check_id)
    assert (answer.over, answer.done, answer.said) == (True, False, "nobody asked for it any more")
    assert (await check(site)).done


async def test_a_stop_does_not_wait_for_a_trial(tunnel: Tunnelled) -> None:
    site = await usable(tunnel)
    tunnel.sim.faults.queue(StallBody(after_bytes=1_000_000))
    await begun(site.bus, secrets.token_hex(16))
    async with asyncio.timeout(5):
        await site.stop()


async def test_a_film_that_changes_meanwhile_is_not_taken_for_whole(
    tunnel: Tunnelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await usable(tunnel)
    near = fetching.near

    async def overwritten(*given: object) -> object:
        headers = await near(*given)  # type: ignore[arg-type]
        os.utime(site.root / FILM)
        return headers

    monkeypatch.setattr("fileserver.trials.near", overwritten)
    answer = await check(site)
    assert (answer.done, answer.got_bytes) == (False, 0)
    assert "the fileserver itself answers 409" in answer.said


async def test_what_is_told_of_it_on_the_way_is_news_of_no_file_that_there_is(tunnel: Tunnelled) -> None:
    site = await usable(tunnel)
    message = site.write("b.mov", CONTENT)
    heard: list[Progress] = []
    await site.bus.overhear([Progress], lambda told: heard.append(told))  # type: ignore[arg-type]
    assert (await check(site, "SQ01/b.mov")).done

    async def is_told() -> bool:
        return bool(heard)

    await until(is_told)
    assert message.file_id not in {told.file_id for told in heard}


async def test_the_command_prints_the_figures_and_what_the_edge_added(tunnel: Tunnelled) -> None:
    site = await usable(tunnel)
    command = [str(Path(sys.executable).with_name("postflow")), "check"]
    environment = os.environ | {"NATS_URL": str(site.settings["nats_url"])}

    async def output(*words: str) -> tuple[int | None, str]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, *words, env=environment, stdout=pipe, stderr=pipe)
        out, error = await process.communicate()
        assert error == b""
        return process.returncode, out.decode()

    code, text = await output(FILM)
    assert code == 0, text
    for words in ("MB/s", "first byte", "it adds", "cf-cache-status: DYNAMIC", f"through {tunnel.name}"):
        assert words in text
    code, text = await output(FILM, "--json")
    assert (code, CheckAnswer.model_validate_json(text).got_bytes) == (0, len(CONTENT))
    code, text = await output("SQ01/none.mov")
    assert code == 1
    assert "there is no SQ01/none.mov" in text
