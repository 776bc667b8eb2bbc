"""Edge: what a server and all its processes cost."""

from pathlib import Path

from benchmarks import processes


def family(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def cpu_s(pid: int) -> float:
    return sum(processes.cpu_s(each) for each in family(pid))


def forget_peak(pid: int) -> None:
    for each in family(pid):
        Path(f"/proc/{each}/clear_refs").write_text("5")


def peak_bytes(pid: int) -> int:
    """The most that was resident since `forget_peak`; what processes share counts for each."""
    return sum(processes.peak_bytes(each) for each in family(pid))
