"""The notifier between a real nats-server and a Discord on a real socket, with every limit of the real one."""

import asyncio

import pytest

from notifier import notify
from postflow.bus import Bus
from postflow.topology import STREAM
from simulators.discord.faults import ResetAfterCommit, Status
from simulators.discord.mentions import Mentions
from simulators.faults import DelayAnswer
from tests.examples import AT, delivered, destination, failed
from tests.integration.notifier_scene import discord, notifying, quick_retries
from tests.nats_fixtures import NatsServer
from tests.unit.notifier.examples import condition, parked, playable

__all__ = ["quick_retries"]

pytestmark = pytest.mark.usefixtures("quick_retries")


async def test_a_delivered_file_is_one_card_that_leads_to_it(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.hear(delivered())
        await scene.settled()
    (message,) = scene.shown
    embed = message.shown.embeds[0]
    assert scene.titles == ["Delivered: SQ01_UNDLM_00003_v001.mov"]
    assert embed["url"] == delivered().view_url
    assert message.shown.components[0]["components"][0]["url"] == delivered().view_url
    assert f"http://jaeger:16686/trace/{delivered().file_id}" in embed["fields"][-1]["value"]


async def test_a_message_that_comes_again_posts_nothing(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.hear(delivered(), delivered())
        await scene.settled()
        await scene.hear(delivered())
        await scene.settled()
    assert scene.discord.journal.count("execute") == 1
    assert scene.discord.journal.count("edit_message") == 0


async def test_a_file_that_failed_and_was_delivered_then_is_one_card(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.hear(failed())
        await scene.settled()
        assert scene.titles == ["Not delivered: SQ01_UNDLM_00003_v001.mov"]
        await scene.hear(delivered(attempt=2), playable(attempt=2))
        await scene.settled()
    assert scene.titles == ["Playable: SQ01_UNDLM_00003_v001.mov"]
    assert scene.discord.journal.count("execute") == 1


async def test_trouble_is_a_card_that_is_changed_when_it_is_over(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.hear(condition(), condition(at=AT.replace(minute=1)), parked())
        await scene.settled()
        await scene.hear(condition("cleared", at=AT.replace(minute=2)))
        await scene.settled()
    assert sorted(scene.titles) == [
        "Over: the tunnel does not answer",
        "Put aside by watcher: a message it could not handle",
    ]


NAMES = [
    "@everyone @here <@123456789012345678> <@&123456789012345678>.mov",
    "**bold** _v_ ~~x~~ ||spoiler|| # > - [free](https:evil).mov",
    "`@everyone` ```code``` <t:1:R> <:a:1> .mov",
    "first line\n# second\u202e line\x00.mov",
    "é" * 125 + ".mov",
    "_" * 251 + ".mov",
    "🎬" * 62 + ".mov",
]


@pytest.mark.parametrize("name", NAMES, ids=["mentions", "markdown", "backticks", "lines", "bytes", "escapes", "emoji"])
async def test_no_name_mentions_anybody_or_breaks_the_card(bus: Bus, name: str) -> None:
    about = {"path": f"SQ01/{name}", "destination": destination(name=name)}
    async with notifying(bus, discord()) as scene:
        await scene.hear(delivered(**about), failed(**about, size_bytes=1, why=name, what_to_do=name))
        await scene.settled()
    assert len(scene.shown) == 2
    for message in scene.shown:
        assert message.mentioned == Mentions()
        assert message.pings == Mentions()
        assert message.shown.content == ""
        assert not any(sign in str(message.shown.embeds) for sign in ("@everyone", "@here", "<@", "\u202e", "\\n"))


async def test_many_cards_keep_within_the_limits(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.hear(*(delivered(size_bytes=number) for number in range(40)))
        await scene.settled()
    assert len({message.shown.embeds[0]["fields"][2]["value"] for message in scene.shown}) == 40
    assert len(scene.shown) == 40


async def test_when_discord_is_stricter_than_its_headers_say_every_card_still_comes_once(bus: Bus) -> None:
    async with notifying(bus, discord(channel_limit=4, channel_window_s=0.4)) as scene:
        scene.about.add("rate_limited")
        await scene.hear(*(delivered(size_bytes=number) for number in range(12)))
        await scene.settled()
    assert len(scene.shown) == 12


async def test_an_error_of_discord_is_tried_again(bus: Bus) -> None:
    simulator = discord()
    simulator.faults.queue(Status(status=500, times=2), Status(status=429, retry_after_s=0.1, scope="shared"))
    async with notifying(bus, simulator) as scene:
        await scene.hear(delivered())
        await scene.settled()
    assert len(scene.shown) == 1


async def test_a_card_whose_answer_was_lost_may_repeat_once_and_is_counted(bus: Bus) -> None:
    def repeated() -> float:
        return sum(sample.value for metric in notify.REPEATED.collect() for sample in metric.samples[:1])

    before = repeated()
    simulator = discord()
    simulator.faults.queue(ResetAfterCommit(route="execute"))
    async with notifying(bus, simulator) as scene:
        await scene.hear(delivered())
        await scene.settled()
    assert len(scene.shown) == 2
    assert repeated() - before == 1


async def test_an_edit_whose_answer_was_lost_repeats_nothing(bus: Bus) -> None:
    simulator = discord()
    simulator.faults.queue(ResetAfterCommit(route="edit_message"))
    async with notifying(bus, simulator) as scene:
        await scene.hear(delivered())
        await scene.settled()
        await scene.hear(playable())
        await scene.settled()
    assert scene.titles == ["Playable: SQ01_UNDLM_00003_v001.mov"]


async def test_a_card_that_somebody_deleted_is_posted_anew(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.hear(delivered())
        await scene.settled()
        scene.shown[0].deleted_at = 1.0
        await scene.hear(playable())
        await scene.settled()
    assert scene.titles == ["Playable: SQ01_UNDLM_00003_v001.mov"]


async def test_a_card_that_is_refused_goes_out_in_plain_words(bus: Bus) -> None:
    simulator = discord()
    simulator.faults.queue(Status(status=400, code=50035))
    async with notifying(bus, simulator) as scene:
        await scene.hear(failed(why="@everyone look"))
        await scene.settled()
        (plain,) = [message.shown for message in scene.shown]
        assert "Ask it why" in plain.content
        assert scene.shown[0].mentioned == Mentions()
        await scene.hear(delivered(attempt=2))
        await scene.settled()
    (whole,) = [message.shown for message in scene.shown]
    assert (whole.content, len(whole.embeds)) == ("", 1)


async def test_a_wrong_webhook_is_asked_once_says_what_to_do_and_the_cards_wait(bus: Bus) -> None:
    async with notifying(bus, discord(), token="wrong") as scene:
        scene.about.add("unauthorized")
        assert scene.channel.check().ok
        await scene.hear(delivered(), delivered(size_bytes=1))
        await scene.settled()
        check = scene.channel.check()
        await scene.channel.look()
    assert not check.ok
    assert "Make a webhook" in check.what_to_do
    assert len(scene.discord.journal.calls) == 1
    waiting = await bus.jetstream.stream_info(STREAM, subjects_filter="postflow.later.notifier.>")
    assert waiting.state.subjects is not None
    assert len(waiting.state.subjects) == 2


async def test_a_look_at_a_webhook_changes_nothing_there(bus: Bus) -> None:
    async with notifying(bus, discord()) as scene:
        await scene.channel.look()
        await scene.channel.look()
        assert scene.channel.check().detail == "known to Discord"
        assert [call.route for call in scene.discord.journal.calls] == ["get_webhook"]
        await scene.channel.look(anew=True)
    assert [call.route for call in scene.discord.journal.calls] == ["get_webhook", "get_webhook"]


async def test_nats_restarted_while_a_card_is_on_its_way_leaves_one_card(nats: NatsServer, bus: Bus) -> None:
    simulator = discord()
    simulator.faults.queue(DelayAnswer(delay_s=0.5))
    async with notifying(bus, simulator) as scene:
        await scene.hear(delivered())
        async with asyncio.timeout(20):
            while not scene.shown:
                await asyncio.sleep(0.01)
        nats.kill()
        await asyncio.sleep(1.0)
        nats.start()
        await scene.settled()
        await scene.hear(delivered())
        await scene.settled()
    assert simulator.journal.count("execute") == 1
