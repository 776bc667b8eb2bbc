"""Pure: the traces that came in, within bounds; and each span as a flat thing that a test can read."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from simulators.otlp.values import attributes

_KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
_STATUSES = ("unset", "ok", "error")


@dataclass(frozen=True, slots=True)
class Kept:
    """A span in OTLP JSON, with the resource and the scope it came from."""

    resource: dict[str, Any]
    scope: dict[str, Any]
    span: dict[str, Any]


_Trace = dict[str, list[Kept]]
"""By span id. Two different spans of one id are both kept: that is worth seeing."""


class Traces:
    """A ring of traces: a late span joins its trace while that is still here. The oldest trace makes room.

    A span that comes twice without a difference, as after a lost answer, is kept once.
    """

    def __init__(self, *, max_traces: int, max_spans: int) -> None:
        self._max_traces = max_traces
        self._max_spans = max_spans
        self.clear()

    def clear(self) -> None:
        self._traces: OrderedDict[str, _Trace] = OrderedDict()
        self.span_count = 0
        self.dropped_traces = 0

    def add(self, resource_spans: list[dict[str, Any]]) -> None:
        for kept in _taken_apart(resource_spans):
            trace = self._traces.setdefault(kept.span.get("traceId", ""), {})
            same_id = trace.setdefault(kept.span.get("spanId", ""), [])
            if kept not in same_id:
                same_id.append(kept)
                self.span_count += 1
        self._make_room()

    def trace(self, trace_id: str) -> list[Kept]:
        return list(_spans_of(self._traces.get(trace_id, {})))

    def all(self) -> Iterator[Kept]:
        for trace in self._traces.values():
            yield from _spans_of(trace)

    def services(self) -> list[str]:
        return sorted({service(kept) for kept in self.all()})

    def _make_room(self) -> None:
        while len(self._traces) > self._max_traces or (self.span_count > self._max_spans and len(self._traces) > 1):
            _, spans = self._traces.popitem(last=False)
            self.span_count -= len(list(_spans_of(spans)))
            self.dropped_traces += 1


def service(kept: Kept) -> str:
    return str(attributes(kept.resource.get("attributes", [])).get("service.name", "unknown_service"))


def resource_spans(trace: list[Kept]) -> list[dict[str, Any]]:
    """The trace in OTLP JSON again, one entry for each span."""
    return [{"resource": kept.resource, "scopeSpans": [{"scope": kept.scope, "spans": [kept.span]}]} for kept in trace]


def flat(kept: Kept) -> dict[str, Any]:
    span = kept.span
    status = span.get("status", {})
    return {
        "trace_id": span.get("traceId", ""),
        "span_id": span.get("spanId", ""),
        "parent_span_id": span.get("parentSpanId") or None,
        "name": span.get("name", ""),
        "kind": _KINDS[span.get("kind", 0)],
        "service": service(kept),
        "start_unix_ns": int(span.get("startTimeUnixNano", 0)),
        "end_unix_ns": int(span.get("endTimeUnixNano", 0)),
        "attributes": attributes(span.get("attributes", [])),
        "resource": attributes(kept.resource.get("attributes", [])),
        "status": {"code": _STATUSES[status.get("code", 0)], "message": status.get("message", "")},
        "links": [
            {"trace_id": link.get("traceId", ""), "span_id": link.get("spanId", "")} for link in span.get("links", [])
        ],
        "events": [
            {
                "name": event.get("name", ""),
                "unix_ns": int(event.get("timeUnixNano", 0)),
                "attributes": attributes(event.get("attributes", [])),
            }
            for event in span.get("events", [])
        ],
    }


def _spans_of(trace: _Trace) -> Iterator[Kept]:
    for same_id in trace.values():
        yield from same_id


def _taken_apart(resource_spans: list[dict[str, Any]]) -> Iterator[Kept]:
    for resource in resource_spans:
        for scope in resource.get("scopeSpans", []):
            for span in scope.get("spans", []):
                yield Kept(resource.get("resource", {}), scope.get("scope", {}), span)
