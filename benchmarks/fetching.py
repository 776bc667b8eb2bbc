"""Edge: a client that takes bodies as fast as they come, in a process of its own. `python -m benchmarks.fetching`."""

import argparse
import json
import selectors
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

BUFFER_BYTES = 1 << 20
MOST_HEAD_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Fetched:
    """Attributes:
    count: bytes of all bodies together.
    took_s: from the first connection to the last byte.
    """

    count: int
    took_s: float

    @property
    def mb_per_s(self) -> float:
        return self.count / self.took_s / 1e6


def fetch(urls: list[str], most_s: float) -> Fetched:
    """Take all of them at once, in a process of its own, until they have ended or the time is over."""
    command = [sys.executable, "-m", "benchmarks.fetching", "--most-s", str(most_s), *urls]
    told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return Fetched(told["count"], told["took_s"])


class _Body:
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: bench\r\nConnection: close\r\n\r\n"
        self.socket.sendall(head.encode())
        self.count, self.length = self._read_head()
        self.socket.setblocking(False)

    def _read_head(self) -> tuple[int, int]:
        """How much of the body came with the head, and how long it will be."""
        received = b""
        while b"\r\n\r\n" not in received:
            more = self.socket.recv(MOST_HEAD_BYTES)
            if not more:
                raise SystemExit(f"no answer but {received!r}")
            received += more
        head, _, rest = received.partition(b"\r\n\r\n")
        status, *headers = head.decode("latin-1").split("\r\n")
        if status.split()[1] != "200":
            raise SystemExit(status)
        named = dict(header.lower().split(": ", 1) for header in headers)
        return len(rest), int(named["content-length"])

    def take(self, buffer: bytearray) -> bool:
        """Whether there is more to come."""
        count = self.socket.recv_into(buffer)
        self.count += count
        if count == 0 and self.count < self.length:
            raise SystemExit(f"cut after {self.count} of {self.length} bytes")
        return self.count < self.length


def _taken(urls: list[str], most_s: float) -> Fetched:
    began, buffer = time.monotonic(), bytearray(BUFFER_BYTES)
    bodies = [_Body(url) for url in urls]
    with selectors.DefaultSelector() as waiting:
        for body in bodies:
            waiting.register(body.socket, selectors.EVENT_READ, body)
        while waiting.get_map() and (left_s := began + most_s - time.monotonic()) > 0:
            for key, _ in waiting.select(left_s):
                if not key.data.take(buffer):
                    waiting.unregister(key.fileobj)
    return Fetched(sum(body.count for body in bodies), time.monotonic() - began)


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--most-s", type=float, required=True)
    parser.add_argument("urls", nargs="+")
    asked = parser.parse_args()
    found = _taken(asked.urls, asked.most_s)
    print(json.dumps({"count": found.count, "took_s": found.took_s}))


if __name__ == "__main__":
    _main()
