"""Which mentions the simulated Discord finds in a text, and which of them it permits."""

import pytest

from simulators.discord.mentions import Allowed, Mentions, found_in, permitted


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param("`<@1>` ```@everyone```", Mentions(), id="in-code"),
        pytest.param("@\u200beveryone <\u200b@1>", Mentions(), id="broken-up"),
        pytest.param(r"\<@1> \@everyone", Mentions(everyone=True, users=("1",)), id="a-backslash-is-no-help"),
        pytest.param("a@here.org", Mentions(everyone=True), id="within-a-word"),
        pytest.param("<@1><@1>", Mentions(users=("1",)), id="once"),
    ],
)
def test_finds_the_mentions_in_a_text(content: str, found: Mentions) -> None:
    assert found_in(content) == found


def test_nothing_that_was_not_found_is_permitted() -> None:
    allowed = Allowed(parse=("users", "roles", "everyone"), users=("9",), roles=("9",))
    assert permitted(Mentions(), allowed) == Mentions()
