"""Edge: sends spans, and remembers whether the last ones arrived. That they do not is never a reason not to work."""

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from postflow.health import Check
from postflow.logs import without_secrets

OFF = Check(True, "off: OTEL_EXPORTER_OTLP_ENDPOINT is not set")


class Exporter(OTLPSpanExporter):
    def __init__(self, endpoint: str, timeout_s: float) -> None:
        """The endpoint is read from the environment by the SDK itself; here it is a name for people."""
        super().__init__(timeout=timeout_s)
        self._told = without_secrets(endpoint)
        self._last: SpanExportResult | None = None

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._last = super().export(spans)
        return self._last

    def check(self) -> Check:
        if self._last is None:
            return Check(True, f"to {self._told}; none was sent yet")
        if self._last is SpanExportResult.SUCCESS:
            return Check(True, f"the last ones arrived at {self._told}")
        what_to_do = "Start Jaeger, or correct OTEL_EXPORTER_OTLP_ENDPOINT; files go on without their traces."
        return Check(True, f"the last ones did not arrive at {self._told}", what_to_do)
