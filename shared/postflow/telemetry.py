"""Edge: one trace for each file. The file's id is the trace's id, and the root span is emitted when the story ends.

Standard `OTEL_*` variables only; without an endpoint nothing is recorded and nothing else changes.
"""

import asyncio
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from postflow import identity
from postflow.checks import Check
from postflow.errors import SettingsError
from postflow.exporting import EXPORT_TIMEOUT_S, OFF, Exporter, configured

Attributes = Mapping[str, str | int | float | bool]

_EPOCH = datetime.fromtimestamp(0, UTC)

_propagator = TraceContextTextMapPropagator()
_root_ids: ContextVar[tuple[int, int] | None] = ContextVar("root_ids", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, except for the root span, whose ids follow from the file and the attempt."""

    def generate_trace_id(self) -> int:
        forced = _root_ids.get()
        return forced[0] if forced else super().generate_trace_id()

    def generate_span_id(self) -> int:
        forced = _root_ids.get()
        return forced[1] if forced else super().generate_span_id()


class Telemetry:
    """Spans that hang together by the file they are about."""

    def __init__(self, provider: TracerProvider | None = None, exporter: Exporter | None = None) -> None:
        self._provider = provider
        self._exporter = exporter
        tracers: trace.TracerProvider = provider or trace.NoOpTracerProvider()
        self._tracer = tracers.get_tracer("postflow")

    def check(self) -> Check:
        return OFF if self._exporter is None else self._exporter.check()

    async def look(self) -> None:
        """Find out anew whether spans would arrive, unless the last ones did."""
        if self._exporter is not None:
            await asyncio.to_thread(self._exporter.look)

    @contextmanager
    def stage(
        self,
        name: str,
        *,
        file_id: str,
        attempt: int,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
        link: Mapping[str, str] | None = None,
    ) -> Iterator[Span]:
        """A span right below the file's root, whatever is current.

        Args:
            link: headers of the message that led here; the span is linked to the one that published it.
        """
        links = _links(link or {})
        with (
            self._tracer.start_as_current_span(
                name,
                context=root_context(file_id, attempt),
                kind=kind,
                attributes=dict(attributes or {}),
                links=links,
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            _marking_failure(span),
        ):
            yield span

    @contextmanager
    def step(
        self, name: str, *, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None
    ) -> Iterator[Span]:
        """A span below the current one."""
        with (
            self._tracer.start_as_current_span(
                name,
                kind=kind,
                attributes=dict(attributes or {}),
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            _marking_failure(span),
        ):
            yield span

    def past(
        self,
        name: str,
        *,
        file_id: str,
        attempt: int,
        start: datetime,
        end: datetime,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes | None = None,
    ) -> None:
        """Emit a span right below the file's root for something that is over already."""
        span = self._tracer.start_span(
            name,
            context=root_context(file_id, attempt),
            kind=kind,
            attributes=dict(attributes or {}),
            start_time=_ns(start),
        )
        span.end(end_time=_ns(end))

    def root(
        self,
        name: str,
        *,
        file_id: str,
        attempt: int,
        start: datetime,
        end: datetime,
        attributes: Attributes | None = None,
        error: str | None = None,
    ) -> None:
        """Emit an attempt's root span. Emitting it twice gives the same span twice."""
        token = _root_ids.set((identity.trace_id(file_id), identity.root_span_id(file_id, attempt)))
        try:
            span = self._tracer.start_span(
                name, context=Context(), attributes=dict(attributes or {}), start_time=_ns(start)
            )
        finally:
            _root_ids.reset(token)
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, error))
        span.end(end_time=_ns(max(start, end)))

    def headers(self) -> dict[str, str]:
        """The current span as message headers."""
        carrier: dict[str, str] = {}
        _propagator.inject(carrier)
        return carrier

    def flush(self) -> None:
        """Export what is waiting. Blocks up to the export timeout: call it from a thread."""
        if self._provider is not None:
            self._provider.force_flush(int(EXPORT_TIMEOUT_S * 1000))

    def shutdown(self) -> None:
        """Export what is left and stop. Blocks up to the export timeout: call it from a thread."""
        if self._provider is not None:
            self._provider.shutdown()


def configure(service: str) -> Telemetry:
    """Tracing as the environment asks for it. Raises SettingsError for what the SDK refuses and `tracing` let pass."""
    try:
        exporter = configured(os.environ)
        return with_processor(service, BatchSpanProcessor(exporter), exporter) if exporter else Telemetry()
    except ValueError as error:
        raise SettingsError([f"OTEL_…: {str(error).rstrip('.')}; correct that variable, or unset it"]) from error


def with_processor(service: str, processor: SpanProcessor, exporter: Exporter | None = None) -> Telemetry:
    attributes = {"host.name": socket.gethostname()}
    if "OTEL_SERVICE_NAME" not in os.environ:
        attributes["service.name"] = service
    provider = TracerProvider(resource=Resource.create(attributes), id_generator=_Ids(), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return Telemetry(provider, exporter)


def root_context(file_id: str, attempt: int) -> Context:
    """The context in which a file's stages are born, long before its root span exists."""
    span_context = SpanContext(
        identity.trace_id(file_id),
        identity.root_span_id(file_id, attempt),
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(NonRecordingSpan(span_context), Context())


@contextmanager
def hanging_from_root(file_id: str, attempt: int) -> Iterator[None]:
    """Make the file's root the current span, so that steps inside become stages of the file."""
    token = otel_context.attach(root_context(file_id, attempt))
    try:
        yield
    finally:
        otel_context.detach(token)


@contextmanager
def _marking_failure(span: Span) -> Iterator[None]:
    """Only the kind of an exception goes on the span: its text may hold an address."""
    try:
        yield
    except Exception as error:
        kind = getattr(error, "code", None) or type(error).__name__
        span.set_attribute("error.type", str(kind))
        span.set_status(Status(StatusCode.ERROR, str(kind)))
        raise


def _links(headers: Mapping[str, str]) -> list[Link]:
    context = trace.get_current_span(_propagator.extract(dict(headers), Context())).get_span_context()
    return [Link(context)] if context.is_valid else []


def _ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
