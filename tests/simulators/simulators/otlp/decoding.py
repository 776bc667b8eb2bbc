"""Edge: what an exporter sends over OTLP/HTTP, as the JSON that Jaeger's query API answers.

Ids are hex there, unlike in plain protobuf JSON, and 64-bit numbers are strings.
"""

import base64
import gzip
import zlib
from typing import Any

from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped, unused-ignore]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


class NotDecoded(Exception):
    """The body is not what its headers say."""


def decode(body: bytes, encoding: str) -> list[dict[str, Any]]:
    """The `resourceSpans` of an export request.

    Raises:
        NotDecoded: not gzip, not protobuf, or an encoding other than gzip.
    """
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(_unpacked(body, encoding))
    except (DecodeError, OSError, EOFError, zlib.error) as error:
        raise NotDecoded(str(error)) from error
    content: dict[str, Any] = MessageToDict(request, use_integers_for_enums=True)
    resource_spans: list[dict[str, Any]] = content.get("resourceSpans", [])
    for resource in resource_spans:
        for scope in resource.get("scopeSpans", []):
            for span in scope.get("spans", []):
                _hex_ids(span)
    return resource_spans


def _unpacked(body: bytes, encoding: str) -> bytes:
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip":
            return gzip.decompress(body)
        case other:
            raise NotDecoded(f"content-encoding {other} is not taken")


def _hex_ids(span: dict[str, Any]) -> None:
    for part in (span, *span.get("links", [])):
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in part:
                part[name] = base64.b64decode(part[name]).hex()
