"""Edge: holds the simulated Frame.io and our requests against the official SDK: `python -m tests.contract.sdk`.

Run by the interpreter that has the SDK. Reads a task on stdin, as JSON: `base_url`, `token`, `source_url`, and
`requests` (`verb`, `path`, `query`, `body` each). Writes what it found on stdout, as JSON: `findings`, sentences of
what does not fit, `answered`, the operations that it drove, and `rates`, what each of our requests is documented to be
limited to: calls, and in how many seconds.
"""

import json
import sys
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
from frameio import Frameio

from tests.contract.operations import arguments, found
from tests.contract.visit import Visit

Json = dict[str, Any]


def main() -> int:
    task = json.load(sys.stdin)
    visit = Visit(task["base_url"], task["token"], task["source_url"])
    visit.look_at_everything()
    visit.meet_every_error()
    checked = [_checked(request) for request in task["requests"]]
    report = {
        "findings": visit.findings + [finding for findings, _ in checked for finding in findings],
        "answered": sorted(visit.answered),
        "rates": [rate for _, rate in checked],
    }
    json.dump(report, sys.stdout)
    return 0


def _checked(request: Json) -> tuple[list[str], tuple[int, float] | None]:
    """Where this request is not what the SDK would have sent, and how often it may be sent."""
    known = found(request["verb"], request["path"])
    if known is None:
        return [f"the SDK has no {request['verb']} {request['path']}"], None
    operation, parameters = known
    given, wrong = arguments(operation, request["query"], request["body"])
    sent = _sent(lambda client: operation.call(client, **parameters, **given))
    wrong += [
        f"{part} would be {theirs!r} and not {ours!r}"
        for part, theirs in _parts(sent).items()
        if theirs != (ours := request[part])
    ]
    return [f"our {operation.name}: {problem}" for problem in wrong], operation.rate


def _parts(sent: httpx.Request) -> Json:
    return {
        "verb": sent.method,
        "path": sent.url.path,
        "query": dict(parse_qsl(sent.url.query.decode())),
        "body": json.loads(sent.content) if sent.content else None,
    }


def _sent(call: Callable[[Frameio], Any]) -> httpx.Request:
    """The request that the SDK makes of a call; nobody is asked."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(418, json={})

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        try:
            call(Frameio(base_url="http://frameio", token="simulated-token", httpx_client=http))
        except Exception as error:
            if not sent:
                raise RuntimeError("the SDK refused the call") from error
    return sent[0]


if __name__ == "__main__":
    sys.exit(main())
