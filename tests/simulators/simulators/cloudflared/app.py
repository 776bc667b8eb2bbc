"""Edge: puts the simulated tunnel together as a Starlette app: metrics port, front and desk on one port."""

import json
import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from simulators.cloudflared.faults import Faults
from simulators.cloudflared.front import Front
from simulators.cloudflared.settings import Settings
from simulators.cloudflared.tunnel import Tunnel
from simulators.instants import Clock
from simulators.sidecar import Sidecar


class CloudflaredSimulator:
    """`app` is served by `simulators.serving.running`; its `tunnel` is restarted, unlinked, reaped by a test's hand."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self.tunnel = tunnel = Tunnel(settings or Settings(), clock)
        sidecar = Sidecar(clock, lambda: tunnel.answers)
        self.faults, self.journal = sidecar.faults, sidecar.journal
        self.front = Front(tunnel, self.faults, sidecar.violate)
        told = {"/quicktunnel": self._quicktunnel, "/ready": self._ready, "/config": self._config}
        actions = {
            "unlink": tunnel.unlink,
            "link": tunnel.link,
            "restart": tunnel.start,
            "reap": lambda: setattr(tunnel, "is_reaped", True),
            "refuse": lambda: setattr(tunnel, "refuses", True),
        }
        self.app = Starlette(
            routes=sidecar.routes(told, self.front, actions, self._state, _faults),
            exception_handlers=sidecar.handlers(),
        )

    def public_url(self, base_url: str) -> str:
        """What is said to be the name, by somebody who reaches this simulator at `base_url`."""
        return f"{self.tunnel.front or base_url.rstrip('/')}/t/{self.tunnel.name}"

    async def aclose(self) -> None:
        await self.front.aclose()

    def _quicktunnel(self, request: Request) -> Response:
        """The real one never says a scheme or a path; see the README."""
        return _said({"hostname": "" if self.tunnel.settings.named else self.public_url(str(request.base_url))})

    def _ready(self, _: Request) -> Response:
        links = (4 if self.tunnel.settings.named else 1) if self.tunnel.is_linked else 0
        status = 200 if links else 503
        said = {"status": status, "readyConnections": links, "connectorId": self.tunnel.connector_id}
        return _said(said, status)

    def _config(self, request: Request) -> Response:
        settings = self.tunnel.settings
        hosts = (settings.rules or (request.url.hostname or "",)) if settings.named else ("",)
        ingress = [_rule(host, settings.origin) for host in hosts]
        if settings.named:
            ingress.append(_rule("", "http_status:404"))
        config = {"ingress": ingress, "warp-routing": {}, "originRequest": {}}
        return _said({"version": 3 if settings.named else -1, "config": config})

    def _state(self, request: Request) -> dict[str, Any]:
        return {
            "public_url": self.public_url(str(request.base_url)),
            "generation": self.tunnel.generation,
            "answers": self.tunnel.answers,
            "is_linked": self.tunnel.is_linked,
            "is_reaped": self.tunnel.is_reaped,
            "in_flight": self.front.in_flight,
            "bytes_passed": self.front.bytes_passed,
        }


def _said(answer: dict[str, Any], status: int = 200) -> Response:
    """The metrics port says JSON and calls it text."""
    return PlainTextResponse(json.dumps(answer), status)


def _rule(hostname: str, service: str) -> dict[str, Any]:
    return {"hostname": hostname, "path": None, "service": service, "originRequest": {}}


def _faults(body: bytes) -> list[Any]:
    return list(Faults.model_validate_json(body).faults)
