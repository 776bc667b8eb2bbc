"""Calls in threads that may be left behind."""

import asyncio
import contextvars
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from postflow.threads import Pool, in_thread

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

POOL_HANGS = """
import os, time
from postflow.threads import Pool

pool = Pool(2, "reader")
hanging = pool.submit(lambda: os.read(os.pipe()[0], 1))
while not hanging.running():
    time.sleep(0.01)
pool.close()
print("done", flush=True)
"""


@pytest.mark.parametrize("program", [HANGS, POOL_HANGS])
def test_the_end_of_the_process_waits_for_none(program: str) -> None:
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=30, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("done\n", "")


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(3, "reader")
    yield made
    made.close()


def test_a_pool_gives_what_calls_give_and_raises_what_they_raise(pool: Pool) -> None:
    assert [each.result(10) for each in [pool.submit(lambda n=n: n * n) for n in range(50)]] == [  # type: ignore[misc]
        n * n for n in range(50)
    ]
    with pytest.raises(ValueError, match="no"):
        pool.submit(fail).result(10)
    assert pool.submit(lambda: "goes on").result(10) == "goes on"


def test_a_pool_makes_no_more_threads_than_it_may(pool: Pool) -> None:
    before = threading.enumerate()  # those of another test's pool may still be ending

    def count() -> int:
        return sum(thread.name.startswith("reader-") for thread in threading.enumerate() if thread not in before)

    assert count() == 0
    pool.submit(lambda: None).result(10)
    assert count() == 1
    release = threading.Event()
    waiting = [pool.submit(release.wait) for _ in range(20)]
    assert count() == 3
    release.set()
    assert all(each.result(10) for each in waiting)


def test_what_was_cancelled_before_it_was_begun_is_not_done(pool: Pool) -> None:
    release, done = threading.Event(), []
    hanging = [pool.submit(release.wait) for _ in range(3)]
    behind = pool.submit(lambda: done.append("done"))
    assert behind.cancel()
    release.set()
    assert all(each.result(10) for each in hanging)
    assert pool.submit(lambda: "after").result(10) == "after"
    assert not done


def test_a_pool_that_is_closed_begins_nothing_and_ends_what_it_began(pool: Pool) -> None:
    release = threading.Event()
    hanging = [pool.submit(release.wait) for _ in range(3)]
    while not all(each.running() for each in hanging):
        time.sleep(0.01)
    behind = pool.submit(lambda: "never")
    pool.close()
    with pytest.raises(CancelledError):
        behind.result(10)
    with pytest.raises(RuntimeError, match="nothing more"):
        pool.submit(lambda: "never")
    release.set()
    assert all(each.result(10) for each in hanging)


def test_what_is_cancelled_by_the_end_of_a_pool_may_ask_it_for_more() -> None:
    """A file is closed by the same threads, as soon as nobody reads from it any more."""
    pool, release, refused = Pool(1, "reader"), threading.Event(), []
    hanging = pool.submit(release.wait)
    while not hanging.running():
        time.sleep(0.01)
    behind = pool.submit(lambda: "never")

    def ask_for_more(_: object) -> None:
        with pytest.raises(RuntimeError, match="nothing more"):
            pool.submit(lambda: "never")
        refused.append(True)

    behind.add_done_callback(ask_for_more)
    closing = threading.Thread(target=pool.close, daemon=True)
    closing.start()
    closing.join(10)
    assert refused == [True]
    release.set()
    assert hanging.result(10)


def test_a_pool_that_is_given_no_thread_goes_on_with_those_it_has(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    release, unsaid = threading.Event(), threading.Event()
    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", _no_thread)
        with pytest.raises(RuntimeError, match="no thread"):
            pool.submit(lambda: unsaid.set())
    first = pool.submit(release.wait)
    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", _no_thread)
        behind = [pool.submit(release.wait) for _ in range(9)]
    release.set()
    assert all(each.result(10) for each in [first, *behind])
    assert not unsaid.is_set(), "what was refused is not done later"


def test_threads_that_a_pool_was_refused_are_made_later(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    release, hangs = threading.Event(), threading.Event()
    first = pool.submit(release.wait)
    with monkeypatch.context() as crowded:
        crowded.setattr(threading.Thread, "start", _no_thread)
        behind = [pool.submit(lambda: None) for _ in range(9)]
    release.set()
    assert first.result(10)
    assert [each.result(10) for each in behind] == [None] * 9
    hanging = [pool.submit(hangs.wait) for _ in range(2)]
    assert pool.submit(lambda: "answered").result(10) == "answered"
    hangs.set()
    assert all(each.result(10) for each in hanging)


def _no_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")
