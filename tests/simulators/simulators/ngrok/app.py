"""Edge: puts the simulated agent together as a Starlette app: web interface, front and desk on one port."""

import time
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.instants import Clock
from simulators.ngrok.agent import Agent
from simulators.ngrok.faults import Faults
from simulators.ngrok.front import Front
from simulators.ngrok.settings import Settings
from simulators.sidecar import Sidecar


class NgrokSimulator:
    """`app` is served by `simulators.serving.running`; its `agent` is restarted, unlinked, moved by a test's hand."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = time.time) -> None:
        self.agent = agent = Agent(settings or Settings(), clock)
        sidecar = Sidecar(clock, lambda: agent.answers)
        self.faults, self.journal = sidecar.faults, sidecar.journal
        self.front = Front(agent, self.faults)
        told = {"/api/status": self._status, "/api/endpoints": self._endpoints, "/api/tunnels": self._tunnels}
        actions = {
            "unlink": agent.unlink,
            "link": agent.link,
            "restart": agent.start,
            "move": agent.move,
            "offline": lambda: setattr(agent, "is_offline", True),
            "refuse": lambda: setattr(agent, "refuses", True),
        }
        self.app = Starlette(
            routes=sidecar.routes(told, self.front, actions, self._state, _faults),
            exception_handlers=sidecar.handlers(),
        )

    def public_url(self, base_url: str) -> str:
        """What is said to be the name, by somebody who reaches this simulator at `base_url`."""
        return f"{base_url.rstrip('/')}/t/{self.agent.name}"

    async def aclose(self) -> None:
        await self.front.aclose()

    def _status(self, _: Request) -> Response:
        said = "online" if self.agent.is_online else "reconnecting"
        return JSONResponse({"status": said, "agent_version": "3.39.11", "session": {"legs": []}, "uri": "/api/status"})

    def _endpoints(self, request: Request) -> Response:
        if self.agent.settings.is_old:
            return JSONResponse(None, 404)
        upstream = {"url": self.agent.settings.origin, "protocol": "http1"}
        urls = self._urls(request)
        said = [{"name": f"e{number}", "url": url, "upstream": upstream} for number, url in urls]
        return JSONResponse({"endpoints": said})

    def _tunnels(self, request: Request) -> Response:
        config = {"addr": self.agent.settings.origin, "inspect": False}
        urls = self._urls(request)
        said = [{"name": f"t{number}", "public_url": url, "config": config} for number, url in urls]
        return JSONResponse({"tunnels": said})

    def _urls(self, request: Request) -> list[tuple[int, str]]:
        if not self.agent.is_online:
            return []
        return list(enumerate((self.public_url(str(request.base_url)), *self.agent.settings.more)))

    def _state(self, request: Request) -> dict[str, Any]:
        return {
            "public_url": self.public_url(str(request.base_url)),
            "answers": self.agent.answers,
            "is_online": self.agent.is_online,
            "requests": self.front.requests,
            "bytes_passed": self.front.traffic.bytes_passed,
        }


def _faults(body: bytes) -> list[Any]:
    return list(Faults.model_validate_json(body).faults)
