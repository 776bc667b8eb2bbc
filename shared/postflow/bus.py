"""Edge: a connection to NATS JetStream: publishes, asks and answers; `postflow.reading` takes messages from it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import nats.errors
from nats import micro
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import errors as js_errors
from nats.js.client import JetStreamContext
from nats.micro.request import ERROR_HEADER, Request, ServiceError
from nats.micro.service import ServiceConfig
from opentelemetry.trace import SpanKind
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError

from postflow.checks import Check
from postflow.decoding import decode
from postflow.errors import BusUnavailable, MalformedMessage
from postflow.logs import get_logger
from postflow.messages import Message
from postflow.records import R, Records, reason
from postflow.storing import Storing
from postflow.telemetry import Telemetry
from postflow.topology import STREAM

logger = get_logger(__name__)

PUBLISHED = Counter("postflow_published_total", "Messages published", ["state"])

PUBLISH_PATIENCE_S = 30.0
"""How long a publication is tried again: longer than a cluster needs to elect a leader."""

STARTING_S = 5.0
"""How long a question waits for somebody who could answer it."""

A = TypeVar("A", bound=BaseModel)
Q = TypeVar("Q", bound=BaseModel)


class Bus:
    """One connection. Every method raises BusUnavailable when NATS does not answer in time."""

    def __init__(self, client: Client, telemetry: Telemetry) -> None:
        self.client = client
        self.jetstream: JetStreamContext = client.jetstream()
        self.telemetry = telemetry
        self._storing = Storing()

    async def publish(self, message: Message) -> None:
        """Publish and wait until it is stored; the same fact twice is stored once."""
        state = getattr(message, "state", type(message).__name__.lower())
        template = message.template()
        with self.telemetry.step(f"publish {template}", kind=SpanKind.PRODUCER, attributes=_messaging(template)):
            headers = self.telemetry.headers()
            if message.dedupe_id:
                headers["Nats-Msg-Id"] = message.dedupe_id
            await self.publish_raw(message.subject, message.model_dump_json().encode(), headers)
        PUBLISHED.labels(state).inc()

    async def publish_raw(self, subject: str, payload: bytes, headers: dict[str, str]) -> None:
        """Publish bytes as they are, tried again with the same headers until `PUBLISH_PATIENCE_S` is over."""
        deadline = time.monotonic() + PUBLISH_PATIENCE_S
        while True:
            try:
                await self.jetstream.publish(subject, payload, stream=STREAM, headers=dict(headers))
                self._storing.stored(STREAM)
                return
            except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
                why = reason(error)
                self._storing.refused(STREAM, why, time.monotonic())
                if time.monotonic() >= deadline or self.client.is_closed:
                    raise BusUnavailable(f"NATS did not store {subject}: {why}") from error
                await asyncio.sleep(0.25)

    async def last(self, subject: str) -> Message | None:
        """The newest message in the stream of this subject, which may have wildcards. Raises also MalformedMessage."""
        try:
            raw = await self.jetstream.get_msg(STREAM, subject=subject)
        except js_errors.NotFoundError:
            return None
        except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
            raise BusUnavailable(f"NATS does not tell what is on {subject}: {reason(error)}") from error
        return decode(raw.subject or "", raw.data or b"")

    async def overhear(self, kinds: Iterable[type[Message]], take: Callable[[Message], None]) -> None:
        """Hear what anybody publishes from now on, as a courtesy: what is missed meanwhile is not said again."""

        async def heard(raw: Msg) -> None:
            with suppress(MalformedMessage):
                take(decode(raw.subject, raw.data))

        for kind in kinds:
            await self.client.subscribe(re.sub(r"\{\w+\}", "*", kind.pattern), cb=heard)

    async def tell(self, message: Message) -> None:
        """Send without storing, as a courtesy: nobody may rely on it, and nobody waits for it."""
        if self.client.is_connected:
            with suppress(nats.errors.Error):
                await self.client.publish(message.subject, message.model_dump_json().encode())

    async def records(self, bucket: str, kind: type[R]) -> Records[R]:
        """Bind to a bucket that `postflow.provision` made."""
        try:
            return Records(await self.jetstream.key_value(bucket), kind, partial(self._note_record, f"KV_{bucket}"))
        except (TimeoutError, nats.errors.Error, js_errors.Error) as error:
            raise BusUnavailable(f"the bucket {bucket} is not there: {type(error).__name__}") from error

    def _note_record(self, bucket: str, refused: str) -> None:
        if refused:
            self._storing.refused(bucket, refused, time.monotonic())
        else:
            self._storing.stored(bucket)

    async def ask(self, subject: str, question: BaseModel, answer: type[A], *, timeout_s: float = 5.0) -> A:
        """Ask another service. Raises BusUnavailable when nobody answers or the answer is an error.

        Whoever should answer may just be starting: nobody there is asked again until `STARTING_S` is over.
        """
        deadline = time.monotonic() + min(STARTING_S, timeout_s)
        while True:
            try:
                reply = await self.client.request(subject, question.model_dump_json().encode(), timeout=timeout_s)
                if refused := (reply.headers or {}).get(ERROR_HEADER):
                    raise BusUnavailable(f"no answer on {subject}: {refused}")
                return answer.model_validate_json(reply.data)
            except nats.errors.NoRespondersError as error:
                if time.monotonic() >= deadline:
                    raise BusUnavailable(f"no answer on {subject}: nobody is there") from error
                await asyncio.sleep(0.25)
            except (TimeoutError, nats.errors.Error, ValidationError) as error:
                raise BusUnavailable(f"no answer on {subject}: {type(error).__name__}") from error

    async def answer(
        self, service: str, subject: str, question: type[Q], handler: Callable[[Q], Awaitable[BaseModel]]
    ) -> None:
        """Answer questions on `subject` until the connection closes, as a NATS micro service."""

        async def respond(request: Request) -> None:
            await request.respond(await _answered(subject, request.data, question, handler))

        endpoint = await micro.add_service(
            self.client, ServiceConfig(name=f"postflow-{service}", version="0.1.0", queue_group=service)
        )
        await endpoint.add_endpoint(name=subject.rsplit(".", 1)[-1], subject=subject, handler=respond)

    async def ask_each(
        self, subjects: Iterable[str], question: BaseModel, answer: type[A], *, within_s: float
    ) -> list[A]:
        """Ask everybody who answers on any of these subjects, and return what came in time."""
        answers: list[A] = []

        async def take(reply: Msg) -> None:
            if reply.data:  # else NATS says that nobody listens there
                with suppress(ValidationError):
                    answers.append(answer.model_validate_json(reply.data))

        inbox = self.client.new_inbox()
        try:
            heard = await self.client.subscribe(inbox, cb=take)
            for subject in subjects:
                await self.client.publish(subject, question.model_dump_json().encode(), reply=inbox)
            await asyncio.sleep(within_s)
            await heard.unsubscribe()
        except (TimeoutError, nats.errors.Error) as error:
            raise BusUnavailable(f"NATS took no question: {type(error).__name__}") from error
        return answers

    async def answer_each(self, subject: str, question: type[Q], handler: Callable[[Q], Awaitable[BaseModel]]) -> None:
        """Answer questions on `subject` as every other instance does, until the connection closes."""

        async def respond(asked: Msg) -> None:
            if asked.reply:
                with suppress(ServiceError):
                    await asked.respond(await _answered(subject, asked.data, question, handler))

        await self.client.subscribe(subject, cb=respond)

    def check(self) -> Check:
        if self.client.is_connected:
            return self._storing.check(time.monotonic()) or Check(True, "connected")
        return Check(False, "the connection to NATS is lost", "Start NATS; the service goes on by itself.")

    async def close(self) -> None:
        if self.client.is_connected:
            try:
                await self.client.flush(timeout=2)
            except (TimeoutError, nats.errors.Error):
                logger.warning("the last words to NATS may be lost", action="flush_failed")
        await self.client.close()


async def _answered(subject: str, asked: bytes, kind: type[Q], handler: Callable[[Q], Awaitable[BaseModel]]) -> bytes:
    """Raises ServiceError, which the NATS micro service sends as the answer; a handler that broke is logged here."""
    try:
        question = kind.model_validate_json(asked)
    except ValidationError:
        raise ServiceError("400", "the question cannot be read") from None
    try:
        return (await handler(question)).model_dump_json().encode()
    except Exception as error:
        logger.exception("cannot answer", action="answer_failed", subject=subject)
        # Its text may hold anything, and the answer leaves this process.
        raise ServiceError("500", f"its answer broke: {type(error).__name__}") from error


def _messaging(template: str) -> dict[str, str | int | float | bool]:
    """Attributes of the OpenTelemetry messaging conventions (1.44, in development)."""
    return {
        "messaging.system": "nats",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.template": template,
    }
