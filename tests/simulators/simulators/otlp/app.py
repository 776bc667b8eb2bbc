"""Edge: an OTLP/HTTP receiver that answers as Jaeger's query API does."""

import re
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from simulators.otlp.decoding import NotDecoded, decode
from simulators.otlp.pages import trace_page
from simulators.otlp.traces import Traces, flat, resource_spans

_PROTOBUF = "application/x-protobuf"
_NO_TRACES = "No traces found"
_TRACE_ID = re.compile(r"[0-9a-f]{32}")


class OtlpSimulator:
    """`app` is served by `simulators.serving.running`, or called in process."""

    def __init__(self, *, max_traces: int = 5_000, max_spans: int = 100_000) -> None:
        self.traces = Traces(max_traces=max_traces, max_spans=max_spans)
        self.app = Starlette(
            routes=[
                Route("/v1/traces", self._receive, methods=["POST"]),
                Route("/api/v3/traces/{trace_id}", self._trace),
                Route("/api/v3/services", self._services),
                Route("/trace/{trace_id}", self._page),
                Route("/_sim/health", self._health),
                Route("/_sim/traces", self._flat),
                Route("/_sim/reset", self._reset, methods=["POST"]),
            ]
        )

    def spans(self, trace_id: str | None = None) -> list[dict[str, Any]]:
        """Flat spans of one trace or of all, in order of arrival."""
        kept = self.traces.all() if trace_id is None else self.traces.trace(trace_id)
        return [flat(one) for one in kept]

    async def _receive(self, request: Request) -> Response:
        """An empty answer of the same kind is full success."""
        if request.headers.get("content-type", "").partition(";")[0].strip() != _PROTOBUF:
            return Response(f"expected {_PROTOBUF}", status_code=415)
        try:
            received = decode(await request.body(), request.headers.get("content-encoding", ""))
        except NotDecoded as error:
            return Response(str(error), status_code=400)
        self.traces.add(received)
        return Response(b"", media_type=_PROTOBUF)

    async def _trace(self, request: Request) -> Response:
        trace_id = request.path_params["trace_id"]
        if _TRACE_ID.fullmatch(trace_id) is None:
            return _error(400, "a trace id has 32 hex digits")
        trace = self.traces.trace(trace_id)
        if not trace:
            return _error(404, _NO_TRACES)
        return JSONResponse({"result": {"resourceSpans": resource_spans(trace)}})

    async def _services(self, _: Request) -> Response:
        return JSONResponse({"services": self.traces.services()})

    async def _page(self, request: Request) -> Response:
        trace_id = request.path_params["trace_id"]
        spans = self.spans(trace_id)
        if not spans:
            return HTMLResponse(f"<h1>{_NO_TRACES}</h1><p>Not yet, or not any more.</p>", status_code=404)
        return HTMLResponse(trace_page(trace_id, spans))

    async def _health(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _flat(self, request: Request) -> Response:
        spans = self.spans(request.query_params.get("trace_id"))
        return JSONResponse({"spans": spans, "dropped_traces": self.traces.dropped_traces})

    async def _reset(self, _: Request) -> Response:
        self.traces.clear()
        return Response(status_code=204)


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"httpCode": status, "message": message}}, status_code=status)
