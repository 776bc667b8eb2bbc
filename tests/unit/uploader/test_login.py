"""What a person pastes after the consent, as browsers show it."""

import pytest

from postflow.questions import LoginFinishQuestion
from uploader.frameio.login import LoginFailed, came_back

TOLD = "?code=c&state=s"


@pytest.mark.parametrize(
    ("redirect_uri", "shown"),
    [
        ("https://localhost:8443/callback", f"https://localhost:8443/callback{TOLD}"),
        ("https://Studio.Example.com/cb", f"https://studio.example.com/cb{TOLD}"),
        ("https://localhost:443/cb", f"https://localhost/cb{TOLD}"),
        ("https://localhost/cb", f"https://localhost:443/cb{TOLD}"),
        ("https://localhost:8443", f"https://localhost:8443/{TOLD}"),
        ("https://localhost:8443/", f"https://localhost:8443{TOLD}"),
        ("https://localhost:8443/callback", f"localhost:8443/callback{TOLD}"),
        ("https://localhost:8443/callback", f'"https://localhost:8443/callback{TOLD}"'),
        ("https://localhost:8443/callback", f" <https://localhost:8443/callback{TOLD}>\n"),
        ("https://localhost:8443/callback", f"https://localhost:8443/callback{TOLD}#"),
    ],
)
def test_what_a_browser_makes_of_the_address_is_still_the_address(redirect_uri: str, shown: str) -> None:
    assert came_back(LoginFinishQuestion(redirect=shown), redirect_uri) == ("c", "s")


@pytest.mark.parametrize(
    "shown",
    [
        "https://localhost:8443/other",
        "https://localhost:8443/CALLBACK",
        "http://localhost:8443/callback",
        "https://localhost/callback",
        "https://elsewhere:8443/callback",
        "https://localhost:99999/callback",
        "https://[/callback",
        "callback",
        "",
    ],
)
def test_another_address_is_refused(shown: str) -> None:
    with pytest.raises(LoginFailed) as refused:
        came_back(LoginFinishQuestion(redirect=f"{shown}{TOLD}"), "https://localhost:8443/callback")
    assert refused.value.code == "LOGIN_REDIRECT_MISMATCH"
