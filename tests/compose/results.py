"""Edge: what the simulators of the demo layer saw, asked as a person would: by the ports that it publishes."""

from typing import Any

import httpx

from tests.compose.project import eventually


class Results:
    """
    Attributes:
        ports: of the host, by service: jaeger, frameio, discord.
    """

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports
        self._http = httpx.Client(timeout=10, trust_env=False)

    def get(self, service: str, path: str) -> Any:
        answer = self._http.get(f"http://127.0.0.1:{self.ports[service]}{path}")
        assert answer.status_code == 200, f"{service}{path} answers {answer.status_code}"
        return answer.json()

    def assets(self) -> dict[str, list[str]]:
        """By name, the hash of each that is stored and not deleted."""
        found: dict[str, list[str]] = {}
        for file in self.get("frameio", "/_sim/state")["files"]:
            if not file["deleted"]:
                found.setdefault(file["name"], []).append(file["sha256"] or "not whole")
        return found

    def cards(self) -> list[dict[str, Any]]:
        messages = self.get("discord", "/_sim/messages")["messages"]
        return [message for message in messages if not message["deleted"]]

    def fetches_under_way(self) -> int:
        return int(self.get("frameio", "/_sim/state")["fetches_under_way"])

    def trace(self, trace_id: str) -> tuple[set[str], int]:
        """By Jaeger's API: the services that have a span in it, and how many spans have no parent."""
        services, roots = set(), 0
        for part in self.get("jaeger", f"/api/v3/traces/{trace_id}")["result"]["resourceSpans"]:
            named = {one["key"]: one["value"] for one in part["resource"]["attributes"]}
            services.add(str(named["service.name"]["stringValue"]))
            spans = [span for scope in part["scopeSpans"] for span in scope["spans"]]
            roots += sum(1 for span in spans if not span.get("parentSpanId"))
        return services, roots

    def violations(self) -> list[dict[str, Any]]:
        """Calls that no good client makes; an empty bucket at Frame.io is none where replicas share it."""
        frameio, discord = (self.get(service, "/_sim/calls")["refused"] for service in ("frameio", "discord"))
        return [one for one in frameio if one["kind"] != "rate_limited"] + list(discord)

    def delivered_once(self, wanted: dict[str, str], timeout_s: float) -> None:
        """Wait until each is there once, and whole: what an interrupted POST may have made is removed before its file
        is told as delivered, which is a moment after it is stored. `wanted`: the hash by name."""

        def wrong() -> dict[str, list[str]]:
            assets = self.assets()
            return {name: assets.get(name, []) for name, digest in wanted.items() if assets.get(name) != [digest]}

        eventually(lambda: not wrong(), lambda: f"each once and whole, but {wrong()}", timeout_s)
