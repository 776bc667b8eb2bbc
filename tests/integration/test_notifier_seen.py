"""What can be seen of the notifier: its log, its spans, its health; and that no secret can."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from postflow import identity, telemetry
from postflow.bus import Bus
from simulators.discord import Webhook
from simulators.discord.faults import ResetAfterCommit, Status
from simulators.serving import running
from tests.examples import AT, delivered, failed
from tests.integration.notifier_scene import TOKEN, LogLines, discord, log_lines, notifying, quick_retries
from tests.nats_fixtures import NatsServer, connected, free_port
from tests.unit.notifier.examples import playable, superseded

__all__ = ["log_lines", "quick_retries"]

pytestmark = pytest.mark.usefixtures("quick_retries")


async def test_without_a_webhook_the_card_is_a_line_in_the_log(bus: Bus, log_lines: LogLines) -> None:
    log_lines.start("INFO")
    async with notifying(bus, discord(), silent=True) as scene:
        await scene.hear(delivered(), delivered())
        await scene.settled()
    lines = [json.loads(line) for line in log_lines.text.splitlines()]
    (card,) = [line for line in lines if line.get("action") == "card"]
    assert card["title"] == "Delivered: SQ01_UNDLM_00003_v001.mov"
    assert card["card"]["in_frame.io"] == "UNDLM / WIP_BYSHOT / SC01_SEQ_INTRO"
    assert card["level"] == "info"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(nats: NatsServer, bus: Bus, spans: InMemorySpanExporter) -> AsyncIterator[Bus]:
    async with connected(nats.url, telemetry.with_processor("notifier", SimpleSpanProcessor(spans))) as connection:
        yield connection


def roots(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name.startswith("file ")]


async def test_each_attempt_has_one_root_with_times_from_its_messages(traced: Bus, spans: InMemorySpanExporter) -> None:
    first = failed(at=AT.replace(minute=3))
    second = delivered(attempt=2, at=AT.replace(minute=9))
    async with notifying(traced, discord()) as scene:
        await scene.hear(first)
        await scene.settled()
        await scene.hear(superseded(at=AT.replace(minute=4)), second, playable(attempt=2))
        await scene.settled()
    failure, success = roots(spans)
    for root, message in ((failure, first), (success, second)):
        assert root.context is not None
        assert root.context.trace_id == identity.trace_id(message.file_id)
        assert root.context.span_id == identity.root_span_id(message.file_id, message.attempt)
        assert (root.start_time, root.end_time) == (_ns(message.changed_at), _ns(message.at))
        assert root.parent is None
    assert failure.name == "file SQ01_UNDLM_00003_v001.mov"
    assert failure.status.description == "FRAMEIO_REFUSED: it said no"
    assert success.status.is_unset


async def test_a_root_that_is_emitted_again_is_the_same(traced: Bus, spans: InMemorySpanExporter) -> None:
    async with notifying(traced, discord()) as scene:
        await scene.hear(delivered())
        await scene.settled()
        await scene.hear(delivered())
        await scene.settled()
    first, again = (json.loads(root.to_json()) for root in roots(spans))
    assert first == again


async def test_the_post_is_a_step_of_the_file(traced: Bus, spans: InMemorySpanExporter) -> None:
    async with notifying(traced, discord()) as scene:
        await scene.hear(delivered())
        await scene.settled()
        await scene.hear(playable())
        await scene.settled()
    by_name = {span.name: span for span in spans.get_finished_spans()}
    post, process = by_name["post card"], by_name["process postflow.file.delivered.<file_id>"]
    assert post.parent is not None
    assert process.context is not None
    assert post.parent.span_id == process.context.span_id
    assert "edit card" in by_name


async def test_the_webhook_is_nowhere_to_be_read(traced: Bus, spans: InMemorySpanExporter, log_lines: LogLines) -> None:
    log_lines.start("DEBUG")
    simulator = discord()
    simulator.faults.queue(
        Status(status=500, times=1), ResetAfterCommit(), Status(status=400, code=50035), Status(status=401, skip=1)
    )
    async with notifying(traced, simulator) as scene:
        await scene.hear(*(delivered(size_bytes=number) for number in range(4)), failed(size_bytes=9))
        await scene.settled()
        told = str(scene.channel.check())
    assert "the channel is closed" in log_lines.text
    for text in (log_lines.text, told, *(span.to_json() for span in spans.get_finished_spans())):
        assert TOKEN not in text
        assert "/webhooks/" not in text


async def test_the_service_starts_says_that_it_is_ready_and_shows_a_card(
    nats: NatsServer, bus: Bus, tmp_path: Path
) -> None:
    simulator, port = discord(), free_port()
    async with running(simulator.app) as base_url:
        hook = tmp_path / "hook"
        hook.write_text(f"{base_url}/api/webhooks/{Webhook().id}/{TOKEN}\n")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        environment |= {"NATS_URL": nats.url, "DISCORD_WEBHOOK_URL_FILE": str(hook), "HEALTH_PORT": str(port)}
        environment |= {"POSTFLOW_CONFIG": str(tmp_path / "none.toml"), "HEALTH_HOST": "127.0.0.1"}
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "notifier", env=environment)
        try:
            await _ready(port)
            await bus.publish(delivered())
            async with asyncio.timeout(20):
                while not simulator.messages.all:
                    await asyncio.sleep(0.02)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def _ready(port: int) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(20):
        while True:
            try:
                report = (await client.get(f"http://127.0.0.1:{port}/readyz")).json()
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if report["ready"] and report["checks"]["channel default"]["detail"] == "known to Discord":
                return
            await asyncio.sleep(0.05)


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
