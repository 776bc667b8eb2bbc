"""Edge: asks the service of this machine whether it is ready. `python -m postflow.probe [livez|readyz]`.

A container's health check: images hold no curl. It answers within seconds and reads no setting but where to ask.
"""

import http.client
import json
import os
import sys
from collections.abc import Mapping, Sequence

TIMEOUT_S = 3.0
EVERYWHERE = ("", "0.0.0.0", "::")


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Print what is amiss. Returns 0 when all is well, else 1."""
    route = arguments[0] if arguments else "readyz"
    host, port = where(environment)
    try:
        status, body = _get(host, port, f"/{route}")
    except (OSError, http.client.HTTPException) as error:
        print(f"nothing answers on {host}:{port} ({error})")
        return 1
    print("ok" if status == 200 else trouble(body))
    return 0 if status == 200 else 1


def where(environment: Mapping[str, str]) -> tuple[str, int]:
    """Host and port of the health server, from the inside."""
    host = environment.get("HEALTH_HOST", "")
    return "127.0.0.1" if host in EVERYWHERE else host, int(environment.get("HEALTH_PORT") or 8081)


def trouble(body: bytes) -> str:
    """The checks that are not well, in a line; or the answer as it is."""
    try:
        checks = json.loads(body)["checks"]
        return "; ".join(f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace").strip()


def _get(host: str, port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
