"""Edge: what can be seen of a run from outside: Frame.io, Discord, the stream, the logs, the traces, the addresses."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import nats
from nats.js.api import ConsumerConfig, DeliverPolicy

from onehost.layout import TOKEN, WEBHOOK
from onehost.readiness import unready
from onehost.stack import Stack
from simulators.journal import Journal
from tests.chaos.books import Asset, Failure, Seen
from tests.chaos.plan import name_of

CARD_REPEATED = '"action": "card_repeated"'


class World:
    def __init__(self, stack: Stack, http: httpx.AsyncClient, tunnel: Journal | None = None) -> None:
        self._stack = stack
        self._http = http
        self._tunnel = tunnel

    async def seen(self, names: Sequence[str]) -> Seen:
        """Raises httpx.HTTPError, or errors of NATS while that is away."""
        frameio = await self._json(f"{self._stack.urls.frameio}/_sim/state")
        discord = await self._json(f"{self._stack.urls.discord}/_sim/messages")
        messages = [message async for message in self._messages()]
        addresses = [told["public_url"] for subject, told in messages if told.get("public_url")]
        logs = await asyncio.to_thread(self._logs)
        return Seen(
            assets=[_asset(file) for file in frameio["files"] if not file["deleted"]],
            failures=_failures(messages),
            stories=_stories(messages),
            cards=_cards(discord["messages"], names),
            possible_repeats=logs.count(CARD_REPEATED),
            addresses=addresses,
            parked=[f"{told['original_subject']} by {told['durable']}: {told['code']}" for told in _parked(messages)],
            leaks=await asyncio.to_thread(_leaks, logs + await self._spans(), addresses),
            violations=[*await self._refused("frameio"), *await self._refused("discord"), *self._seen_in_the_tunnel()],
            unwell=[f"{name}: {why}" for name, why in (await self._unready()).items()],
            troubles=_troubles(discord["messages"]),
        )

    async def _refused(self, simulator: str) -> list[str]:
        """An empty bucket is none: calls that left in time may arrive together."""
        calls = await self._json(f"{getattr(self._stack.urls, simulator)}/_sim/calls")
        return [f"{simulator}: {_violation(call)}" for call in calls["refused"] if call["kind"] != "rate_limited"]

    def _seen_in_the_tunnel(self) -> list[str]:
        refused = self._tunnel.violations_beside("rate_limited") if self._tunnel else []
        return [f"tunnel: {violation}" for violation in refused]

    async def _unready(self) -> dict[str, str]:
        return await unready(self._http, {name: self._stack.health_url(name) for name in self._stack.services})

    async def _json(self, address: str) -> Any:
        return (await self._http.get(address)).raise_for_status().json()

    async def _messages(self) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Everything that was ever said about files, from the first message on."""
        client = await nats.connect(self._stack.urls.nats, max_reconnect_attempts=2, connect_timeout=2)
        try:
            jetstream = client.jetstream()
            info = await jetstream.stream_info("POSTFLOW")
            subscription = await jetstream.subscribe(
                "postflow.>",
                stream="POSTFLOW",
                ordered_consumer=True,
                config=ConsumerConfig(deliver_policy=DeliverPolicy.ALL),
            )
            while info.state.messages:
                message = await subscription.next_msg(timeout=5)
                if message.subject.startswith(("postflow.file.", "postflow.parked.")):
                    yield message.subject, json.loads(message.data)
                if message.metadata.sequence.stream >= info.state.last_seq or not message.metadata.num_pending:
                    return
        finally:
            await client.close()

    async def alive(self, addresses: Sequence[str]) -> list[str]:
        """Those that still answer, asked at the fileserver itself, whatever became of the name in front of it.

        While a fetch may be under way this is none of our business: the fileserver would take us for the fetcher.
        """
        alive = []
        for address in addresses:
            path = address[address.index("/x/") :]
            answer = await self._http.head(f"{self._stack.urls.public}{path}")
            if answer.status_code not in (403, 404, 410):
                alive.append(f"{path} ({answer.status_code})")
        return alive

    def _logs(self) -> str:
        names = (*self._stack.services, "provision")
        return "\n".join(self._stack.folders.log(name).read_text(errors="replace") for name in names)

    async def _spans(self) -> str:
        return (await self._http.get(f"{self._stack.urls.otlp}/_sim/traces")).text


def _asset(file: dict[str, Any]) -> Asset:
    return Asset(file["name"], file["sha256"], file["status"])


def _failures(messages: Sequence[tuple[str, dict[str, Any]]]) -> list[Failure]:
    """Those that were not followed by a delivery of the same revision."""
    delivered = {told["file_id"] for subject, told in messages if subject.startswith("postflow.file.delivered.")}
    failed = {
        told["file_id"]: Failure(name_of(told["path"]), told["code"])
        for subject, told in messages
        if subject.startswith("postflow.file.failed.")
    }
    return [failure for file_id, failure in failed.items() if file_id not in delivered]


def _stories(messages: Sequence[tuple[str, dict[str, Any]]]) -> Counter[str]:
    told_of = {
        (name_of(told["path"]), told["file_id"])
        for subject, told in messages
        if subject.startswith(("postflow.file.delivered.", "postflow.file.failed."))
    }
    return Counter(name for name, _ in told_of)


def _parked(messages: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    return [told for subject, told in messages if subject.startswith("postflow.parked.")]


def _cards(messages: Sequence[dict[str, Any]], names: Sequence[str]) -> Counter[str]:
    texts = [
        str(message["embeds"]).replace("\\", "").replace("\u200b", "") for message in messages if not message["deleted"]
    ]
    return Counter(name for name in names for text in texts if name in text)


def _troubles(messages: Sequence[dict[str, Any]]) -> list[str]:
    titles = [str(embed["title"]) for one in messages if not one["deleted"] for embed in one["embeds"]]
    return [title for title in titles if title.startswith("Trouble: ")]


def _leaks(text: str, addresses: Sequence[str]) -> list[str]:
    secrets = {"the token of Frame.io": TOKEN, "the webhook's token": WEBHOOK.rsplit("/", 1)[-1]}
    secrets |= {f"the signature of {address[:60]}…": address.rsplit("/", 1)[-1] for address in addresses}
    return [what for what, secret in secrets.items() if secret in text]


def _violation(call: dict[str, Any]) -> str:
    return f"{call['kind']} at {call['route']}: {call.get('detail', '')}"
