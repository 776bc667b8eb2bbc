"""Edge: sends spans, and remembers whether the last ones arrived. That they do not is never a reason not to work."""

from collections.abc import MutableMapping, Sequence

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from postflow import tracing
from postflow.checks import Check
from postflow.logs import without_secrets

OFF = Check(True, "off: OTEL_EXPORTER_OTLP_ENDPOINT is not set")
START_JAEGER = "Start Jaeger, or correct OTEL_EXPORTER_OTLP_ENDPOINT; files go on without their traces."

EXPORT_TIMEOUT_S = 2.0
"""The SDK's own ten seconds, twice, would outlast the time a container is given to stop."""


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


def configured(environment: MutableMapping[str, str]) -> Exporter | None:
    """As the environment asks; None if it asks for no traces. Raises ValueError, in the words of the SDK.

    Args:
        environment: what is empty in it is unset: to the specification that is the same, to the SDK a wrong number.
    """
    for name in [name for name, value in environment.items() if name.startswith("OTEL_") and not value]:
        del environment[name]
    if not tracing.is_on(environment):
        return None
    endpoint = next(value for name in tracing.ENDPOINTS if (value := environment.get(name)))
    timeout = environment.get("OTEL_EXPORTER_OTLP_TIMEOUT")
    return Exporter(endpoint, float(timeout) if timeout else EXPORT_TIMEOUT_S)
