"""What is made of the answers of Adobe's sign-in."""

from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr

from tests.examples import AT
from uploader.frameio.ims import ClientRefused, GrantRefused, Ims, ImsUnavailable


def ims(answer: httpx.Response) -> Ims:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer), base_url="https://ims.example")
    return Ims(http, client_id="id", client_secret=SecretStr("hush"), now=lambda: AT)


async def test_a_token_is_good_from_when_it_was_asked_for() -> None:
    access = await ims(httpx.Response(200, json={"access_token": "a", "expires_in": 86_399})).service_token()
    assert (access.issued_at, access.expires_at) == (AT, AT + timedelta(seconds=86_399))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("<html>", id="a-page"),
        pytest.param('{"access_token": "", "expires_in": 1}', id="empty"),
        pytest.param('{"access_token": "a"}', id="no-life"),
        pytest.param('{"access_token": "a", "expires_in": 0}', id="over"),
        pytest.param('{"access_token": "a", "expires_in": 1e300}', id="beyond-the-calendar"),
        pytest.param('{"access_token": "a", "expires_in": Infinity}', id="for-ever"),
        pytest.param('{"access_token": "a", "expires_in": NaN}', id="no-number"),
    ],
)
async def test_what_is_no_token_is_asked_for_again_later(body: str) -> None:
    with pytest.raises(ImsUnavailable, match="no token"):
        await ims(httpx.Response(200, text=body)).service_token()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_client"}, ClientRefused),
        (401, {"error": "unauthorized_client"}, ClientRefused),
        (400, {"error": "invalid_scope"}, ClientRefused),
        (400, {"error": "invalid_grant"}, GrantRefused),
        (401, {"error": "access_denied"}, GrantRefused),
        (400, {"error": "something_new"}, ImsUnavailable),
        (400, {"error": "hush <secret>"}, ImsUnavailable),
        (400, ["invalid_grant"], ImsUnavailable),
        (429, {"error": "invalid_grant"}, ImsUnavailable),
        (503, {"error": "invalid_client"}, ImsUnavailable),
    ],
)
async def test_a_refusal_goes_by_its_word_and_shows_nothing_else(
    status: int, body: object, kind: type[Exception]
) -> None:
    with pytest.raises(kind) as refused:
        await ims(httpx.Response(status, json=body)).service_token()
    assert type(refused.value) is kind
    assert "hush" not in str(refused.value)


async def test_a_page_that_no_reader_can_hold_is_no_answer() -> None:
    with pytest.raises(ImsUnavailable):
        await ims(httpx.Response(400, text="[" * 60_000)).service_token()
