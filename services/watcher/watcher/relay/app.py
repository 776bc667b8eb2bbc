"""Edge: the one question that passes: what the daemon says of a file. Everything else is 404.

The daemon knows no login, and can be told to do a great deal. So nothing of a request is handed on but the name of the
filespace and one path, and nothing of the answer but its status, its kind and at most a megabyte.
"""

import re
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

PATIENCE_S = 10.0
MOST_BYTES = 2**20
LONGEST_PATH = 4096

_ROUTE = re.compile(r"/v1/([A-Za-z0-9][\w.-]*)/files", re.ASCII)


class TooLong(Exception):
    """The daemon answers with more than a file's entry."""


class Relay:
    """
    Args:
        http: a client whose base address is the daemon's.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        address = passed(request.method, request.url.path, request.query_params.multi_items())
        answer = await self._ask(address) if address else PlainTextResponse("not found", 404)
        await answer(scope, receive, send)

    async def _ask(self, address: str) -> Response:
        try:
            async with self._http.stream("GET", address) as answer:
                body = await _body(answer)
        except httpx.TimeoutException:
            return PlainTextResponse("the daemon gives no answer", 504)
        except (httpx.HTTPError, TooLong) as error:
            return PlainTextResponse(f"the daemon cannot be asked ({type(error).__name__})", 502)
        return Response(body, answer.status_code, media_type=answer.headers.get("content-type"))


def passed(method: str, path: str, query: list[tuple[str, str]]) -> str | None:
    """What the daemon is asked instead; None if that does not pass."""
    route = _ROUTE.fullmatch(path)
    if method != "GET" or route is None or len(query) != 1:
        return None
    ((name, file),) = query
    if name != "path" or not file.startswith("/") or "\0" in file or len(file) > LONGEST_PATH:
        return None
    return f"/v1/{quote(route[1], safe='')}/files?path={quote(file, safe='')}"


async def _body(answer: httpx.Response) -> bytes:
    body = b""
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > MOST_BYTES:
            raise TooLong
    return body
