"""Edge: what the watcher's tests put in place of a clock and a volume."""

from datetime import UTC, datetime, timedelta

from watcher.guard.shown import Doubt
from watcher.selection import Kind
from watcher.stability import Look
from watcher.volume import Listing, Sight, Unanswered

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


class FakeClock:
    """Stands still until it is told otherwise."""

    def __init__(self, start: datetime = START) -> None:
        self.start = start
        self.passed_s = 0.0

    def monotonic(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.passed_s)


class FakeGuard:
    """Believes what the volume shows, until it is told otherwise."""

    def __init__(self) -> None:
        self.doubted: Doubt | None = None
        self.is_remembered = False

    def doubt(self) -> Doubt | None:
        return self.doubted

    def remember(self) -> None:
        self.is_remembered = True


class FakeVolume:
    """A tree in memory: a size for each file; what is in `mute` gives no answer."""

    def __init__(self, sizes: dict[str, int] | None = None, *, newest_ns: int = 0) -> None:
        self.sizes = dict(sizes or {})
        self.newest_ns: dict[str, int] = {}
        self.usual_newest_ns = newest_ns
        self.others: dict[str, Kind] = {}
        self.mute: set[str] = set()
        self.looked_at: list[str] = []
        self.doubted: Doubt | None = None

    def list(self, folder: str) -> Listing | None:
        self._answer(folder)
        start = f"{folder}/" if folder else ""
        below = {path.removeprefix(start) for path in (*self.sizes, *self.others) if path.startswith(start)}
        if not below and folder:
            return None
        files = tuple(sorted(name for name in below if "/" not in name and start + name in self.sizes))
        others = tuple((name, self.others[start + name]) for name in sorted(below) if start + name in self.others)
        return Listing(files, tuple(sorted({path.split("/")[0] for path in below if "/" in path})), others)

    def look(self, path: str) -> Sight | None:
        self._answer(path)
        self.looked_at.append(path)
        newest_ns = self.newest_ns.get(path, self.usual_newest_ns)
        if path in self.sizes:
            return Sight(Kind.FILE, Look(self.sizes[path], newest_ns, 1), newest_ns)
        if path in self.others:
            return Sight(self.others[path], Look(0, newest_ns, 1), newest_ns)
        is_folder = any(other.startswith(f"{path}/") for other in self.sizes)
        return Sight(Kind.FOLDER, Look(0, newest_ns, 1), newest_ns) if is_folder else None

    def doubt(self) -> Doubt | None:
        return self.doubted

    def is_gone(self, path: str) -> bool:
        return self.doubted is None and path not in self.mute and self.look(path) is None

    def _answer(self, path: str) -> None:
        if path in self.mute:
            raise Unanswered("Permission denied")
