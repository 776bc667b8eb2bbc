"""Edge: takes spans as any OpenTelemetry backend does, and shows them as Jaeger's API does."""

from simulators.otlp.app import OtlpSimulator

__all__ = ["OtlpSimulator"]
