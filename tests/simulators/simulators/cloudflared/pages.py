"""Edge: what the edge answers itself, to those who want JSON (RFC 9457) and to all others.

Source: Cloudflare docs, "Error responses" and "Cloudflare 1xxx errors" (read 2026-11).
"""

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

_RETRY_AFTER_S = {1015: 30, 1033: 120, 502: 60, 504: 120, 521: 120, 522: 120, 524: 120}
_NAMES = {1010: "browser_signature_banned", 1016: "origin_dns_error", 1033: "tunnel_error"}


def page(status: int, code: int | None, *, accept: str) -> Response:
    """
    Args:
        code: of an error that has a number of its own, like 1033.
        accept: the header as it came.
    """
    again = _RETRY_AFTER_S.get(code or status)
    headers = {"Server": "cloudflare"} | ({"Retry-After": str(again)} if again else {})
    if code == 1015:
        return PlainTextResponse("error code: 1015", status, headers)
    if "application/json" in accept or "application/problem+json" in accept:
        told = {
            "type": "about:blank",
            "title": f"Error {code or status}",
            "status": status,
            "error_code": code or status,
            "error_name": _NAMES.get(code or 0, f"http_{status}"),
            "cloudflare_error": True,
            "retryable": again is not None,
            "retry_after": again,
        }
        return JSONResponse(told, status, headers, media_type="application/problem+json")
    return HTMLResponse(f"<html><body><h1>Error {code or status}</h1>cloudflare</body></html>", status, headers)
