"""Edge: the public routes: `/x/…` for GET and HEAD. Everything else is a plain 404."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fileserver.admit import NOT_FOUND, Refused
from fileserver.replies import refusal

PATH = "/x/{exposure_id}/{expires}/{key_id}/{signature}"


def public_app(door: ASGIApp) -> Starlette:
    """Args:
    door: answers what the only route leads to.
    """
    app = Starlette(
        routes=[Route(PATH, endpoint=door, methods=["GET", "HEAD"])],
        exception_handlers={HTTPException: _nothing_here},
    )
    app.router.redirect_slashes = False  # a redirect would say that there is something near
    return app


async def _nothing_here(_: Request, __: Exception) -> Response:
    """The same for a path that does not exist and for a method that is not allowed."""
    nothing = refusal(Refused(NOT_FOUND, "no such route"))
    return Response(status_code=nothing.status, headers=dict(nothing.headers))
