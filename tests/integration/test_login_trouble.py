"""`postflow login` and what goes wrong at Adobe, as a person sees it: each is one sentence and what to do."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from postflow.bus import Bus
from tests.examples import destination
from tests.integration.login_rig import CLIENT, REDIRECT, Lot, consent, lot
from tests.nats_fixtures import NatsServer

RUN_LOGIN = "Run `postflow login`."
CORRECT_CLIENT = "Correct FRAMEIO_CLIENT_ID and FRAMEIO_CLIENT_SECRET, and start the uploader again."


async def postflow(nats_url: str, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """The command, as a process: exit code, standard output, standard error."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "console", *arguments),
        env={"PATH": os.environ["PATH"], "NATS_URL": nats_url},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(child.communicate(typed.encode()), 30)
    return child.returncode or 0, out.decode(), err.decode()


async def address(nats_url: str) -> str:
    """Where `postflow login` sends a person."""
    code, out, err = await postflow(nats_url, "login", "--json")
    assert code == 0, err
    return str(json.loads(out)["authorize_url"])


async def sign_in(nats_url: str) -> tuple[int, str, str]:
    return await postflow(nats_url, "login", "--redirect", await consent(await address(nats_url)))


async def red_lines(nats_url: str) -> dict[str, Any]:
    """Of the uploader, in doctor's table."""
    _, out, _ = await postflow(nats_url, "doctor", "--json")
    checks = json.loads(out)["checks"]
    return {line["check"]: line for line in checks if line["service"].startswith("uploader") and line["state"] == "red"}


async def restarted(made: Lot, **changed: str) -> None:
    """With other settings, as a person corrects them."""
    (uploader,) = made.uploaders
    assert await uploader.stop() == 0
    uploader.environment |= changed
    await uploader.start()


async def deliver(made: Lot, name: str) -> None:
    await made.bus.publish(made.studio.exposed(path=name, destination=destination(name=name)))


async def test_a_wrong_secret_is_said_at_the_login_and_the_right_one_lets_it_in(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path, FRAMEIO_CLIENT_SECRET="wrong") as made:
        made.about.add("unauthorized")
        (uploader,) = made.uploaders
        await uploader.until_check("login", "nobody has signed in", ok=False)
        code, _, err = await sign_in(nats.url)
        said = f"LOGIN_CLIENT_REFUSED: Adobe's sign-in answered 401, invalid_client\n→ {CORRECT_CLIENT}\n"
        assert (code, err) == (1, said)
        await restarted(made, **CLIENT)
        await uploader.until_check("login", "nobody has signed in", ok=False)
        code, out, err = await sign_in(nats.url)
        assert (code, err) == (0, "")
        assert out.startswith("Signed in as PostFlow technical user")


@pytest.mark.parametrize(
    ("wrong", "page"),
    [
        ({"FRAMEIO_REDIRECT_URI": "https://localhost:9999/callback"}, "redirect_uri is not one that is registered"),
        ({"FRAMEIO_CLIENT_ID": "another-client"}, "unknown client_id"),
    ],
    ids=["redirect", "client-id"],
)
async def test_what_adobe_shows_an_error_for_is_told_before_and_after(
    bus: Bus, nats: NatsServer, tmp_path: Path, wrong: dict[str, str], page: str
) -> None:
    """Adobe leads nobody back then: whoever sits there has its page, and what login said."""
    async with lot(bus, nats.url, tmp_path, replicas=1, **wrong) as made:
        made.about.add("malformed")
        await made.uploaders[0].until_check("login", "nobody has signed in", ok=False)
        where = await address(nats.url)
        async with httpx.AsyncClient(trust_env=False) as browser:
            shown = await browser.get(where)
        assert (shown.status_code, page in shown.text) == (400, True)
        code, out, err = await postflow(nats.url, "login", typed=f"{where}\n")
        told = " ".join(out.split())
        assert "If Adobe itself shows an error, FRAMEIO_CLIENT_ID or FRAMEIO_REDIRECT_URI is not that of the" in told
        assert code == 1
        assert err.startswith("LOGIN_REDIRECT_MISMATCH: the pasted address does not begin with https://localhost:")
        assert "correct FRAMEIO_CLIENT_ID or FRAMEIO_REDIRECT_URI, and start the uploader again" in err
        await restarted(made, FRAMEIO_REDIRECT_URI=REDIRECT, **CLIENT)
        await made.uploaders[0].until_check("login", "nobody has signed in", ok=False)
        assert (await sign_in(nats.url))[0] == 0


async def test_a_consent_that_is_refused_says_who_can_give_it(bus: Bus, nats: NatsServer, tmp_path: Path) -> None:
    async with lot(bus, nats.url, tmp_path) as made:
        await made.uploaders[0].until_check("login", "nobody has signed in", ok=False)
        made.ims.change(consent=False)
        code, _, err = await sign_in(nats.url)
        assert code == 1
        assert err.startswith("LOGIN_CONSENT_REFUSED: the consent was refused\n→ Agree in the browser, or have Adobe's")


async def test_a_consent_that_is_revoked_is_a_red_line_until_the_next_login_and_nothing_is_lost(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path) as made:
        (uploader,) = made.uploaders
        made.ims.change(expires_in_s=2)
        await uploader.until_check("login", "nobody has signed in", ok=False)
        assert (await sign_in(nats.url))[0] == 0
        await uploader.until_check("frameio", "signed in as", ok=True)
        made.ims.grants.revoke_all()
        check = await uploader.until_check("login", "the login to Frame.io has ended", ok=False)
        assert check["what_to_do"] == RUN_LOGIN
        await deliver(made, "SQ01_UNDLM_00001_v001.mov")
        lines = await red_lines(nats.url)
        assert lines["login"]["detail"] == (
            "the login to Frame.io has ended: Adobe's sign-in answered 400, invalid_grant"
        )
        assert lines["login"]["what_to_do"] == RUN_LOGIN
        made.ims.change(expires_in_s=600)
        assert (await sign_in(nats.url))[0] == 0
        await made.studio.published("delivered", timeout_s=40)
        assert await red_lines(nats.url) == {}
        assert "failed" not in [getattr(message, "state", "") for message in await made.studio.story()]


async def test_a_secret_that_was_changed_at_adobe_is_a_red_line_until_it_is_the_right_one(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    async with lot(bus, nats.url, tmp_path) as made:
        made.about.add("unauthorized")
        (uploader,) = made.uploaders
        made.ims.change(expires_in_s=4)
        await uploader.until_check("login", "nobody has signed in", ok=False)
        assert (await sign_in(nats.url))[0] == 0
        await uploader.until_check("frameio", "signed in as", ok=True)
        made.ims.change(client_secret="another", expires_in_s=600)
        check = await uploader.until_check("login", "Adobe's sign-in answered 401, invalid_client", ok=False)
        assert check["what_to_do"] == CORRECT_CLIENT
        assert (await red_lines(nats.url))["login"]["what_to_do"] == CORRECT_CLIENT
        await deliver(made, "SQ01_UNDLM_00001_v001.mov")
        await restarted(made, FRAMEIO_CLIENT_SECRET="another")
        await made.studio.published("delivered", timeout_s=40)
        await uploader.until_check("login", "lasts 13 days", ok=True)


async def test_an_adobe_that_does_not_answer_is_not_taken_for_frameio(
    bus: Bus, nats: NatsServer, tmp_path: Path
) -> None:
    nowhere = {"FRAMEIO_AUTH": "server_to_server", "IMS_URL": "http://127.0.0.1:9"}
    async with lot(bus, nats.url, tmp_path, replicas=1, **nowhere) as made:
        check = await made.uploaders[0].until_check("frameio", "Adobe's sign-in did not answer", ok=False)
        assert check["what_to_do"] == "Check IMS_URL, and that Adobe can be reached from here."
