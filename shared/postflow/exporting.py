"""Edge: sends spans, and remembers whether the last ones arrived. That they do not is never a reason not to work."""

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from postflow.health import Check
from postflow.logs import without_secrets

OFF = Check(True, "off: OTEL_EXPORTER_OTLP_ENDPOINT is not set")
START_JAEGER = "Start Jaeger, or correct OTEL_EXPORTER_OTLP_ENDPOINT; files go on without their traces."


class Exporter(OTLPSpanExporter):
    def __init__(self, endpoint: str, timeout_s: float) -> None:
        """The endpoint is read from the environment by the SDK itself; here it is a name for people."""
        super().__init__(timeout=timeout_s)
        self._told = without_secrets(endpoint)
        self._last: SpanExportResult | None = None
        self._has_sent = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._has_sent = True
        self._last = super().export(spans)
        return self._last

    def look(self) -> None:
        """Send no spans at all, which whoever takes spans takes as well. Blocks up to the timeout."""
        self._last = super().export(())

    def check(self) -> Check:
        match self._last:
            case None:
                return Check(True, f"to {self._told}; none was sent yet")
            case SpanExportResult.SUCCESS:
                sent = "the last ones arrived at" if self._has_sent else "none was sent yet; they would be taken at"
                return Check(True, f"{sent} {self._told}")
            case _:
                sent = "the last ones did not arrive at" if self._has_sent else "none would be taken at"
                return Check(True, f"{sent} {self._told}", START_JAEGER)
