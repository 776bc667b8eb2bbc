"""Edge: the admin routes that Frame.io and Discord have alike: health, calls, queued faults."""

from collections.abc import Callable, Collection, Sequence

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.faults import Fault, FaultQueue
from simulators.journal import Journal

ParseFaults = Callable[[bytes], Sequence[Fault]]


def routes(journal: Journal, faults: FaultQueue, parse: ParseFaults, names: Collection[str]) -> list[Route]:
    """`parse` reads a body of faults and raises ValidationError; `names` are the routes a fault may be meant for."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def calls(_: Request) -> Response:
        return JSONResponse(journal.as_json())

    async def waiting(_: Request) -> Response:
        return JSONResponse({"faults": faults.as_json()})

    async def queue(request: Request) -> Response:
        try:
            wanted = parse(await request.body())
        except ValidationError as error:
            return not_understood(error)
        unknown = sorted({fault.route for fault in wanted if fault.route} - set(names))
        if unknown:
            return errors(422, *(f"no route {name!r}; there are {', '.join(sorted(names))}" for name in unknown))
        faults.queue(*wanted)
        return JSONResponse({"queued": len(wanted)})

    async def clear(_: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    return [
        Route("/_sim/health", health),
        Route("/_sim/calls", calls),
        Route("/_sim/faults", waiting, methods=["GET"]),
        Route("/_sim/faults", queue, methods=["POST"]),
        Route("/_sim/faults", clear, methods=["DELETE"]),
    ]


def errors(status: int, *what: str) -> Response:
    return JSONResponse({"errors": list(what)}, status_code=status)


def not_understood(error: ValidationError) -> Response:
    return errors(422, *(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()))
