"""The answers of a sidecar that is none."""

import json

import httpx

from fileserver.tunnel.cloudflared import Cloudflared
from fileserver.tunnel.gate import Sighting
from fileserver.tunnel.ngrok import Ngrok

API = "http://sidecar.example"
READY = {"status": 200, "readyConnections": 1}


class Sidecar:
    """Answers of the metrics port, as text."""

    def __init__(self, **answers: object) -> None:
        self.answers: dict[str, object] = {
            "quicktunnel": {"hostname": "a-b.trycloudflare.com"},
            "ready": READY,
        } | answers

    async def seen(self, public_url: str = "", kind: type[Cloudflared | Ngrok] = Cloudflared) -> Sighting:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._answer)) as http:
            return await kind(http, API, public_url).look()

    def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = self.answers.get(request.url.path.strip("/"))
        if answer is None:
            return httpx.Response(404, text="404 page not found")
        status = answer.get("status") if isinstance(answer, dict) else None
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return httpx.Response(status if isinstance(status, int) else 200, text=text)


NO_NAME = "https://xn--a.com"
"""It looks like one, and there is no letter that it could stand for."""
