"""The command `postflow` against the whole of PostFlow, well and broken in several ways."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onehost import layout
from tests.e2e.studio import SHOT, Studio, at_work, eventually, stack
from tests.nats_fixtures import NatsServer, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

Lines = list[dict[str, str]]


async def postflow(nats_url: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "console", *arguments),
        env={"PATH": os.environ["PATH"], "NATS_URL": nats_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await child.communicate()
    return child.returncode or 0, out.decode(), err.decode()


async def answer(nats_url: str, *arguments: str) -> Any:
    return json.loads((await postflow(nats_url, *arguments, "--json"))[1])


async def red(studio: Studio, is_enough: Callable[[Lines], bool], what: str) -> Lines:
    """What doctor shows in red, once there is enough of it; and that it ends as it must then."""

    async def look() -> Lines:
        code, out, _ = await postflow(studio.stack.urls.nats, "doctor", "--json")
        lines = [line for line in json.loads(out)["checks"] if line["state"] == "red"]
        assert code == (1 if lines else 0)
        return lines if is_enough(lines) else []

    return await eventually(look, what)


def about(lines: Lines, service: str) -> str:
    found = [line for line in lines if line["service"].split(" ")[0] == service]
    assert all(line["what_to_do"] for line in found)
    return " | ".join(f"{line['check']}: {line['detail']}" for line in found)


async def begin(studio: Studio, service: str, **changed: str) -> None:
    """One more instance of a service, with other settings."""
    running = studio.stack
    environment = layout.environment(
        *(os.environ, running.urls, running.ports),
        rules=running.rules,
        volume=running.folders.volume,
        data=running.folders.root,
        simulators=True,
    )
    await running.processes.start(
        f"{service}-odd",
        [sys.executable, "-P", "-m", service],
        env=environment | {"HEALTH_PORT": "0"} | changed,
        log=running.folders.log(f"{service}-odd"),
    )


async def test_the_operators_day(tmp_path: Path) -> None:
    async with at_work(stack(tmp_path, uploaders=1)) as studio:
        nats_url = studio.stack.urls.nats
        await _well(studio, nats_url)
        await _sent_once_more(studio, nats_url)
        await _paused(studio, nats_url)
        await _broken(studio)


async def _well(studio: Studio, nats_url: str) -> None:
    studio.export(SHOT, b"film" * 1000)
    await studio.delivered(SHOT)
    code, out, err = await postflow(nats_url, "doctor")
    assert (code, err) == (0, ""), out
    assert "All is well." in out
    story = await answer(nats_url, "why", str(studio.exports / SHOT))
    assert [one["state"] for one in story["chapters"]][:4] == ["waiting", "ready", "exposed", "delivered"]
    assert (await postflow(nats_url, "why", "EXPORTS/nowhere.mov"))[0] == 1
    (counted,) = (await answer(nats_url, "status"))["files"]
    assert (counted["count"], counted["oldest"]) == (1, f"EXPORTS/{SHOT}")
    code, out, _ = await postflow(nats_url, "deliver", f"EXPORTS/{SHOT}")
    assert (code, "it was delivered as attempt 1" in out) == (1, True)
    assert (await postflow(nats_url, "retry", "--failed"))[0] == 0
    assert (await postflow(nats_url, "retry"))[0] == 2


async def _sent_once_more(studio: Studio, nats_url: str) -> None:
    code, out, _ = await postflow(nats_url, "deliver", f"EXPORTS/{SHOT}", "--again")
    assert (code, "released as attempt 2" in out) == (0, True)

    async def both() -> bool:
        return len([asset for asset in await studio.assets_named(SHOT) if asset["sha256"]]) == 2

    await eventually(both, "it is in Frame.io once more")


async def _paused(studio: Studio, nats_url: str) -> None:
    assert (await postflow(nats_url, "pause", "--route", "nope"))[0] == 2
    assert (await postflow(nats_url, "pause"))[0] == 0

    async def is_heard() -> bool:
        return "pauses" in (studio.stack.folders.log("watcher")).read_text()

    await eventually(is_heard, "the watcher hears of the pause")
    studio.export("UNDLM_00412_v002.mov", b"film" * 1000)

    async def waits() -> bool:
        return "paused by" in (await answer(nats_url, "why", "EXPORTS/UNDLM_00412_v002.mov"))["watcher"]["why"]

    await eventually(waits, "the file waits for the operator")
    files = (await answer(nats_url, "rehearse"))["files"]
    assert ("EXPORTS/UNDLM_00412_v002.mov", "delivered") in [(file["path"], file["outcome"]) for file in files]
    assert (await answer(nats_url, "resume"))["all"] == []
    await studio.delivered("UNDLM_00412_v002.mov")


async def _broken(studio: Studio) -> None:
    await studio.stack.kill("fileserver")
    studio.stack.rules.write_text("[shows.undlm]\ncode = 5\n")
    volume = studio.stack.folders.volume
    volume.rename(volume.parent / "away")
    studio.about.add("unauthorized")
    await begin(studio, "uploader", FRAMEIO_TOKEN="wrong")
    await begin(studio, "notifier", DISCORD_WEBHOOK_URL=f"{studio.stack.urls.discord}/api/webhooks/1/wrong")

    def all_heard(lines: Lines) -> bool:
        return {"fileserver", "watcher", "uploader", "notifier"} <= {
            line["service"].split(" ")[0] for line in lines
        } and (len([line for line in lines if line["service"] == "watcher"]) == 2)

    lines = await red(studio, all_heard, "doctor sees all that is broken")
    assert about(lines, "fileserver") == "answers: no answer"
    assert "shows.undlm.code: found 5" in about(lines, "watcher")
    assert f"volume: {volume} cannot be read" in about(lines, "watcher")
    assert "frameio: " in about(lines, "uploader")
    assert "channel default: " in about(lines, "notifier")
    assert "wrong" not in json.dumps([line for line in lines if line["service"].startswith(("uploader", "notifier"))])


async def test_nats_away_is_one_line_that_says_what_to_do() -> None:
    code, out, err = await postflow(f"nats://127.0.0.1:{free_port()}", "doctor")
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("NATS does not answer at nats://127.0.0.1:")
    assert "Check NATS_URL" in line


async def test_provision_that_has_not_run_is_told(nats: NatsServer) -> None:
    code, out, _ = await postflow(nats.url, "doctor", "--json")
    red = {
        line["check"]: line
        for line in json.loads(out)["checks"]
        if line["service"] == "nats" and line["state"] == "red"
    }
    assert code == 1
    assert "postflow.provision" in red["stream"]["what_to_do"]
    assert (await postflow(nats.url, "status"))[0] == 1


@pytest.mark.parametrize("arguments", [("nonsense",), ("why",), ("deliver",), ("rehearse", "--rules", "/nowhere.toml")])
async def test_wrong_usage_is_told_without_asking_anybody(arguments: tuple[str, ...]) -> None:
    code, out, err = await postflow("nats://127.0.0.1:1", *arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
