#!/app/bin/python
"""Edge: what PostFlow needs of Jaeger: OTLP on 4318, pages and API on 16686, health on 13133. Keeps all in memory.

It takes `--config FILE` as Jaeger does, and refuses one that it cannot read or that keeps nothing on disk.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulators.otlp import OtlpSimulator


async def status(_: Request) -> JSONResponse:
    return JSONResponse({"status": "StatusOK"})


async def main() -> int:
    parser = argparse.ArgumentParser(prog="jaeger")
    parser.add_argument("--config", type=Path, required=True)
    wanted = parser.parse_args().config.read_text()
    if "ephemeral: false" not in wanted or not os.access("/badger", os.W_OK):
        print("jaeger: /badger must be there and mine", file=sys.stderr)
        return 1
    simulator = OtlpSimulator().app
    apps = {4318: simulator, 16686: simulator, 13133: Starlette(routes=[Route("/status", status)])}
    servers = [
        uvicorn.Server(uvicorn.Config(app, host="0.0.0.0", port=port, log_level="warning", lifespan="off"))
        for port, app in apps.items()
    ]
    await asyncio.gather(*(server.serve() for server in servers))
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
