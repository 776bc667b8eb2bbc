"""Edge: whether the service lives, whether it can do its work and if not why, and its metrics."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class Check:
    """What one part says of itself. `what_to_do` is empty when all is well."""

    ok: bool
    detail: str
    what_to_do: str = ""


class Health:
    """The checks of one service; all must be well for it to be ready."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], Check]] = {}

    def add(self, name: str, check: Callable[[], Check]) -> None:
        self._checks[name] = check

    def report(self) -> dict[str, Check]:
        return {name: check() for name, check in self._checks.items()}

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/livez", _livez), Route("/readyz", self._readyz), Route("/metrics", _metrics)])

    async def _readyz(self, _: Request) -> Response:
        report = self.report()
        ready = all(check.ok for check in report.values())
        checks = {
            name: {"ok": check.ok, "detail": check.detail, "what_to_do": check.what_to_do}
            for name, check in report.items()
        }
        return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)


async def _livez(_: Request) -> Response:
    return PlainTextResponse("alive\n")


async def _metrics(_: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
