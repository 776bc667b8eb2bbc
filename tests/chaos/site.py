"""Edge: the whole of PostFlow as processes, with a tunnel whose name may change, ready for a run."""

from collections.abc import Callable
from pathlib import Path

import httpx

from onehost import ports
from onehost.layout import HOST, Ports
from onehost.stack import Stack
from simulators.cloudflared import CloudflaredSimulator, Settings
from simulators.serving import running
from tests.chaos.plan import Plan
from tests.chaos.run import Run
from tests.e2e.studio import RULES, SETTINGS

UPLOADERS = 3


async def carried_out(plan: Plan, folder: Path, *, settle_s: float, say: Callable[[str], None]) -> list[str]:
    """Every broken promise of a run."""
    (public,) = ports.free(1)
    simulator = CloudflaredSimulator(
        Settings(origin=f"http://{HOST}:{public}", answers_after_s=0.2, linked_after_s=0.3)
    )
    async with running(simulator.app) as tunnel_api, httpx.AsyncClient(timeout=20) as http:
        tunnel = {"TUNNEL": "cloudflared", "PUBLIC_URL": "", "TUNNEL_API": tunnel_api, "TUNNEL_SETTLE_S": "0.5"}
        prepared = Stack(
            folder, rules=RULES, settings=SETTINGS | tunnel, uploaders=UPLOADERS, wanted_ports=Ports(public=public)
        )
        try:
            async with prepared as stack:
                return await Run(plan, stack, simulator, http, say).done(settle_s=settle_s)
        finally:
            await simulator.aclose()
