"""One trace for each file: stages hang together by the file's id, and the root comes last."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from postflow import identity, telemetry
from postflow.errors import PermanentError
from postflow.telemetry import Telemetry

FILE = "0123456789abcdef" * 2
START = datetime(2026, 11, 21, 12, 0, 0, 1, tzinfo=UTC)
END = START + timedelta(minutes=3)
SECRET = "https://film.example/x/a/1/k/hush"


class Recorded:
    """Telemetry whose spans a test can look at."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.telemetry = telemetry.with_processor("watcher", SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def span(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def ids(span: ReadableSpan) -> tuple[str, str, str | None]:
    """Trace, span and parent in hex."""
    context, parent = span.get_span_context(), span.parent
    assert context is not None
    return f"{context.trace_id:032x}", f"{context.span_id:016x}", f"{parent.span_id:016x}" if parent else None


def root_id(attempt: int = 1) -> str:
    return f"{identity.root_span_id(FILE, attempt):016x}"


def test_every_stage_is_in_the_file_s_trace_right_below_its_root(recorded: Recorded) -> None:
    with recorded.telemetry.stage("release", file_id=FILE, attempt=1):
        pass
    with recorded.telemetry.stage("deliver", file_id=FILE, attempt=1, kind=SpanKind.CONSUMER):
        pass
    recorded.telemetry.past("quiet", file_id=FILE, attempt=1, start=START, end=END)
    assert len(recorded.spans) == 3
    for span in recorded.spans:
        trace_id, _, parent = ids(span)
        assert (trace_id, parent) == (FILE, root_id())


def test_a_stage_inside_another_hangs_from_the_root_all_the_same(recorded: Recorded) -> None:
    with (
        recorded.telemetry.stage("outer", file_id=FILE, attempt=1),
        recorded.telemetry.stage("inner", file_id=FILE, attempt=2),
    ):
        pass
    assert ids(recorded.span("inner"))[2] == root_id(2)


def test_a_step_hangs_from_the_stage_it_is_taken_in(recorded: Recorded) -> None:
    with recorded.telemetry.stage("release", file_id=FILE, attempt=1), recorded.telemetry.step("publish"):
        pass
    trace_id, span_id, _ = ids(recorded.span("release"))
    assert ids(recorded.span("publish"))[0::2] == (trace_id, span_id)


def test_a_step_of_a_long_stage_hangs_from_the_root(recorded: Recorded) -> None:
    with telemetry.hanging_from_root(FILE, 1), recorded.telemetry.step("POST"):
        pass
    assert ids(recorded.span("POST"))[0::2] == (FILE, root_id())
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_stage_is_linked_to_the_message_that_led_to_it(recorded: Recorded) -> None:
    with recorded.telemetry.stage("publish", file_id=FILE, attempt=1):
        headers = recorded.telemetry.headers()
    with recorded.telemetry.stage("process", file_id=FILE, attempt=1, link=headers):
        pass
    (link,) = recorded.span("process").links
    assert f"{link.context.span_id:016x}" == ids(recorded.span("publish"))[1]


@pytest.mark.parametrize("headers", [{}, {"traceparent": "nonsense"}, {"traceparent": ""}])
def test_a_message_without_a_trace_leads_to_a_stage_without_a_link(recorded: Recorded, headers: dict[str, str]) -> None:
    with recorded.telemetry.stage("process", file_id=FILE, attempt=1, link=headers):
        pass
    assert recorded.span("process").links == ()


def test_a_root_emitted_twice_is_the_same_span_twice(recorded: Recorded) -> None:
    for _ in range(2):
        recorded.telemetry.root(
            "file", file_id=FILE, attempt=1, start=START, end=END, attributes={"postflow.state": "failed"}, error="WHY"
        )
    one, other = recorded.spans
    assert one.to_json() == other.to_json()
    assert ids(one) == (FILE, root_id(), None)


def test_what_comes_after_a_root_has_ids_of_its_own(recorded: Recorded) -> None:
    recorded.telemetry.root("file", file_id=FILE, attempt=1, start=START, end=END)
    with recorded.telemetry.step("elsewhere"):
        pass
    assert ids(recorded.span("elsewhere"))[0] != FILE
    assert ids(recorded.span("elsewhere"))[1] != root_id()


def test_a_root_has_no_parent_even_inside_a_span(recorded: Recorded) -> None:
    with recorded.telemetry.stage("notify", file_id="f" * 32, attempt=1):
        recorded.telemetry.root("file", file_id=FILE, attempt=1, start=START, end=END)
    assert ids(recorded.span("file")) == (FILE, root_id(), None)


def test_a_root_never_ends_before_it_began(recorded: Recorded) -> None:
    recorded.telemetry.root("file", file_id=FILE, attempt=1, start=END, end=START)
    assert recorded.span("file").end_time == recorded.span("file").start_time


MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(2200, 1, 1),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-8))]),
)


@example(datetime(2004, 2, 1, microsecond=22, tzinfo=UTC), END)  # as a float it is a microsecond less
@given(MOMENTS, MOMENTS)
def test_a_span_of_the_past_has_the_times_it_was_given_to_the_microsecond(start: datetime, end: datetime) -> None:
    recorded = Recorded()
    recorded.telemetry.past("quiet", file_id=FILE, attempt=1, start=start, end=end)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    span = recorded.span("quiet")
    assert span.start_time == (start - epoch) // timedelta(microseconds=1) * 1000
    assert span.end_time == (end - epoch) // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(ValueError(SECRET), "ValueError", id="unforeseen"),
        pytest.param(
            PermanentError(SECRET, code="FRAMEIO_REFUSED", what_to_do="Ask."), "FRAMEIO_REFUSED", id="with-a-code"
        ),
    ],
)
def test_only_the_kind_of_an_error_is_on_a_span(recorded: Recorded, error: Exception, kind: str) -> None:
    with (
        pytest.raises(type(error)),
        recorded.telemetry.stage("deliver", file_id=FILE, attempt=1),
        recorded.telemetry.step("POST"),
    ):
        raise error
    for span in recorded.spans:
        assert span.attributes is not None
        assert span.attributes["error.type"] == kind
        assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, kind)
        assert span.events == ()
        assert "hush" not in span.to_json()


def test_a_stage_that_went_well_says_nothing_of_errors(recorded: Recorded) -> None:
    with recorded.telemetry.stage("deliver", file_id=FILE, attempt=1, attributes={"postflow.path": "a.mov"}):
        pass
    span = recorded.span("deliver")
    assert dict(span.attributes or {}) == {"postflow.path": "a.mov"}
    assert span.status.status_code is StatusCode.UNSET


def test_spans_say_which_service_on_which_host(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded.telemetry.step("a"):
        pass
    assert recorded.span("a").resource.attributes["service.name"] == "watcher"
    assert recorded.span("a").resource.attributes["host.name"]
    monkeypatch.setenv("OTEL_SERVICE_NAME", "watcher-two")
    other = Recorded()
    with other.telemetry.step("a"):
        pass
    assert other.span("a").resource.attributes["service.name"] == "watcher-two"


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
    ],
    ids=["unset", "empty", "disabled"],
)
def test_without_an_endpoint_nothing_is_recorded_and_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_SDK_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    off = telemetry.configure("watcher")
    with off.stage("release", file_id=FILE, attempt=1) as span:
        assert not span.is_recording()
        off.past("quiet", file_id=FILE, attempt=1, start=START, end=END)
        off.root("file", file_id=FILE, attempt=1, start=START, end=END, error="WHY")
    off.flush()
    off.shutdown()


def test_an_error_passes_through_a_stage_that_is_not_recorded() -> None:
    with pytest.raises(KeyError), Telemetry().stage("release", file_id=FILE, attempt=1), Telemetry().step("publish"):
        raise KeyError


def test_with_an_endpoint_spans_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1/v1/traces")
    on = telemetry.configure("watcher")
    with on.stage("release", file_id=FILE, attempt=1) as span:
        assert span.is_recording()
    on.shutdown()
