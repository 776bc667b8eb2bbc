"""Edge: what a process costs, as Linux counts it. Source: proc(5), `stat` and `status`."""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """How much of a processor it has used, ever, in its own name and the kernel's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_bytes(pid: int) -> int:
    """The most memory that it held at a time."""
    found = re.search(r"^VmHWM:\s*(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def shares(pids: Sequence[int], over_s: float) -> list[float]:
    """Of one core, by each of them."""
    began_s, before = time.monotonic(), [cpu_s(pid) for pid in pids]
    time.sleep(over_s)
    took_s = time.monotonic() - began_s
    return [(cpu_s(pid) - used) / took_s for pid, used in zip(pids, before, strict=True)]


@dataclass(frozen=True, slots=True)
class Machine:
    """In general words, for whoever reads the figures."""

    cores: int
    memory_bytes: int
    kernel: str
    busy: float

    def __str__(self) -> str:
        size = f"{self.cores} cores, {self.memory_bytes / 2**30:.0f} GiB of memory"
        return f"{size}, Linux {self.kernel}; in the minute before, {self.busy:.1f} processes wanted a core"


def machine() -> Machine:
    version = ".".join(os.uname().release.split(".")[:2])
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(os.cpu_count() or 1, memory, version, os.getloadavg()[0])
