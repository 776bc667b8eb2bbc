"""Edge: what is behind a simulated tunnel, as its near end asks it."""

from collections.abc import Callable, Mapping

import httpx
from starlette.requests import Request


class Origin:
    """Close it.

    Args:
        url: its base address, asked for each time: a tunnel may be led elsewhere.
        timeout: raises httpx.ReadTimeout when a silence is longer.
    """

    def __init__(self, url: Callable[[], str], timeout: httpx.Timeout) -> None:
        self._url = url
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None

    async def ask(self, method: str, address: str, headers: Mapping[str, str]) -> httpx.Response:
        """Its answer, of which the body is still to come; raises httpx.HTTPError.

        Args:
            address: path and query, exactly as they came.
        """
        http = self._http()
        url = self._url().rstrip("/") + address
        return await http.send(http.build_request(method, url, headers=headers), stream=True)

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._client = httpx.AsyncClient(timeout=self._timeout, limits=limits, trust_env=False)
        return self._client


def address_behind(request: Request, name: str) -> str:
    """What was asked for behind `/t/<name>`, exactly as it came."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    path = raw.decode().partition(f"/t/{name}")[2] or "/"
    return path + (f"?{request.url.query}" if request.url.query else "")
