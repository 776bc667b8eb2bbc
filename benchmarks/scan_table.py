"""Pure: what the scan costs, as a table in Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

HEAD = (
    "| who | on | files | of a core | FUSE daemon | a new file is seen after: median, longest | peak memory |",
    "|---|---|---|---|---|---|---|",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one walk: how much of a processor, and how long it took."""

    cpu_s: float
    took_s: float


@dataclass(frozen=True, slots=True)
class Costs:
    names: Cost
    everything: Cost


@dataclass(frozen=True, slots=True)
class Hearing:
    """Of files that this host writes itself, the slowest.

    Attributes:
        seen_s: from the last byte until it is known.
        released_s: from the end of the quiet time until the stream has its message.
    """

    seen_s: float
    released_s: float


@dataclass(slots=True)
class Row:
    """
    Attributes:
        cpu: share of a core, of the process that scans.
        daemon_cpu: of the one that the mount is; None where there is none.
        noticed_s: of files that came at moments spread over the time between two walks.
    """

    who: str
    place: str
    files: int
    cpu: float
    daemon_cpu: float | None
    noticed_s: Sequence[float]
    peak_bytes: int
    walks: Costs | None = None
    hearing: Hearing | None = None


def table(rows: Iterable[Row]) -> str:
    return "\n".join([*HEAD, *map(_line, rows)])


def remarks(rows: Iterable[Row]) -> str:
    """What the watcher's own figures are made of."""
    return "\n".join(_remark(row, row.walks, row.hearing) for row in rows if row.walks and row.hearing)


def _line(row: Row) -> str:
    daemon = "" if row.daemon_cpu is None else f"{row.daemon_cpu:.1%}"
    cells = (
        row.who,
        row.place,
        f"{row.files:,}",
        f"{row.cpu:.1%}",
        daemon,
        f"{_time(median(row.noticed_s))}, {_time(max(row.noticed_s))}",
    )
    return f"| {' | '.join(cells)} | {row.peak_bytes / 1e6:.0f} MB |"


def _remark(row: Row, walks: Costs, hearing: Hearing) -> str:
    names, everything = walks.names, walks.everything
    return (
        f"- {row.place}, {row.files:,} files: a walk over the names takes {names.took_s:.2f} s and "
        f"{names.cpu_s:.2f} s of a core, one over everything {everything.took_s:.1f} s and "
        f"{everything.cpu_s:.1f} s of a core. A file that this host writes is seen after {_time(hearing.seen_s)}, "
        f"and released {_time(hearing.released_s)} after its quiet time, at the slowest."
    )


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
