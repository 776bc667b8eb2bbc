"""Edge: everything that can be wrong before anything starts, in one list."""

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from onehost import layout, nats_server, ports
from onehost.child import python
from onehost.up.plan import CLOUDFLARED, NATS_PASSWORD, Plan

CHECK_S = 60.0

NO_CLOUDFLARED = (
    "There is no cloudflared on the PATH, so Frame.io cannot reach the files and nothing is sent: install cloudflared "
    "and start again, or set TUNNEL=none and PUBLIC_URL."
)


async def problems(plan: Plan, nats_password: str) -> list[str]:
    """One line each; the same one of two services once, and of a variable that the plan itself refuses no other."""
    kinds = list(dict.fromkeys([*(layout.module(service) for service in plan.services), "console"]))
    told = await asyncio.gather(*(_of_service(plan, kind, nats_password) for kind in kinds))
    found = plan.problems()
    refused = {_variable(line) for line in found}
    found += [line for lines in told for line in lines if _variable(line) not in refused]
    found += [*_of_tunnel(plan), *_of_ports(plan)]
    found += _of_password_file(plan)
    try:
        nats_server.find()
    except nats_server.NoNatsServer as error:
        found.append(str(error))
    return list(dict.fromkeys(found))


def _variable(line: str) -> str:
    return line.partition(":")[0]


def cloudflared(plan: Plan) -> str | None:
    """The program, if it is ours to start and there is one."""
    return shutil.which(CLOUDFLARED) if plan.has_tunnel else None


async def _of_service(plan: Plan, service: str, nats_password: str) -> list[str]:
    # Processes of uploaders are numbered; their settings are the same but for the port.
    environment = layout.bare(os.environ) | plan.environment(service, nats_password)
    asked = await asyncio.create_subprocess_exec(
        *python("onehost.up.checking"),
        service,
        env=environment,
        cwd=plan.home,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        answer, trouble = await asyncio.wait_for(asked.communicate(), CHECK_S)
    except TimeoutError:
        asked.kill()
        return [f"the settings of {service} could not be checked within {CHECK_S:.0f} s; does VOLUME_ROOT hang?"]
    if asked.returncode != 0:
        last = (trouble.decode(errors="replace").strip().splitlines() or ["nothing said"])[-1]
        return [f"the settings of {service} cannot be checked: {last}"]
    return [str(problem) for problem in json.loads(answer.splitlines()[-1])]


def _of_password_file(plan: Plan) -> Iterator[str]:
    file = plan.nats_password_file
    if file is None or plan.values.get("NATS_PASSWORD"):
        return
    try:
        held = Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError):
        yield f"NATS_PASSWORD_FILE: {file} cannot be read; check that it is there"
        return
    if not NATS_PASSWORD.fullmatch(held):
        yield "NATS_PASSWORD_FILE: what it holds must begin with a letter and have letters and digits only"


def _of_tunnel(plan: Plan) -> Iterator[str]:
    if not (plan.has_tunnel and plan.is_named_tunnel):
        return
    token = Path(plan.tunnel_token)
    if not os.access(token, os.R_OK):
        yield (
            f"TUNNEL_TOKEN_FILE: {token} cannot be read; put the token of the named tunnel there, or unset PUBLIC_URL "
            "for a quick one"
        )


def _of_ports(plan: Plan) -> Iterator[str]:
    wanted = {"NATS_URL": plan.nats_port, "PUBLIC_PORT": plan.public_port}
    if cloudflared(plan):
        wanted["TUNNEL_API"] = plan.tunnel_port
    wanted |= {f"HEALTH_PORT ({service})": port for service, port in plan.health_ports.items()}
    users: dict[int, str] = {}
    for name, port in wanted.items():
        if port in users:
            yield f"{name}: port {port} is that of {users[port]} too; choose another"
        users.setdefault(port, name)
    for port, name in users.items():
        if 0 < port < 65536 and (taken := ports.trouble(port)):
            yield f"{name}: port {port} cannot be used ({taken}); end what listens there, or set another in .env"
