import pytest

from fileserver.signing import Address
from fileserver.visit import visit

ADDRESS = Address("e" * 22, "1", "k1", "s" * 43)


@pytest.mark.parametrize(
    ("headers", "reported"),
    [
        pytest.param([], "", id="nobody says"),
        pytest.param([("cf-connecting-ip", "203.0.113.9")], "203.0.113.9", id="Cloudflare"),
        pytest.param([("x-forwarded-for", "203.0.113.9")], "203.0.113.9", id="ngrok, Funnel, a proxy"),
        pytest.param([("x-forwarded-for", "198.51.100.1, 203.0.113.9")], "203.0.113.9", id="added to a stranger's"),
        pytest.param(
            [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")], "203.0.113.9", id="two of them"
        ),
        pytest.param(
            [("cf-connecting-ip", "198.51.100.1"), ("x-forwarded-for", "203.0.113.9")],
            "203.0.113.9",
            id="Cloudflare's, written by a stranger",
        ),
        pytest.param([("x-forwarded-for", f"{'1' * 300}, 203.0.113.9")], "203.0.113.9", id="hidden behind very much"),
        pytest.param([("cf-connecting-ip", "203.0.113.9"), ("x-forwarded-for", "")], "203.0.113.9", id="empty"),
    ],
)
def test_the_peer_is_the_one_that_the_nearest_proxy_saw(headers: list[tuple[str, str]], reported: str) -> None:
    asked = visit("GET", ADDRESS, peer="127.0.0.1", headers=headers)
    assert asked.facts().get("reported_peer", "") == reported
