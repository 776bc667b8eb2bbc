"""Edge: a relay of TCP that holds somebody's connection at one moment, until it is let go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from enum import Enum, auto

from onehost.layout import HOST

READ_BYTES = 65_536
REMEMBERED_BYTES = 65_536
"""Of what was said: the words of a trap may come in several pieces."""


class Holds(Enum):
    ASKING = auto()
    """What was asked does not arrive."""
    ANSWER = auto()
    """It arrives, and its answer does not."""


class Trap:
    """Closes once: behind the first connection on which all of `words` were said.

    Attributes:
        caught: somebody is in it.
        victim: the name of the relay that it came by.
    """

    def __init__(self, holds: Holds, *words: str) -> None:
        self.caught = asyncio.Event()
        self.victim = ""
        self._holds = holds
        self._words = [word.encode() for word in words]
        self._released = asyncio.Event()

    def release(self) -> None:
        self._released.set()

    def closes_behind(self, said: bytes, victim: str) -> bool:
        if self.caught.is_set() or not all(word in said for word in self._words):
            return False
        self.victim = victim
        self.caught.set()
        return True

    async def passes(self, held: Holds) -> None:
        if self._holds is held:
            await self._released.wait()


class _Connection:
    def __init__(self, victim: str, traps: Sequence[Trap]) -> None:
        self._victim = victim
        self._traps = traps
        self._caught: list[Trap] = []
        self._said = b""

    async def asked(self, data: bytes) -> AsyncIterator[bytes]:
        """All but the end may pass: a far side that had heard nothing would hang up after some seconds."""
        self._said = (self._said + data)[-REMEMBERED_BYTES:]
        self._caught += [trap for trap in self._traps if trap.closes_behind(self._said, self._victim)]
        yield data[:-1]
        await self._passes(Holds.ASKING)
        yield data[-1:]

    async def answered(self, data: bytes) -> AsyncIterator[bytes]:
        await self._passes(Holds.ANSWER)
        yield data

    async def _passes(self, held: Holds) -> None:
        for trap in self._caught:
            await trap.passes(held)


@asynccontextmanager
async def relay(victim: str, port: int, traps: Sequence[Trap]) -> AsyncIterator[int]:
    """Listen for one client and pass on to `port` what it says; yields the port to connect to."""
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        async with AsyncExitStack() as exit_stack:
            exit_stack.callback(writer.close)
            try:
                far_reader, far_writer = await asyncio.open_connection(HOST, port)
            except OSError:
                return
            exit_stack.callback(far_writer.close)
            await _both_ways((reader, writer), (far_reader, far_writer), _Connection(victim, traps))

    server = await asyncio.start_server(accept, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _both_ways(near: Stream, far: Stream, connection: _Connection) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_passed(near[0], far[1], connection.asked))
        tasks.create_task(_passed(far[0], near[1], connection.answered))


async def _passed(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passing: Callable[[bytes], AsyncIterator[bytes]]
) -> None:
    """Until one side ends, which the other is told."""
    with suppress(OSError):
        while data := await reader.read(READ_BYTES):
            async for piece in passing(data):
                writer.write(piece)
                await writer.drain()
        writer.write_eof()
