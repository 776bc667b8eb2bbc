"""Whether spans arrive is told, and is never a reason not to be ready."""

import asyncio

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SpanExportResult

from postflow import telemetry
from postflow.exporting import OFF, Exporter
from simulators.otlp import OtlpSimulator
from simulators.serving import running


def test_without_an_endpoint_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    assert telemetry.configure("test").check() == OFF


@pytest.mark.parametrize(
    ("result", "said"),
    [(SpanExportResult.SUCCESS, "the last ones arrived"), (SpanExportResult.FAILURE, "did not arrive")],
)
def test_it_remembers_whether_the_last_spans_arrived(
    monkeypatch: pytest.MonkeyPatch, result: SpanExportResult, said: str
) -> None:
    monkeypatch.setattr(OTLPSpanExporter, "export", lambda self, spans: result)
    exporter = Exporter("http://ada:secret@jaeger:4318", 1.0)
    assert "none was sent yet" in exporter.check().detail
    exporter.export([])
    check = exporter.check()
    assert check.ok
    assert said in check.detail
    assert "secret@" not in check.detail
    assert bool(check.what_to_do) is (result is SpanExportResult.FAILURE)
    exporter.shutdown()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("result", "said"),
    [(SpanExportResult.SUCCESS, "they would be taken"), (SpanExportResult.FAILURE, "none would be taken")],
)
def test_it_can_find_out_before_there_is_any_span(
    monkeypatch: pytest.MonkeyPatch, result: SpanExportResult, said: str
) -> None:
    monkeypatch.setattr(OTLPSpanExporter, "export", lambda self, spans: result)
    exporter = Exporter("http://jaeger:4318", 1.0)
    exporter.look()
    check = exporter.check()
    assert said in check.detail
    assert bool(check.what_to_do) is (result is SpanExportResult.FAILURE)
    exporter.shutdown()  # type: ignore[no-untyped-call]


async def test_whoever_takes_spans_takes_none_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(OtlpSimulator().app) as base_url:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", base_url)
        configured = telemetry.configure("test")
        await configured.look()
        assert "none was sent yet; they would be taken" in configured.check().detail
        await asyncio.to_thread(configured.shutdown)
