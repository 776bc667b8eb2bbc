"""Edge: bytes that no HTTP client would send, and what comes back for them."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from postflow.messages import FileExposed
from tests.integration.fileserver_site import Site, address


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


def path_of(exposed: FileExposed) -> str:
    return urlsplit(address(exposed)).path


def head(*lines: str, method: str = "GET", target: str = "/") -> bytes:
    """Of a request, with a host."""
    return "\r\n".join((f"{method} {target} HTTP/1.1", "Host: film.example", *lines, "", "")).encode("latin-1")


async def all_that_comes(site: Site, *sent: bytes, timeout_s: float = 20) -> bytes:
    """Until the other side closes: we say nothing more, and read on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    try:
        for piece in sent:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(timeout_s):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def answers(came: bytes, *, to_head: bool = False) -> list[Answer]:
    """What came, taken apart by its own lengths. Fails on anything that is left over."""
    found = []
    while came:
        first, _, rest = came.partition(b"\r\n\r\n")
        status, *lines = first.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = 0 if to_head or status.split()[1] in ("304", "100") else int(headers["content-length"])
        assert len(rest) >= length, "it ends too early"
        found.append(Answer(int(status.split()[1]), headers, rest[:length]))
        came = rest[length:]
    return found
