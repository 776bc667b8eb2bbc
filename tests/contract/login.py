"""Edge: signs in to a simulated IMS by the official SDK's own auth: `python -m tests.contract.login`.

Run by the interpreter that has the SDK. Reads a task on stdin, as JSON: `ims_url`, `client_id`, `client_secret`,
`redirect_uri`. Writes on stdout what came of each step, as JSON.
"""

import json
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from frameio.auth import FrameioAuthError, ServerToServerAuth, WebAppAuth


def main() -> int:
    task = json.load(sys.stdin)
    client = {"client_id": task["client_id"], "client_secret": task["client_secret"], "ims_base_url": task["ims_url"]}
    told = _as_a_person(WebAppAuth(**client, redirect_uri=task["redirect_uri"]))
    told["service_token"] = ServerToServerAuth(**client).get_token()
    json.dump(told, sys.stdout)
    return 0


def _as_a_person(auth: WebAppAuth) -> dict[str, Any]:
    """Consent, code, tokens, other tokens; and then the consent is taken back."""
    came_back = httpx.get(auth.get_authorization_url(state="the state")).headers["location"]
    answered = {name: values[0] for name, values in parse_qs(urlsplit(came_back).query).items()}
    auth.exchange_code(code=answered["code"])
    first = auth.export_tokens()
    auth.refresh()
    second = auth.export_tokens()
    auth.revoke()
    auth.import_tokens(second)
    try:
        auth.refresh()
        refused = None
    except FrameioAuthError as error:
        refused = type(error).__name__
    return {"state": answered["state"], "first": first, "second": second, "after_revocation": refused}


if __name__ == "__main__":
    sys.exit(main())
