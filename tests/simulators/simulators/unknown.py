"""Edge: calls of a path or method that the simulated service does not have."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

Handler = Callable[[Request, Exception], Awaitable[Response]]


def handlers(refuse: Callable[[Request, int], Awaitable[Response]]) -> Mapping[int, Handler]:
    """For Starlette's `exception_handlers`; `refuse` is given the status."""

    async def handle(request: Request, error: Exception) -> Response:
        return await refuse(request, error.status_code if isinstance(error, HTTPException) else 500)

    return {404: handle, 405: handle}
