"""The mount that tests of other things rest on behaves as a filespace's client does."""

import errno
import os
import threading
from pathlib import Path

import pytest
import watchfiles

from tests.slowmount.mounting import Kind, SlowMount

PART = 128 * 1024


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_another_machine_writes_is_seen_at_the_next_look(slow_mount: SlowMount) -> None:
    shown, remote = slow_mount.at / "a.mov", slow_mount.backing / "a.mov"
    assert not shown.exists()
    remote.write_bytes(b"film")
    assert shown.read_bytes() == b"film"
    os.utime(remote, ns=(5, 10**18 + 7))
    with remote.open("ab") as file:
        file.write(b"s")
    os.utime(remote, ns=(5, 10**18 + 7))
    seen, there = shown.stat(), remote.stat()
    assert (seen.st_size, seen.st_mtime_ns, seen.st_ino) == (5, 10**18 + 7, there.st_ino)
    remote.unlink()
    assert not shown.exists()
    assert names(slow_mount.at) == []


def test_only_what_is_written_here_raises_events(slow_mount: SlowMount) -> None:
    (slow_mount.backing / "SQ01").mkdir()
    begun, stop = threading.Event(), threading.Event()
    heard: list[str] = []

    def hear() -> None:
        watch = watchfiles.watch(slow_mount.at, stop_event=stop, rust_timeout=100, yield_on_timeout=True, debounce=50)
        for changes in watch:
            begun.set()
            heard.extend(Path(path).name for _, path in changes)
            if "local.mov" in heard:
                return

    listener = threading.Thread(target=hear)
    listener.start()
    assert begun.wait(20)
    (slow_mount.backing / "SQ01" / "remote.mov").write_bytes(b"film")
    (slow_mount.at / "SQ01" / "local.mov").write_bytes(b"film")
    listener.join(20)
    stop.set()
    assert set(heard) == {"local.mov"}


def test_what_is_written_here_is_there_too(slow_mount: SlowMount) -> None:
    (slow_mount.at / "a").mkdir()
    (slow_mount.at / "a" / "b").write_bytes(b"film")
    (slow_mount.at / "a" / "b").rename(slow_mount.at / "c")
    os.truncate(slow_mount.at / "c", 2)
    (slow_mount.at / "d").symlink_to("c")
    os.utime(slow_mount.at / "c", ns=(1, 2))
    (slow_mount.at / "a").rmdir()
    assert (slow_mount.backing / "d").read_bytes() == b"fi"
    assert (slow_mount.backing / "c").stat().st_mtime_ns == 2
    assert names(slow_mount.backing) == ["c", "d"]
    (slow_mount.at / "c").unlink()
    assert not (slow_mount.backing / "c").exists()


def test_it_fails_hangs_and_answers_again_as_it_is_told(slow_mount: SlowMount) -> None:
    for name in ("a.mov", "b.mov"):
        (slow_mount.backing / name).write_bytes(b"film")
    with slow_mount.failing(Kind.READ, only="a.mov"):
        with pytest.raises(OSError, match="Input/output error"):
            (slow_mount.at / "a.mov").read_bytes()
        assert (slow_mount.at / "b.mov").read_bytes() == b"film"
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append((slow_mount.at / "a.mov").read_bytes()))
    with slow_mount.hanging(Kind.READ, only="a.mov"):
        before = slow_mount.asked(Kind.READ)
        asking.start()
        while slow_mount.asked(Kind.READ) == before:
            pass
        assert (slow_mount.at / "b.mov").read_bytes() == b"film"
        assert asking.is_alive()
    asking.join(20)
    assert answers == [b"film"]


def test_each_question_takes_so_much_longer(slow_mount: SlowMount) -> None:
    (slow_mount.backing / "a.mov").write_bytes(b"film")
    before_s, asked = os.times().elapsed, slow_mount.asked(Kind.STAT)
    slow_mount.delay(Kind.STAT, 0.05)
    (slow_mount.at / "a.mov").stat()
    slow_mount.delay(Kind.STAT, 0)
    asked = slow_mount.asked(Kind.STAT) - asked
    assert asked >= 1
    assert os.times().elapsed - before_s >= 0.05 * asked - 0.02


@pytest.mark.parametrize("slow_mount", [{"is_direct": True}], indirect=True)
def test_reads_pass_the_cache_by_if_they_shall(slow_mount: SlowMount) -> None:
    (slow_mount.backing / "a.mov").write_bytes(b"film" * PART)
    descriptor = os.open(slow_mount.at / "a.mov", os.O_RDONLY)
    asked = slow_mount.asked(Kind.READ)
    for _ in range(3):
        assert os.pread(descriptor, PART, 0)
    os.close(descriptor)
    assert slow_mount.asked(Kind.READ) == asked + 3


def test_a_killed_daemon_is_no_connection_and_an_unmounted_place_is_empty(slow_mount: SlowMount) -> None:
    (slow_mount.backing / "a.mov").write_bytes(b"film")
    slow_mount.kill()
    with pytest.raises(OSError, match="not connected") as lost:
        names(slow_mount.at)
    assert lost.value.errno == errno.ENOTCONN
    slow_mount.unmount()
    assert names(slow_mount.at) == []
    slow_mount.mount()
    assert names(slow_mount.at) == ["a.mov"]
