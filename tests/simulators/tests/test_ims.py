"""The simulated IMS: what it issues, what it refuses, and that Frame.io takes its tokens until they expire."""

import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from simulators.faults import Reset
from simulators.frameio import FrameioSimulator
from simulators.frameio import Settings as FrameioSettings
from simulators.ims import ImsSimulator
from simulators.ims.faults import ErrorAfterCommit, LostAnswer, Status
from simulators.instants import HandClock
from simulators.serving import running

CLIENT = ("simulated-client", "simulated-secret")
REDIRECT = "https://localhost:8443/callback"
ASKED = {
    "client_id": CLIENT[0],
    "redirect_uri": REDIRECT,
    "scope": "openid email profile offline_access additional_info.roles",
    "response_type": "code",
    "state": "the state",
}


class Ims:
    def __init__(self, simulator: ImsSimulator, clock: HandClock, http: httpx.AsyncClient) -> None:
        self.simulator = simulator
        self.clock = clock
        self.http = http

    async def consent(self, **changed: str) -> dict[str, str]:
        """The parameters that the person comes back with."""
        answer = await self.http.get("/ims/authorize/v2", params=ASKED | changed)
        assert answer.status_code == 302
        assert answer.headers["location"].startswith(f"{REDIRECT}?")
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}

    async def token(self, auth: tuple[str, str] | None = CLIENT, **form: str) -> httpx.Response:
        return await self.http.post("/ims/token/v3", data=form, auth=httpx.BasicAuth(*auth) if auth else httpx.Auth())

    async def login(self) -> dict[str, Any]:
        code = (await self.consent())["code"]
        return dict((await self.token(grant_type="authorization_code", code=code)).json())

    async def refresh(self, refresh_token: str) -> httpx.Response:
        return await self.token(grant_type="refresh_token", refresh_token=refresh_token)

    async def active(self, token: str) -> bool:
        return bool((await self.http.post("/_sim/introspect", json={"token": token})).json()["active"])


@pytest.fixture
async def ims() -> AsyncIterator[Ims]:
    clock = HandClock()
    simulator = ImsSimulator(clock=clock)
    transport = httpx.ASGITransport(simulator.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ims") as http:
        yield Ims(simulator, clock, http)


async def test_a_consent_leads_back_with_a_code_and_the_state_and_the_code_to_tokens(ims: Ims) -> None:
    came_back = await ims.consent()
    assert came_back["state"] == "the state"
    answer = (await ims.token(grant_type="authorization_code", code=came_back["code"])).json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 86_399)
    assert await ims.active(answer["access_token"])
    assert re.fullmatch(r"simulated-refresh-\S{40,}", answer["refresh_token"])


async def test_the_secret_may_come_in_the_form_and_scopes_with_commas(ims: Ims) -> None:
    code = (await ims.consent(scope="openid,email,offline_access"))["code"]
    form = {"grant_type": "authorization_code", "code": code, "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert "refresh_token" in (await ims.token(None, **form)).json()


async def test_without_offline_access_there_is_no_refresh_token(ims: Ims) -> None:
    code = (await ims.consent(scope="openid email"))["code"]
    assert "refresh_token" not in (await ims.token(grant_type="authorization_code", code=code)).json()


@pytest.mark.parametrize("changed", [{"client_id": "other"}, {"redirect_uri": "https://elsewhere/"}])
async def test_nobody_is_led_to_an_address_that_is_not_registered(ims: Ims, changed: dict[str, str]) -> None:
    answer = await ims.http.get("/ims/authorize/v2", params=ASKED | changed)
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"scope": "openid everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"state": ""}, "invalid_request"),
        ({"state": "s" * 4097}, "invalid_request"),
    ],
)
async def test_a_wrong_question_comes_back_as_an_error(ims: Ims, changed: dict[str, str], error: str) -> None:
    assert (await ims.consent(**changed))["error"] == error
    assert ims.simulator.journal.violations == 1


async def test_a_refused_consent_comes_back_with_the_state(ims: Ims) -> None:
    ims.simulator.change(consent=False)
    came_back = await ims.consent()
    assert (came_back["error"], came_back["state"]) == ("access_denied", "the state")
    assert ims.simulator.journal.violations == 0


async def test_a_code_is_good_once_and_whoever_brings_it_again_kills_what_came_of_it(ims: Ims) -> None:
    code = (await ims.consent())["code"]
    first = (await ims.token(grant_type="authorization_code", code=code)).json()
    again = await ims.token(grant_type="authorization_code", code=code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not await ims.active(first["access_token"])


async def test_a_code_is_good_for_the_address_that_it_was_sent_to(ims: Ims) -> None:
    code = (await ims.consent())["code"]
    answers = [
        await ims.token(grant_type="authorization_code", code=code, redirect_uri=address)
        for address in ("https://elsewhere/", REDIRECT)
    ]
    assert [answer.status_code for answer in answers] == [400, 200]
    assert [one.kind for one in ims.simulator.journal.refused] == ["bad_code"]


async def test_a_code_expires(ims: Ims) -> None:
    code = (await ims.consent())["code"]
    ims.clock.advance(301)
    assert (await ims.token(grant_type="authorization_code", code=code)).json()["error"] == "invalid_grant"


async def test_a_refresh_token_rotates_and_the_old_one_is_dead(ims: Ims) -> None:
    first = await ims.login()
    second = (await ims.refresh(first["refresh_token"])).json()
    assert second["refresh_token"] != first["refresh_token"]
    again = await ims.refresh(first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert ims.simulator.grants.counts.reuses == 1
    assert (await ims.refresh(second["refresh_token"])).status_code == 200


async def test_reuse_may_kill_the_whole_family(ims: Ims) -> None:
    ims.simulator.change(kill_family=True)
    first = await ims.login()
    second = (await ims.refresh(first["refresh_token"])).json()
    await ims.refresh(first["refresh_token"])
    assert not await ims.active(second["access_token"])
    assert (await ims.refresh(second["refresh_token"])).status_code == 400


async def test_with_grace_an_old_token_is_taken_until_the_new_one_is_used(ims: Ims) -> None:
    ims.simulator.change(grace_s=30)
    first = await ims.login()
    lost = (await ims.refresh(first["refresh_token"])).json()
    second = (await ims.refresh(first["refresh_token"])).json()
    assert (await ims.refresh(lost["refresh_token"])).status_code == 400
    assert (await ims.refresh(second["refresh_token"])).status_code == 200
    assert (await ims.refresh(first["refresh_token"])).status_code == 400


async def test_a_lost_answer_has_rotated_and_trying_again_is_no_reuse(ims: Ims) -> None:
    ims.simulator.change(grace_s=30)
    first = await ims.login()
    ims.simulator.faults.queue(LostAnswer(route="token"))
    await ims.refresh(first["refresh_token"])
    assert (await ims.refresh(first["refresh_token"])).status_code == 200
    counts = ims.simulator.grants.counts
    assert (counts.reuses, counts.forgiven, counts.rotations) == (0, 1, 2)
    assert ims.simulator.journal.violations == 0


async def test_a_refresh_token_ends_after_14_days_and_each_rotation_begins_them_anew(ims: Ims) -> None:
    first = await ims.login()
    ims.clock.advance(13 * 86_400)
    second = (await ims.refresh(first["refresh_token"])).json()
    ims.clock.advance(13 * 86_400)
    third = (await ims.refresh(second["refresh_token"])).json()
    ims.clock.advance(14 * 86_400)
    assert (await ims.refresh(third["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_service_gets_a_token_for_its_secret_and_no_refresh_token(ims: Ims) -> None:
    scope = "openid,AdobeID,frame.s2s.all"
    answer = (await ims.token(grant_type="client_credentials", scope=scope)).json()
    assert await ims.active(answer["access_token"])
    assert "refresh_token" not in answer
    assert (await ims.token(grant_type="client_credentials", scope="openid")).json()["error"] == "invalid_scope"


async def test_a_wrong_secret_is_an_invalid_client(ims: Ims) -> None:
    answer = await ims.token((CLIENT[0], "wrong"), grant_type="refresh_token", refresh_token="any")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_what_is_revoked_is_dead_and_revoking_nothing_is_no_error(ims: Ims) -> None:
    tokens = await ims.login()
    for token in (tokens["refresh_token"], "unknown"):
        answer = await ims.http.post("/ims/revoke", data={"token": token}, auth=CLIENT)
        assert (answer.status_code, answer.content) == (200, b"")
    assert not await ims.active(tokens["access_token"])


async def test_an_error_page_is_html_and_has_no_effect(ims: Ims) -> None:
    tokens = await ims.login()
    ims.simulator.faults.queue(Status(route="token", status=503))
    answer = await ims.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.headers["content-type"][:9]) == (503, "text/html")
    assert (await ims.refresh(tokens["refresh_token"])).status_code == 200


async def test_an_error_in_oauths_words_has_no_effect_either(ims: Ims) -> None:
    tokens = await ims.login()
    ims.simulator.faults.queue(Status(route="token", status=400, error="server_error", retry_after_s=5))
    answer = await ims.refresh(tokens["refresh_token"])
    assert (answer.json()["error"], answer.headers["retry-after"]) == ("server_error", "5")
    assert (await ims.refresh(tokens["refresh_token"])).status_code == 200
    assert ims.simulator.journal.violations == 0


async def test_an_error_may_come_though_the_token_was_rotated(ims: Ims) -> None:
    tokens = await ims.login()
    ims.simulator.faults.queue(ErrorAfterCommit(route="token"))
    assert (await ims.refresh(tokens["refresh_token"])).status_code == 502
    assert (await ims.refresh(tokens["refresh_token"])).json()["error"] == "invalid_grant"
    assert (ims.simulator.grants.counts.forgiven, ims.simulator.journal.violations) == (1, 0)


async def test_a_connection_may_go_before_anything_was_done(ims: Ims) -> None:
    tokens = await ims.login()
    ims.simulator.faults.queue(Reset(route="token"))
    await ims.refresh(tokens["refresh_token"])
    assert ims.simulator.grants.counts.rotations == 0
    assert [(call.status, call.injected) for call in ims.simulator.journal.calls][-1] == (0, True)


async def test_a_path_that_there_is_not_is_a_violation(ims: Ims) -> None:
    assert (await ims.http.get("/ims/token/v3")).status_code == 405
    assert [one.kind for one in ims.simulator.journal.refused] == ["unknown_route"]


async def test_settings_can_be_changed_and_tokens_ended_from_outside(ims: Ims) -> None:
    changed = await ims.http.post("/_sim/settings", json={"expires_in_s": 5})
    assert changed.json()["expires_in_s"] == 5
    assert "client_secret" not in changed.json()
    assert (await ims.http.post("/_sim/settings", json={"expires": 5})).status_code == 422
    tokens = await ims.login()
    assert tokens["expires_in"] == 5
    await ims.http.post("/_sim/expire")
    assert not await ims.active(tokens["access_token"])
    await ims.http.post("/_sim/revoke")
    assert (await ims.refresh(tokens["refresh_token"])).status_code == 400
    assert (await ims.http.post("/_sim/nothing")).status_code == 404


async def test_frameio_takes_a_token_of_ims_until_it_expires(ims: Ims) -> None:
    async with running(ims.simulator.app) as ims_url:
        frameio = FrameioSimulator(FrameioSettings(ims_url=ims_url))
        transport = httpx.ASGITransport(frameio.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://frameio") as http:
            token = (await ims.login())["access_token"]
            headers = {"authorization": f"Bearer {token}"}
            assert (await http.get("/v4/me", headers=headers)).status_code == 200
            ims.clock.advance(86_399)
            assert (await http.get("/v4/me", headers=headers)).status_code == 401
            assert frameio.journal.violations == 0
            assert (await http.get("/v4/me", headers={"authorization": "Bearer other"})).status_code == 401
            assert frameio.journal.violations == 1
        await frameio.aclose()
