"""Edge: whether the service lives, whether it can do its work and if not why, and its metrics."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from postflow.checks import Check
from postflow.conditions import PATIENCE, Watched


class Health:
    """The checks of one service; all must be well for it to be ready."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], Check]] = {}
        self._groups: dict[str, Callable[[], Mapping[str, Check]]] = {}
        self._alarms: dict[str, Callable[[], Check]] = {}
        self._watched: dict[str, Watched] = {}

    def add(
        self, name: str, check: Callable[[], Check], *, condition: str = "", patience: timedelta = PATIENCE
    ) -> None:
        """
        Args:
            condition: what people hear of when it fails for longer than `patience`; empty: they do not.
        """
        self._checks[name] = check
        if condition:
            self._watched[name] = Watched(condition, patience)

    def add_alarm(self, name: str, check: Callable[[], Check], *, condition: str) -> None:
        """What people hear of when it fails, though the service can do its work and so is ready."""
        self._alarms[name] = check
        self._watched[name] = Watched(condition)

    def add_each(self, name: str, checks: Callable[[], Mapping[str, Check]], *, condition: str = "") -> None:
        """As many checks as there are just now, each by what it is about: `project UNDLM`."""
        self._groups[name] = checks
        if condition:
            self._watched[name] = Watched(condition)

    def heard_of(self) -> list[tuple[Watched, Check]]:
        """The checks that people hear of when they fail."""
        single = {**self._checks, **self._alarms}
        return [
            (watched, check)
            for name, watched in self._watched.items()
            for check in ([single[name]()] if name in single else self._groups[name]().values())
        ]

    @property
    def conditions(self) -> set[str]:
        """What people may hear of."""
        return {watched.condition for watched in self._watched.values()}

    def report(self) -> dict[str, Check]:
        single = {name: check() for name, check in self._checks.items()}
        return single | {
            f"{name} {about}".rstrip(): check
            for name, checks in self._groups.items()
            for about, check in checks().items()
        }

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
