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

    def spans(self, trace_id: str) -> list[dict[str, Any]]:
        return list(self.get("jaeger", f"/_sim/traces?trace_id={trace_id}")["spans"])

    def has_trace(self, trace_id: str) -> bool:
        """By the API of the real Jaeger."""
        return bool(self.get("jaeger", f"/api/v3/traces/{trace_id}")["result"]["resourceSpans"])

    def violations(self) -> list[dict[str, Any]]:
        """Calls that Frame.io refused; an empty bucket is no mistake where replicas share it."""
        refused = self.get("frameio", "/_sim/calls")["refused"]
        return [one for one in refused if one["kind"] != "rate_limited"]

    def delivered_once(self, wanted: dict[str, str], timeout_s: float) -> None:
        """Wait until all are stored, whole; then see that none is there twice. `wanted`: the hash by name."""

        def stored() -> bool:
            assets = self.assets()
            return all(assets.get(name) and "not whole" not in assets[name] for name in wanted)

        eventually(stored, lambda: f"stored: {self._lacking(wanted)}", timeout_s)
        assets = self.assets()
        wrong = {name: assets[name] for name, digest in wanted.items() if assets[name] != [digest]}
        assert not wrong, f"each once and whole, but {wrong}"

    def _lacking(self, wanted: dict[str, str]) -> str:
        assets = self.assets()
        return ", ".join(
            f"{name} {assets.get(name, 'not there')}"
            for name in wanted
            if "not whole" in assets.get(name, ["not whole"])
        )
