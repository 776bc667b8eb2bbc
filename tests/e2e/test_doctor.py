"""`postflow doctor` in set-ups that are broken in one way each: the right lines are red, and say what to do."""

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from onehost import nats_server, ports
from onehost.layout import HOST, WEBHOOK, Ports
from postflow.questions import (
    ASK_LOGIN_BEGIN,
    ASK_LOGIN_FINISH,
    LoginBeginAnswer,
    LoginBeginQuestion,
    LoginFinishAnswer,
    LoginFinishQuestion,
)
from postflow.records import Held
from simulators.cloudflared import CloudflaredSimulator
from simulators.cloudflared import Settings as TunnelSettings
from simulators.ims import ImsSimulator
from simulators.serving import running
from tests import unprivileged
from tests.e2e.patient import Patient, doctor, patient
from tests.e2e.studio import RULES, SETTINGS, SHOT, eventually
from tests.integration.login_rig import CLIENT, REDIRECT, SECRET_KEY, consent
from tests.nats_fixtures import connected, wait_for_port
from uploader.frameio.vault import TOKENS_KEY, TokenRecord

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

SIGNED_IN_BY_A_PERSON = {
    "FRAMEIO_AUTH": "web_app",
    "FRAMEIO_REDIRECT_URI": REDIRECT,
    "SECRET_KEY": SECRET_KEY,
    "SIGNING_KEYS": "k:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    **CLIENT,
}

ASKED_FOR = {
    "nats": {"version", "disk", "stream", "provision"},
    "watcher": {"nats", "rules", "volume", "canary", "reading", "lucidlink", "held", "traces"},
    "fileserver": {"nats", "volume", "lucidlink", "tunnel", "traces"},
    "uploader": {"nats", "login", "frameio", "account", "project UNDLM", "traces"},
    "notifier": {"nats", "channel default", "traces"},
}


@pytest.fixture
async def well(tmp_path: Path) -> AsyncIterator[Patient]:
    async with patient(tmp_path) as made:
        yield made


async def test_of_everything_there_is_a_line_and_it_stands_on_readyz_too(well: Patient) -> None:
    lines = await well.lines()
    assert {line["state"] for line in lines.values()} <= {"ok", "look"}, lines
    assert [
        (service, check) for service, checks in ASKED_FOR.items() for check in checks if (service, check) not in lines
    ] == []
    assert lines["watcher", "volume"]["detail"] == "it can be listed; EXPORTS/notes.txt could be opened"
    for name in well.stack.services:
        answer = (await well.http.get(f"{well.stack.health_url(name)}/readyz")).json()
        service = name.partition("-")[0]
        assert set(answer["checks"]) == {check for of, check in lines if of == service}


LOGIN = {"NATS_USER": "postflow", "NATS_PASSWORD": "right"}


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[str]:
    """The address of a nats-server that wants a password."""
    (port,) = ports.free(1)
    binary, config = nats_server.find(), tmp_path / "nats.conf"
    config.write_text(nats_server.configuration(binary, port=port, store=tmp_path / "store", has_login=True))
    with subprocess.Popen([binary, "-c", config], env=os.environ | LOGIN, stderr=subprocess.DEVNULL) as nats:
        wait_for_port(port)
        yield f"nats://{HOST}:{port}"
        nats.kill()


async def test_a_password_that_nats_refuses(locked: str) -> None:
    code, lines, err = await doctor(locked, **LOGIN | {"NATS_PASSWORD": "wrong"})
    assert (code, lines) == (2, {})
    (line,) = err.splitlines()
    assert "it refuses NATS_USER and NATS_PASSWORD" in line
    assert "Check NATS_URL, NATS_USER and NATS_PASSWORD" in line
    _, lines, err = await doctor(locked, **LOGIN)
    assert (lines["nats", "version"]["state"], err) == ("ok", "")


async def test_a_disk_of_nats_that_is_nearly_full(well: Patient) -> None:
    (line,) = await well.red(("nats", "disk"), NATS_MAX_FILE_STORE="200")
    assert line["what_to_do"].startswith("Give NATS a larger disk")


async def test_rules_with_a_mistake(well: Patient) -> None:
    well.stack.rules.write_text("[shows.undlm]\ncode = 5\n")
    (line,) = await well.red(("watcher", "rules"))
    assert "shows.undlm.code: found 5" in line["detail"]
    assert line["what_to_do"].startswith("Correct it")


@pytest.mark.parametrize("leaves_a_folder", [True, False], ids=["unmounted", "gone"])
async def test_a_mount_that_is_missing(well: Patient, leaves_a_folder: bool) -> None:
    await well.red()
    well.volume.rename(well.volume.with_name("away"))
    if leaves_a_folder:
        well.volume.mkdir()
    says = "is empty: nothing is mounted there" if leaves_a_folder else "cannot be read"
    for line in await well.red(("watcher", "volume"), ("fileserver", "volume"), says=says):
        assert "read it" in line["what_to_do"] or line["what_to_do"].startswith("Mount the filespace")


async def test_a_mount_whose_files_are_not_for_this_user(well: Patient) -> None:
    (well.exports / "notes.txt").chmod(0)
    for service in ("watcher", "fileserver"):
        await well.replace(service, prefix=unprivileged.python())
    for line in await well.red(("watcher", "volume"), ("fileserver", "volume")):
        said = "it can be listed, but EXPORTS/notes.txt may not be opened: Permission denied"
        assert line["detail"] == said
        assert "allow_other" in line["what_to_do"]


async def test_a_canary_that_is_missing(tmp_path: Path) -> None:
    async with patient(tmp_path, settings=SETTINGS | {"VOLUME_CANARY": "EXPORTS"}) as ill:
        ill.exports.rename(ill.volume / "OTHER")
        (line,) = await ill.red(("watcher", "canary"))
        assert line["detail"] == "EXPORTS, which must be there, is not"
        assert "VOLUME_CANARY" in line["what_to_do"]


@pytest.fixture
async def tunnelled(tmp_path: Path) -> AsyncIterator[tuple[Patient, CloudflaredSimulator]]:
    (public,) = ports.free(1)
    origin = f"http://{HOST}:{public}"
    simulator = CloudflaredSimulator(TunnelSettings(origin=origin, answers_after_s=0.1, linked_after_s=0.1))
    async with running(simulator.app) as api:
        settings = SETTINGS | {"TUNNEL": "cloudflared", "PUBLIC_URL": "", "TUNNEL_API": api, "TUNNEL_SETTLE_S": "0.2"}
        async with patient(tmp_path, settings=settings, wanted_ports=Ports(public=public)) as made:
            yield made, simulator
        await simulator.aclose()


async def test_a_tunnel_that_is_down(tunnelled: tuple[Patient, CloudflaredSimulator]) -> None:
    ill, simulator = tunnelled
    simulator.tunnel.unlink()
    (line,) = await ill.red(("fileserver", "tunnel"), says="cloudflared has no link to Cloudflare")
    assert "log of cloudflared" in line["what_to_do"]


async def test_a_public_name_that_leads_elsewhere(tunnelled: tuple[Patient, CloudflaredSimulator]) -> None:
    ill, simulator = tunnelled
    elsewhere = simulator.tunnel.settings.model_copy(update={"origin": ill.stack.urls.frameio})
    simulator.tunnel.settings = elsewhere
    simulator.tunnel.start()
    (line,) = await ill.red(("fileserver", "tunnel"), says=", but ")
    assert "PUBLIC_PORT" in line["what_to_do"], line


async def test_a_login_that_was_never_made(well: Patient) -> None:
    await well.replace("uploader", **SIGNED_IN_BY_A_PERSON)
    (line,) = await well.red(("uploader", "login"))
    assert line["what_to_do"] == "Run `postflow login`."


async def test_a_login_with_few_days_left(tmp_path: Path) -> None:
    ims = ImsSimulator()
    async with AsyncExitStack() as adobe:
        ims_url = await adobe.enter_async_context(running(ims.app))
        options = {"frameio": ["--ims", ims_url]}
        async with patient(tmp_path, simulator_options=options) as ill, connected(ill.stack.urls.nats) as bus:
            await ill.replace("uploader", IMS_URL=ims_url, **SIGNED_IN_BY_A_PERSON)
            await ill.red(("uploader", "login"))
            begun = await bus.ask(ASK_LOGIN_BEGIN, LoginBeginQuestion(), LoginBeginAnswer, timeout_s=20)
            question = LoginFinishQuestion(redirect=await consent(begun.authorize_url))
            finished = await bus.ask(ASK_LOGIN_FINISH, question, LoginFinishAnswer, timeout_s=20)
            assert finished.refusal is None
            await ill.red()
            await adobe.aclose()
            tokens = await bus.records("tokens", TokenRecord)
            held: Held[TokenRecord] | None = await tokens.get(TOKENS_KEY)
            assert held is not None
            at = datetime.now(UTC)
            old = {"issued_at": at - timedelta(days=12, hours=1), "expires_at": at + timedelta(hours=1)}
            await tokens.update(TOKENS_KEY, held.value.model_copy(update=old), held=held)
            (line,) = await ill.red(("uploader", "login"))
    assert "lasts 1 day without being renewed" in line["detail"]
    assert line["what_to_do"].startswith("Run `postflow login` before it ends")


async def test_a_token_that_frameio_does_not_take(well: Patient) -> None:
    await well.replace("uploader", FRAMEIO_TOKEN="wrong")
    (line,) = await well.red(("uploader", "frameio"))
    assert "wrong" not in line["detail"]
    assert line["what_to_do"].startswith("Renew FRAMEIO_TOKEN")


async def test_a_project_of_the_rules_that_is_not_in_frameio(well: Patient) -> None:
    well.stack.rules.write_text(RULES.replace('folder = "LOOSE"', 'folder = "LOOSE"\nproject = "NEXT"'))
    await well.stack.restart("watcher")
    (line,) = await well.red(("uploader", "project NEXT"))
    assert line["detail"].startswith("PostFlow technical user sees no such project in Simulated studio")
    assert "the rules of undlm send files there" in line["detail"]
    assert "invite PostFlow's user PostFlow technical user" in line["what_to_do"]


async def test_a_project_whose_folders_may_not_be_listed(well: Patient) -> None:
    await well.frameio_faults({"kind": "status", "route": "list_folders", "status": 403, "times": 100})
    await well.replace("uploader")
    (line,) = await well.red(("uploader", "project UNDLM"))
    assert "403" in line["detail"]
    assert "editor role" in line["what_to_do"]


async def test_a_project_that_refuses_a_file(well: Patient) -> None:
    await well.frameio_faults({"kind": "status", "route": "remote_upload", "status": 403})
    well.export(SHOT, b"film" * 1000)
    (line,) = await well.red(("uploader", "project UNDLM"))
    assert "a file was refused" in line["detail"]
    assert "postflow retry --failed" in line["what_to_do"]


async def test_a_webhook_that_was_deleted(well: Patient) -> None:
    webhook = WEBHOOK.partition("/")[0]
    await well.red()
    (await well.http.delete(f"{well.stack.urls.discord}/_sim/webhooks/{webhook}")).raise_for_status()
    (line,) = await well.red(("notifier", "channel default"))
    assert line["what_to_do"].startswith("Make a webhook")


async def test_a_jaeger_that_is_away_is_worth_a_look_and_nothing_more(well: Patient) -> None:
    await well.stack.kill("otlp")

    async def all_say_so() -> bool:
        lines = await well.lines()
        assert not any(line["state"] == "red" for line in lines.values())
        said = {service for (service, check), line in lines.items() if check == "traces" and line["state"] == "look"}
        return said == {"watcher", "fileserver", "uploader", "notifier"}

    await eventually(all_say_so, "all say that their traces do not arrive")


async def test_a_service_that_does_not_run(well: Patient) -> None:
    await well.stack.kill("uploader-1")
    (line,) = await well.red(("uploader", "answers"))
    assert line["what_to_do"].startswith("Start one or more")


async def test_rules_that_are_not_there_at_a_start(well: Patient) -> None:
    well.stack.rules.unlink()
    ended = await well.replace("watcher")
    assert await ended.end() == 2
    assert "POSTFLOW_CONFIG: there is no file" in ended.said()
    (line,) = await well.red(("watcher", "answers"))
    assert "last lines of its log" in line["what_to_do"]
