"""The pure parts of the Discord channel: addresses, answers, pace and bodies."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.card import Card, Line, State
from notifier.channels import answers, payload, webhook
from notifier.channels.outcomes import CardRefused, Closed, MessageGone, TooFast, Unanswered
from notifier.channels.pace import Pace
from postflow.errors import PermanentError, PostFlowError
from simulators.discord import forms
from tests.examples import AT

VIA = {"via": "1.1 google"}


@pytest.mark.parametrize(
    ("given_as", "address"),
    [
        pytest.param("https://discord.com/api/webhooks/12/ab_C-d", "https://discord.com", id="as-copied"),
        pytest.param("https://discordapp.com/api/webhooks/12/ab_C-d", "https://discord.com", id="old-name"),
        pytest.param("https://ptb.discord.com/api/v8/webhooks/12/ab_C-d", "https://discord.com", id="ptb"),
        pytest.param("https://canary.discord.com/api/webhooks/12/ab_C-d/", "https://discord.com", id="canary"),
        pytest.param("http://127.0.0.1:9/api/v10/webhooks/12/ab_C-d?wait=true", "http://127.0.0.1:9", id="stand-in"),
        pytest.param("http://[::1]:9/d/api/webhooks/12/ab_C-d", "http://[::1]:9/d", id="with-a-prefix"),
    ],
)
def test_an_address_is_put_together_with_the_version(given_as: str, address: str) -> None:
    assert webhook.parse(given_as).address == f"{address}/api/v10/webhooks/12/ab_C-d"


@pytest.mark.parametrize(
    "given_as",
    [
        "",
        "discord.com/api/webhooks/12/SECRET",
        "ftp://discord.com/api/webhooks/12/SECRET",
        "https://discord.com/channels/12/SECRET",
        "https://discord.com/api/webhooks/12",
        "https://discord.com/api/webhooks/x/SECRET",
        "https://discord.com/api/webhooks/12/SECRET/slack",
        "https://me:SECRET@discord.com/api/webhooks/12/SECRET",
        "https://[/api/webhooks/12/SECRET",
        "https://discord.com:99999/api/webhooks/12/SECRET",
    ],
)
def test_what_is_no_webhook_is_refused_without_quoting_it(given_as: str) -> None:
    with pytest.raises(ValueError, match="must be a webhook") as refused:
        webhook.parse(given_as)
    assert "SECRET" not in str(refused.value)


def test_a_webhook_does_not_show_its_token() -> None:
    assert "ab_C-d" not in repr(webhook.parse("https://discord.com/api/webhooks/12/ab_C-d"))


def said(status: int, body: object, headers: dict[str, str] = VIA) -> PostFlowError | None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answers.trouble(status, headers, content)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        pytest.param(200, {"id": "1"}, type(None), id="posted"),
        pytest.param(204, b"", type(None), id="without-a-body"),
        pytest.param(404, {"code": 10008}, MessageGone, id="message-deleted"),
        pytest.param(404, {"code": 10015}, Closed, id="webhook-deleted"),
        pytest.param(404, {"code": 10003}, Closed, id="channel-deleted"),
        pytest.param(404, b"not here", Closed, id="no-discord-at-all"),
        pytest.param(401, {"code": 50027}, Closed, id="wrong-token"),
        pytest.param(403, {"code": 50013}, Closed, id="no-permission"),
        pytest.param(400, {"code": 220001}, Closed, id="forum"),
        pytest.param(400, {"code": 50035, "errors": {}}, CardRefused, id="invalid-form"),
        pytest.param(400, {"code": 50006}, CardRefused, id="empty"),
        pytest.param(413, {"code": 40005}, CardRefused, id="too-large"),
        pytest.param(400, {"code": 200000}, PermanentError, id="automod"),
        pytest.param(429, {"retry_after": 1.5}, TooFast, id="too-fast"),
        pytest.param(429, {"retry_after": 1.5, "code": 30046}, TooFast, id="old-edit"),
        pytest.param(403, {"code": 40333}, TooFast, id="blocked-client"),
        pytest.param(500, b"<html>", Unanswered, id="broken"),
        pytest.param(502, b"<html>", Unanswered, id="bad-gateway"),
        pytest.param(302, b"", Unanswered, id="a-redirect"),
    ],
)
def test_each_answer_means_one_thing(status: int, body: object, outcome: type[object]) -> None:
    assert type(said(status, body)) is outcome


@pytest.mark.parametrize(("code", "for_good"), [(10015, True), (10003, True), (0, False)])
def test_only_who_says_that_the_webhook_is_gone_is_never_asked_again(code: int, for_good: bool) -> None:
    closed = said(404, {"code": code})
    assert isinstance(closed, Closed)
    assert closed.for_good is for_good


@pytest.mark.parametrize(
    ("status", "body", "headers", "hold_s", "everywhere"),
    [
        pytest.param(429, {"retry_after": 0.3, "global": False}, VIA | {"retry-after": "1"}, 0.3, False, id="exact"),
        pytest.param(429, {"retry_after": 45, "global": True}, VIA, 45.0, True, id="global"),
        pytest.param(429, b"error code: 1015", {"retry-after": "7"}, 300.0, True, id="banned"),
        pytest.param(429, b"error code: 1015", {"retry-after": "900"}, 900.0, True, id="banned-for-longer"),
        pytest.param(403, b"<html>", {}, 300.0, True, id="banned-as-forbidden"),
        pytest.param(429, {"retry_after": "NaN"}, VIA, 300.0, True, id="no-number"),
    ],
)
def test_who_asks_to_slow_down_says_for_how_long_and_for_whom(
    status: int, body: object, headers: dict[str, str], hold_s: float, everywhere: bool
) -> None:
    asked = said(status, body, headers)
    assert isinstance(asked, TooFast)
    assert (asked.hold_s, asked.everywhere) == (hold_s, everywhere)
    assert asked.retry_after_s is not None
    assert asked.retry_after_s <= 25


def test_a_refusal_names_places_and_no_words_of_ours() -> None:
    body = {
        "code": 50035,
        "errors": {"embeds": {"0": {"title": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "SECRET"}]}}}},
    }
    assert str(said(400, body)) == "Discord refused a card: 400, code 50035, at embeds.0.title"


@given(
    st.integers(100, 599), st.binary(max_size=60), st.dictionaries(st.sampled_from(["via", "retry-after"]), st.text())
)
def test_no_answer_breaks_the_reader(status: int, body: bytes, headers: dict[str, str]) -> None:
    answers.trouble(status, headers, body)
    answers.message_id(body)
    answers.room({"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "soon"} | headers)


@given(st.lists(st.floats(0, 5), min_size=1, max_size=300))
def test_no_minute_sees_more_than_thirty_calls(pauses: list[float]) -> None:
    pace, now, calls = Pace(), 0.0, list[float]()
    for pause in pauses:
        now += pause
        now += pace.wait_s(now) + 1e-9
        pace.spend(now)
        calls.append(now)
    assert all(sum(at <= call < at + 60 for call in calls) <= 30 for at in calls)


def test_a_longer_wait_is_not_cut_by_a_shorter_one() -> None:
    pace = Pace()
    pace.hold(0.0, 10.0)
    pace.hold(0.0, 1.0)
    assert pace.wait_s(0.0) == 10.0
    assert pace.wait_s(10.0) == 0.0


def test_five_cards_go_out_at_once_and_the_next_one_waits() -> None:
    pace = Pace()
    for _ in range(5):
        assert pace.wait_s(0.0) == 0.0
        pace.spend(0.0)
    assert pace.wait_s(0.0) == pytest.approx(60 / 25)


NASTY = st.text(st.sampled_from("\\`*_~|>#-[]()<@:\n ") | st.characters(), max_size=600)
ANY_CARD = st.builds(
    Card,
    state=st.sampled_from(State),
    at=st.just(AT),
    title=NASTY,
    says=NASTY.map(lambda text: text * 3),
    lines=st.lists(st.builds(Line, label=NASTY, text=NASTY), max_size=20).map(tuple),
    link=st.none() | NASTY.map(lambda text: f"https://x.y/{text}"),
    trace=st.none() | NASTY.map(lambda text: f"https://x.y/{text}"),
)


@given(ANY_CARD)
def test_no_card_breaks_a_limit_of_discord(card: Card) -> None:
    whole = forms.parse(forms.Execute, payload.whole(card))
    assert list(forms.unknown_fields(whole)) == []
    assert whole.embeds is not None
    assert 0 < whole.embeds[0].size() <= 6000
    forms.parse(forms.Execute, payload.reduced(card))
    assert payload.reduced(card)["content"]


@given(ANY_CARD)
def test_every_body_says_that_nobody_is_to_be_pinged(card: Card) -> None:
    for body in (payload.whole(card), payload.reduced(card)):
        assert body["allowed_mentions"] == {"parse": []}


CALLED = ("user:80351110224678912", "role:41771983423143936")


@pytest.mark.parametrize("state", State)
def test_whom_the_rules_name_is_called_when_a_card_needs_a_person(state: State) -> None:
    body = payload.whole(Card(state=state, at=AT, title="@everyone", says="<@1>"), CALLED)
    if state in payload.NEEDS_A_PERSON:
        assert body["content"] == "<@80351110224678912> <@&41771983423143936>"
        ids = {"users": ["80351110224678912"], "roles": ["41771983423143936"]}
        assert body["allowed_mentions"] == {"parse": []} | ids
    else:
        assert (body["content"], body["allowed_mentions"]) == (None, {"parse": []})


def test_a_hundred_people_do_not_break_the_message() -> None:
    everybody = [f"role:{10**19 + number}" for number in range(100)]
    forms.parse(forms.Execute, payload.whole(Card(state=State.FAILED, at=AT, title="a", says="b"), everybody))


def test_the_title_leads_to_the_file_and_so_does_a_button() -> None:
    link = "https://next.frame.io/project/p/view/a"
    body = payload.whole(Card(state=State.DELIVERED, at=AT, title="a_b", says="c", link=link, trace="http://j/trace/1"))
    embed: dict[str, Any] = body["embeds"][0]
    assert (embed["title"], embed["url"]) == ("a\\_b", link)
    assert body["components"][0]["components"][0] == {"type": 2, "style": 5, "label": "Open in Frame.io", "url": link}
    assert embed["fields"][-1]["value"] == "[every step of this file](http://j/trace/1)"
    assert embed["timestamp"] == (AT + timedelta()).isoformat()
