"""Edge: asks the program beside us that holds the tunnel, and reads what it says of itself."""

import json
import re
from typing import Any

import httpx

from postflow.addresses import base_url

PATIENCE_S = 3.0

UNREACHABLE = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError)
"""What comes of asking one that is not there, or whose address is none."""

_PLAIN = re.compile(r"[A-Za-z0-9._:/-]{1,300}")


class Nonsense(Exception):
    """It answered something else than it is known to. The text is for a person."""


class Sidecar:
    """
    Args:
        name: what people call the program.
        api: base address of where it tells of itself.
    """

    def __init__(self, http: httpx.AsyncClient, name: str, api: str) -> None:
        self._http = http
        self._name = name
        self._api = api

    async def ask(self, path: str, *, also: int = 200) -> dict[str, Any]:
        """Raises Nonsense, or one of UNREACHABLE."""
        answer = await self._http.get(f"{self._api}{path}")
        if answer.status_code not in (200, also):
            raise Nonsense(f"{self._name} answers {path} with {answer.status_code}")
        return self._object(path, answer.content)

    async def ask_if_known(self, path: str) -> dict[str, Any] | None:
        """None from one that is too old to know the path. Raises as `ask` does."""
        answer = await self._http.get(f"{self._api}{path}")
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise Nonsense(f"{self._name} answers {path} with {answer.status_code}")
        return self._object(path, answer.content)

    def address(self, said: object) -> str:
        """A base address. A simulated sidecar names its scheme and a path, because it has neither name nor certificate.

        Raises:
            Nonsense: it is none.
        """
        try:
            if isinstance(said, str) and _PLAIN.fullmatch(said):
                return base_url(said if "://" in said else f"https://{said}", example="")
        except ValueError:
            pass
        raise Nonsense(f"{self._name} says a host name that is none")

    def _object(self, path: str, content: bytes) -> dict[str, Any]:
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise Nonsense(f"{self._name} answers {path} with something that is no JSON object")
        return told


def client() -> httpx.AsyncClient:
    """It is a neighbour: no proxy of the environment stands between."""
    return httpx.AsyncClient(timeout=PATIENCE_S, trust_env=False)
