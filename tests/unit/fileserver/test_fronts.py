"""Who answers in our place at our public name, told from the answer alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.tunnel.fronts import BEGIN_WITH_HTTPS, LARGER_PLAN, NOTHING_IN_FRONT, ORIGIN, Answer, in_front
from fileserver.tunnel.gate import Found

NAME = "https://film.example"
CURE = "Restart it."
SIGNED = "/x/aaaaaaaaaaaaaaaaaaaaaa/1790000000/k/bbbb"


def said(status: int, body: bytes = b"", base_url: str = NAME, **headers: str) -> tuple[str, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    probed = in_front(Answer(status, False, body, named, base_url), CURE)
    assert probed.found is Found.BROKEN
    return probed.why, probed.what_to_do


@pytest.mark.parametrize("status", [301, 302, 303, 307])
def test_cloudflare_access_is_named(status: int) -> None:
    location = f"https://studio.cloudflareaccess.com/cdn-cgi/access/login/film.example?redirect_url={SIGNED}"
    why, what_to_do = said(status, location=location)
    assert why == f"a login of Cloudflare Access stands in front ({status} to studio.cloudflareaccess.com)"
    assert what_to_do == NOTHING_IN_FRONT


@pytest.mark.parametrize(
    ("location", "where"),
    [
        (f"https://login.example:8443/?to={SIGNED}", "login.example"),
        (f"/login?to={SIGNED}", "elsewhere"),
        ("https://[::1", None),
        ("https://logín.example/", "elsewhere"),
        ("https://cloudflareaccess.com.evil.example/", "cloudflareaccess.com.evil.example"),
    ],
)
def test_a_redirect_says_to_which_host_and_nothing_else_of_it(location: str, where: str | None) -> None:
    why, what_to_do = said(302, location=location)
    assert why == (
        f"somebody in front sends us to a login or the like (302 to {where})"
        if where
        else "somebody in front sends us elsewhere (302)"
    )
    assert what_to_do == NOTHING_IN_FRONT


def test_a_name_that_is_answered_by_https_only_is_no_login() -> None:
    why, what_to_do = said(301, base_url="http://film.example", location=f"https://film.example{SIGNED}")
    assert (why, what_to_do) == ("the name is answered by https only (301)", BEGIN_WITH_HTTPS)


@pytest.mark.parametrize(
    ("status", "body", "headers", "words"),
    [
        pytest.param(
            200,
            b"<!doctype html><title>\n Sign in  to Studio</title>",
            {},
            "somebody in front answers, and not we (200, a page “Sign in to Studio”)",
            id="login-page",
        ),
        pytest.param(
            200,
            f"<title>{SIGNED}</title>".encode(),
            {},
            "somebody in front answers, and not we (200)",
            id="a-page-that-quotes-the-address",
        ),
        pytest.param(
            200, b"<title>a\x07b</title>", {}, "somebody in front answers, and not we (200)", id="no-printable-title"
        ),
        pytest.param(200, b"OK", {}, "somebody in front answers, and not we (200)", id="no-page"),
        pytest.param(
            403, b"", {"cf_mitigated": "challenge"}, "a challenge of Cloudflare stands in front (403)", id="challenge"
        ),
        pytest.param(
            401, b"", {"www_authenticate": "Basic"}, "a password or a login is asked for in front (401)", id="password"
        ),
        pytest.param(
            403,
            b'{"error_code": 1010}',
            {},
            "a protection of the edge refuses us (403, error 1010)",
            id="browser-integrity-check",
        ),
        pytest.param(403, b"<title>Forbidden</title>", {}, "(403, a page “Forbidden”)", id="waf"),
    ],
)
def test_what_stands_in_front_is_named(status: int, body: bytes, headers: dict[str, str], words: str) -> None:
    why, what_to_do = said(status, body, **headers)
    assert words in why
    assert SIGNED not in why
    assert what_to_do == NOTHING_IN_FRONT


@pytest.mark.parametrize(
    ("status", "code", "words", "cure"),
    [
        pytest.param(200, 6024, "ngrok shows its warning page", None, id="interstitial"),
        pytest.param(403, 725, "what ngrok's plan carries in a month is used up", LARGER_PLAN, id="bytes"),
        pytest.param(403, 727, "what ngrok's plan carries in a month is used up", LARGER_PLAN, id="requests"),
        pytest.param(403, 4027, "what ngrok's plan carries in a month is used up", LARGER_PLAN, id="credit"),
        pytest.param(429, 734, "no more in so short a time", LARGER_PLAN, id="pace"),
        pytest.param(404, 3200, "ngrok answers 404, ERR_NGROK_3200", CURE, id="offline"),
        pytest.param(502, 8012, "ngrok does not reach the fileserver", ORIGIN, id="origin"),
    ],
)
def test_errors_of_ngrok_are_told_by_their_number(status: int, code: int, words: str, cure: str | None) -> None:
    why, what_to_do = said(status, b"<html>", ngrok_error_code=f"ERR_NGROK_{code}")
    assert words in why
    assert f"ERR_NGROK_{code}" in why
    assert what_to_do == cure if cure else what_to_do


def test_what_is_no_number_of_ngroks_is_not_repeated() -> None:
    assert said(502, ngrok_error_code=f"ERR_NGROK_1 {SIGNED}") == (
        "the edge answers 502: it does not reach the fileserver",
        ORIGIN,
    )


@given(
    st.integers(100, 599),
    st.binary(max_size=80),
    st.sampled_from(["location", "ngrok-error-code", "cf-mitigated", "www-authenticate"]),
    st.text(max_size=40),
)
def test_whatever_answers_there_is_something_to_say_and_to_do(status: int, body: bytes, name: str, value: str) -> None:
    probed = in_front(Answer(status, False, body, {name: value}, NAME), CURE)
    assert probed.why
    assert probed.what_to_do
