"""Pure: a trace as Jaeger's query API answers it (OTLP in JSON) → a tree with durations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    span_id: str
    parent_id: str
    name: str
    service: str
    start_ns: int
    end_ns: int
    failed: bool

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.start_ns) / 1e9


@dataclass(frozen=True, slots=True)
class Row:
    """A span in its place.

    Attributes:
        guide: the lines of the tree before its name.
        begins, takes: where its bar starts and how long it is, as shares of the whole trace.
    """

    guide: str
    span: Span
    begins: float
    takes: float


def spans(answer: Mapping[str, Any]) -> list[Span]:
    """Source: Jaeger, `GET /api/v3/traces/{trace_id}` (read 2026-11)."""
    return [
        _span(span, _service(resource))
        for resource in answer.get("result", {}).get("resourceSpans", [])
        for scope in resource.get("scopeSpans", [])
        for span in scope.get("spans", [])
    ]


def is_whole(found: list[Span], services: set[str]) -> bool:
    """Whether it has its root and something of each of these services."""
    return any(not span.parent_id for span in found) and services <= {span.service for span in found}


def rows(found: list[Span]) -> list[Row]:
    """Children below their parents, in order of start; a span whose parent is not there (yet) stands at the top."""
    if not found:
        return []
    first = min(span.start_ns for span in found)
    whole = max(max(span.end_ns for span in found) - first, 1)
    known = {span.span_id for span in found}
    children: dict[str, list[Span]] = {}
    for span in sorted(found, key=lambda one: (one.start_ns, one.span_id)):
        children.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)
    return [
        Row(guide, span, (span.start_ns - first) / whole, (span.end_ns - span.start_ns) / whole)
        for guide, span in _walk("", children, "")
    ]


def _walk(parent: str, children: Mapping[str, list[Span]], before: str) -> Iterator[tuple[str, Span]]:
    siblings = children.get(parent, [])
    for span in siblings:
        is_last = span is siblings[-1]
        branch, below = ("", "") if not parent else ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        yield before + branch, span
        yield from _walk(span.span_id, children, before + below)


def _span(span: Mapping[str, Any], service: str) -> Span:
    return Span(
        span_id=span["spanId"],
        parent_id=span.get("parentSpanId") or "",
        name=span.get("name", ""),
        service=service,
        start_ns=int(span["startTimeUnixNano"]),
        end_ns=int(span["endTimeUnixNano"]),
        failed=span.get("status", {}).get("code") in (2, "STATUS_CODE_ERROR"),
    )


def _service(resource: Mapping[str, Any]) -> str:
    for attribute in resource.get("resource", {}).get("attributes", []):
        if attribute["key"] == "service.name":
            return str(attribute["value"].get("stringValue", ""))
    return ""
