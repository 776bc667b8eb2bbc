"""A person signs in by a strict IMS, or is told why not."""

from datetime import timedelta

import pytest

from postflow.errors import PermanentError
from simulators.ims.faults import Status
from tests.integration.ims_office import Office
from tests.integration.login_rig import REDIRECT
from uploader.frameio.ims import ClientRefused


async def code_of(office: Office, redirect: str) -> str:
    refusal = (await office.finish(redirect)).refusal
    assert refusal is not None
    assert refusal.what_to_do
    assert "simulated-" not in refusal.model_dump_json()
    return refusal.code


async def test_an_address_is_good_once(office: Office) -> None:
    address = await office.address()
    assert (await office.finish(address)).refusal is None
    assert await code_of(office, address) == "LOGIN_NOT_BEGUN"


async def test_the_address_of_an_earlier_sign_in_is_refused_and_the_newest_still_works(office: Office) -> None:
    earlier = await office.address()
    newest = await office.address()
    assert await code_of(office, earlier) == "LOGIN_STATE_WRONG"
    assert (await office.finish(newest)).refusal is None


async def test_a_sign_in_that_took_too_long_begins_anew(office: Office) -> None:
    address = await office.address()
    office.clock.ahead = timedelta(minutes=16)
    assert await code_of(office, address) == "LOGIN_EXPIRED"


@pytest.mark.parametrize(
    ("pasted", "code"),
    [
        ("", "LOGIN_INCOMPLETE"),
        (f"{REDIRECT}?code=abc", "LOGIN_INCOMPLETE"),
        (f"{REDIRECT}?state=abc", "LOGIN_INCOMPLETE"),
        ("https://[broken", "LOGIN_REDIRECT_MISMATCH"),
        ("https://localhost:9999/callback?code=a&state=b", "LOGIN_REDIRECT_MISMATCH"),
        (f"{REDIRECT}?error=access_denied&state=b", "LOGIN_CONSENT_REFUSED"),
        (f"{REDIRECT}?error=invalid_scope&state=b", "LOGIN_REFUSED"),
    ],
)
async def test_what_is_not_the_address_after_a_consent_is_refused(office: Office, pasted: str, code: str) -> None:
    await office.address()
    assert await code_of(office, pasted) == code


async def test_a_code_that_adobe_does_not_take_is_refused(office: Office) -> None:
    address = await office.address()
    office.simulator.grants.codes.clear()
    office.about.add("bad_code")
    assert await code_of(office, address) == "LOGIN_CODE_REFUSED"


async def test_a_wrong_secret_is_told_to_the_person(office: Office) -> None:
    address = await office.address()
    office.simulator.change(client_secret="another")
    office.about.add("unauthorized")
    assert await code_of(office, address) == "LOGIN_CLIENT_REFUSED"
    with pytest.raises(ClientRefused):
        await office.ims.service_token()


async def test_adobe_being_away_is_told_to_the_person(office: Office) -> None:
    address = await office.address()
    office.simulator.faults.queue(Status(route="token", status=502))
    assert await code_of(office, address) == "LOGIN_INTERRUPTED"


async def test_a_login_that_sees_no_project_is_revoked_and_the_earlier_one_stays(office: Office) -> None:
    await office.login()
    office.sees = PermanentError("sees no project", code="LOGIN_NO_PROJECT", what_to_do="Invite this user.")
    assert await code_of(office, await office.address()) == "LOGIN_NO_PROJECT"
    assert office.simulator.journal.count("revoke") == 1
    tokens = await office.tokens()
    assert await office.works(await tokens.bearer())
