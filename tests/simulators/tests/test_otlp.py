"""Edge: the trace backend: takes what the real exporter sends, answers as Jaeger does, and stays within bounds."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, set_span_in_context

from simulators.otlp import OtlpSimulator
from simulators.otlp.pages import as_tree
from simulators.serving import running

TRACE = 0x0123456789ABCDEF0123456789ABCDEF
HEX = f"{TRACE:032x}"


@pytest.fixture
def otlp() -> OtlpSimulator:
    return OtlpSimulator()


@pytest.fixture
async def base_url(otlp: OtlpSimulator) -> AsyncIterator[str]:
    async with running(otlp.app) as base_url:
        yield base_url


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base_url) as client:
        yield client


def a_trace(service: str = "watcher") -> list[ReadableSpan]:
    """A parent with a child that failed, and a link elsewhere."""
    tracer = TracerProvider(resource=Resource({"service.name": service})).get_tracer("tests")
    elsewhere = SpanContext(TRACE, 0xAB, is_remote=True, trace_flags=TraceFlags(1))
    parent = tracer.start_span("publish", kind=SpanKind.PRODUCER, start_time=1_000, links=[Link(elsewhere)])
    child = tracer.start_span("fetch <x>", context=set_span_in_context(parent), start_time=2_000)
    child.set_attributes({"postflow.path": "a.mov", "size": 2**40, "tries": 1.5, "late": True, "parts": ["a", "b"]})
    child.set_status(Status(StatusCode.ERROR, "broken"))
    child.add_event("cut", {"bytes": 5}, timestamp=2_500)
    child.end(3_000)
    parent.end(5_000)
    spans: list[ReadableSpan] = [span for span in (parent, child) if isinstance(span, ReadableSpan)]
    assert len(spans) == 2
    return spans


def id_of(spans: list[ReadableSpan]) -> str:
    context = spans[0].get_span_context()
    assert context is not None
    return f"{context.trace_id:032x}"


async def export(base_url: str, spans: list[ReadableSpan], compression: Compression = Compression.NoCompression) -> str:
    """Through the exporter that the services use; returns the trace id."""
    exporter = OTLPSpanExporter(endpoint=f"{base_url}/v1/traces", compression=compression)
    result = await asyncio.to_thread(exporter.export, spans)
    await asyncio.to_thread(exporter.shutdown)
    assert result is SpanExportResult.SUCCESS
    return id_of(spans)


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip], ids=["plain", "gzip"])
async def test_keeps_what_the_exporter_sends(
    client: httpx.AsyncClient, base_url: str, compression: Compression
) -> None:
    trace_id = await export(base_url, a_trace(), compression)
    parent, child = (await client.get("/_sim/traces", params={"trace_id": trace_id})).json()["spans"]
    assert (parent["name"], parent["kind"], parent["parent_span_id"]) == ("publish", "producer", None)
    assert parent["links"] == [{"trace_id": HEX, "span_id": "00000000000000ab"}]
    assert (parent["start_unix_ns"], parent["end_unix_ns"]) == (1_000, 5_000)
    assert (child["trace_id"], child["parent_span_id"], child["kind"]) == (trace_id, parent["span_id"], "internal")
    assert (child["service"], child["resource"]["service.name"]) == ("watcher", "watcher")
    assert child["status"] == {"code": "error", "message": "broken"}
    assert child["attributes"] == {
        "postflow.path": "a.mov",
        "size": 2**40,
        "tries": 1.5,
        "late": True,
        "parts": ["a", "b"],
    }
    assert child["events"] == [{"name": "cut", "unix_ns": 2_500, "attributes": {"bytes": 5}}]


async def test_answers_a_trace_as_jaeger_does(client: httpx.AsyncClient, base_url: str) -> None:
    trace_id = await export(base_url, a_trace())
    answer = (await client.get(f"/api/v3/traces/{trace_id}")).json()
    spans = [
        span
        for resource in answer["result"]["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert [span["name"] for span in spans] == ["publish", "fetch <x>"]
    assert {span["traceId"] for span in spans} == {trace_id}
    assert spans[1]["parentSpanId"] == spans[0]["spanId"]
    assert len(spans[0]["spanId"]) == 16
    assert (spans[0]["kind"], spans[0]["endTimeUnixNano"]) == (4, "5000")


async def test_a_trace_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"/api/v3/traces/{HEX}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "No traces found")
    assert (await client.get("/api/v3/traces/xyz")).status_code == 400
    assert (await client.get(f"/trace/{HEX}")).status_code == 404


async def test_lists_the_services_it_heard_of(client: httpx.AsyncClient, base_url: str) -> None:
    for service in ("watcher", "notifier", "watcher"):
        await export(base_url, a_trace(service))
    assert (await client.get("/api/v3/services")).json() == {"services": ["notifier", "watcher"]}


async def test_a_late_span_joins_its_trace_and_a_repeated_one_is_kept_once(base_url: str, otlp: OtlpSimulator) -> None:
    parent, child = spans = a_trace()
    trace_id = await export(base_url, [parent])
    await export(base_url, [child])
    await export(base_url, spans)
    assert [span["name"] for span in otlp.spans(trace_id)] == ["publish", "fetch <x>"]


async def test_the_oldest_traces_make_room() -> None:
    otlp = OtlpSimulator(max_traces=2)
    async with running(otlp.app) as base_url:
        ids = [await export(base_url, a_trace()) for _ in range(3)]
    assert [len(otlp.spans(trace_id)) for trace_id in ids] == [0, 2, 2]
    assert otlp.traces.dropped_traces == 1


async def test_many_spans_make_room_as_well() -> None:
    otlp = OtlpSimulator(max_spans=3)
    async with running(otlp.app) as base_url:
        ids = [await export(base_url, a_trace()) for _ in range(2)]
    assert [len(otlp.spans(trace_id)) for trace_id in ids] == [0, 2]
    assert otlp.traces.span_count == 2


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        pytest.param(b"{}", {"content-type": "application/json"}, 415, id="json"),
        pytest.param(b"\xff\xff", {"content-type": "application/x-protobuf"}, 400, id="no-protobuf"),
        pytest.param(
            b"x", {"content-type": "application/x-protobuf", "content-encoding": "gzip"}, 400, id="not-packed"
        ),
        pytest.param(
            gzip.compress(b"x" * 100)[:-5],
            {"content-type": "application/x-protobuf", "content-encoding": "gzip"},
            400,
            id="cut-short",
        ),
        pytest.param(
            b"", {"content-type": "application/x-protobuf", "content-encoding": "br"}, 400, id="other-packing"
        ),
    ],
)
async def test_what_is_not_otlp_is_refused(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    assert (await client.post("/v1/traces", content=content, headers=headers)).status_code == status


async def test_a_page_shows_the_trace(client: httpx.AsyncClient, base_url: str) -> None:
    page = await client.get(f"/trace/{await export(base_url, a_trace())}")
    assert page.headers["content-type"].startswith("text/html")
    assert "fetch &lt;x&gt;" in page.text
    assert "postflow.path = a.mov" in page.text
    assert "2 spans" in page.text


async def test_a_reset_forgets_everything(client: httpx.AsyncClient, base_url: str, otlp: OtlpSimulator) -> None:
    await export(base_url, a_trace())
    await client.post("/_sim/reset")
    assert (await client.get("/_sim/traces")).json() == {"spans": [], "dropped_traces": 0}


@pytest.mark.parametrize(
    ("spans", "tree"),
    [
        pytest.param([("b", "a", 2), ("a", None, 1), ("c", "a", 1)], [("a", 0), ("c", 1), ("b", 1)], id="by-start"),
        pytest.param([("a", "gone", 1), ("b", "a", 2)], [("a", 0), ("b", 1)], id="parent-not-here"),
        pytest.param([("a", "a", 1)], [("a", 0)], id="its-own-parent"),
        pytest.param([("a", None, 1), ("a", None, 2)], [("a", 0), ("a", 0)], id="one-id-twice"),
    ],
)
def test_spans_make_a_tree(spans: list[tuple[str, str | None, int]], tree: list[tuple[str, int]]) -> None:
    flat = [{"span_id": span, "parent_span_id": parent, "start_unix_ns": start} for span, parent, start in spans]
    assert [(span["span_id"], depth) for span, depth in as_tree(flat)] == tree
