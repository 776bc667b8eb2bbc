"""Edge: Frame.io's answers: the data envelope, a refusal, and the errors that faults ask for."""

from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from simulators.frameio.refusals import Refused


def data(content: Any, *, status: int = 200) -> Response:
    return JSONResponse({"data": content}, status_code=status)


def refusal(refused: Refused) -> Response:
    return JSONResponse(refused.body(), status_code=refused.status)


def error_answer(
    status: int, *, html: bool | None = None, empty: bool = False, retry_after_s: float | None = None
) -> Response:
    """What an injected error looks like; 5xx come as HTML unless asked otherwise, as from a proxy in front."""
    headers = {} if retry_after_s is None else {"retry-after": f"{retry_after_s:g}"}
    if empty:
        return Response(status_code=status, headers=headers)
    if status >= 500 if html is None else html:
        page = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
        return HTMLResponse(page, status_code=status, headers=headers)
    return JSONResponse(Refused(status).body(), status_code=status, headers=headers)
