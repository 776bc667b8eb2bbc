"""Edge: the public routes: `/x/…` for GET and HEAD. Everything else is a plain 404."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from fileserver.admit import NOT_FOUND, Refused
from fileserver.asking import NO_ADDRESS, visit_of
from fileserver.outcome import Outcome
from fileserver.replies import refusal
from fileserver.visit import Visit

PATH = "/x/{exposure_id}/{expires}/{key_id}/{signature}"


def public_app(door: ASGIApp, strange: Callable[[Visit, Outcome], None], *, options: bool = False) -> Starlette:
    """Args:
    door: answers what the only route leads to.
    options: whether a browser may ask what it may ask.
    strange: is told of everything else.
    """

    async def nothing_here(request: Request, _: Exception) -> Response:
        """The same for a path that does not exist and for a method that is not allowed."""
        nothing = refusal(Refused(NOT_FOUND, "no such route"))
        strange(visit_of(request, NO_ADDRESS), Outcome(nothing, why="no such route"))
        return Response(status_code=nothing.status, headers=dict(nothing.headers))

    app = Starlette(
        routes=[Route(PATH, endpoint=door, methods=["GET", "HEAD", *(["OPTIONS"] if options else [])])],
        exception_handlers={HTTPException: nothing_here},
    )
    app.router.redirect_slashes = False  # a redirect would say that there is something near
    return app
