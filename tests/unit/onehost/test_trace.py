"""A trace is drawn as a tree."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from onehost.demo import trace
from onehost.demo.trace import Span


def _span(span_id: str, parent_id: str, start_ns: int, end_ns: int, service: str = "uploader") -> Span:
    return Span(span_id, parent_id, f"span {span_id}", service, start_ns, end_ns, failed=False)


def test_reads_what_jaeger_answers() -> None:
    def of(service: str, **fields: Any) -> dict[str, Any]:
        attributes = [{"key": "host.name", "value": {}}, {"key": "service.name", "value": {"stringValue": service}}]
        span = {"name": "transfer", "startTimeUnixNano": "1000", "endTimeUnixNano": "2000000001000"} | fields
        return {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [span]}]}

    answer = {
        "result": {
            "resourceSpans": [
                of("notifier", spanId="a"),
                of("uploader", spanId="b", parentSpanId="a", status={"code": 2, "message": "x"}),
            ]
        }
    }
    root, child = trace.spans(answer)
    assert (root.parent_id, root.service, root.seconds, root.failed) == ("", "notifier", 2000.0, False)
    assert (child.parent_id, child.service, child.failed) == ("a", "uploader", True)


def test_an_empty_answer_is_no_trace() -> None:
    assert trace.rows(trace.spans({})) == []


def test_children_stand_below_their_parents_in_order_of_start() -> None:
    found = [_span("c", "a", 500, 900), _span("d", "b", 200, 250), _span("a", "", 0, 1000), _span("b", "a", 100, 300)]
    assert [f"{row.guide}{row.span.span_id}" for row in trace.rows(found)] == ["a", "├─ b", "│  └─ d", "└─ c"]


def test_a_bar_is_where_its_span_was() -> None:
    rows = trace.rows([_span("a", "", 0, 1000), _span("b", "a", 250, 500)])
    assert [(row.begins, row.takes) for row in rows] == [(0.0, 1.0), (0.25, 0.25)]


def test_is_whole_with_its_root_and_every_service() -> None:
    root, child = _span("a", "", 0, 9, "notifier"), _span("b", "a", 1, 2, "uploader")
    assert trace.is_whole([root, child], {"uploader", "notifier"})
    assert not trace.is_whole([child], {"uploader"})
    assert not trace.is_whole([root], {"uploader", "notifier"})


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 9), st.integers(0, 9)), max_size=20))
def test_shows_every_span_once_whatever_is_missing(drawn: list[tuple[int, int, int, int]]) -> None:
    # A parent is older than its child here: a trace has no circles.
    spans = {
        str(own + parent + 1): _span(str(own + parent + 1), str(parent), start, start + length)
        for own, parent, start, length in drawn
    }
    shown = [row.span.span_id for row in trace.rows(list(spans.values()))]
    assert sorted(shown) == sorted(spans)
