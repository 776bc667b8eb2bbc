"""Calls in threads that may be left behind."""

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from postflow.threads import in_thread

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word", default="")


def given(one: int, *, two: int) -> tuple[int, int, str]:
    return one, two, WORD.get()


def fail() -> None:
    raise ValueError("no")


async def test_it_gives_what_the_call_gives_and_raises_what_it_raises() -> None:
    WORD.set("kept")
    assert await in_thread(given, 1, two=2) == (1, 2, "kept")
    with pytest.raises(ValueError, match="no"):
        await in_thread(fail)


async def test_calls_that_hang_keep_no_other_waiting() -> None:
    release = threading.Event()
    hanging = [asyncio.create_task(in_thread(release.wait)) for _ in range(100)]
    assert await in_thread(lambda: "answered") == "answered"
    release.set()
    assert all(await asyncio.gather(*hanging))


HANGS = """
import asyncio, os
from postflow.threads import in_thread

async def main():
    hanging = asyncio.create_task(in_thread(os.read, os.pipe()[0], 1))
    await asyncio.sleep(0.1)
    print("done", flush=True)

asyncio.run(main())
"""


def test_the_end_of_the_process_waits_for_none() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, timeout=30, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("done\n", "")
