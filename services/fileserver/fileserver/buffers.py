"""Edge: how much may be on its way between a socket of ours and whoever reads from it on this machine."""

from functools import cache
from pathlib import Path

LIMITS = Path("/proc/sys/net/ipv4")


def most_buffered_bytes(limits: Path) -> int:
    """What a socket's two buffers may grow to by themselves; 0 if nobody can tell.

    Linux allows 4 and 6 MiB, 4 and 32 on a machine with very much memory, and whatever somebody has set for a network
    of 10 Gbit/s.
    """
    try:
        return sum(int((limits / name).read_text().split()[2]) for name in ("tcp_wmem", "tcp_rmem"))
    except (OSError, ValueError, IndexError):
        return 0


@cache
def most_on_its_way_bytes() -> int:
    return most_buffered_bytes(LIMITS)
