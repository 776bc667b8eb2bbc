"""Pure: what happens in a run, drawn from a seed: which films arrive and what becomes of them, what goes wrong when.

The same seed gives the same plan; what the processes make of it differs from run to run, as it does in production.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum, auto

SERVICES = ("fileserver", "uploader-1", "uploader-2", "uploader-3", "notifier", "watcher")
NATS = "nats-server"

LARGEST_BYTES = 6_000_000

LONG_SHARE = 0.3
LONG_S = (31.0, 60.0)
"""So long a message rests with a frozen reader that another has it meanwhile: of so many freezes of a slow plan."""


class Fate(StrEnum):
    STAYS = auto()
    OVERWRITTEN = auto()
    """By other bytes, often of the same size."""
    MOVED = auto()
    """To another folder with the same destination."""
    DELETED = auto()


@dataclass(frozen=True, slots=True)
class Film:
    """
    Attributes:
        path: below the watch folder.
        written_s: how long writing it takes.
        then_s: from its last byte to what becomes of it.
        second_bytes: the size of what overwrites it.
        may_fail: what goes wrong with it is more than the product promises to mend.
    """

    number: int
    at_s: float
    path: str
    size_bytes: int
    written_s: float
    fate: Fate = Fate.STAYS
    then_s: float = 0.0
    moved_to: str = ""
    second_bytes: int = 0
    may_fail: bool = False


class Deed(StrEnum):
    KILL = auto()
    """SIGKILL, and started again after a while."""
    FREEZE = auto()
    """SIGSTOP, and SIGCONT after a while."""
    RESTART = auto()
    """SIGTERM, and started again after a while."""


@dataclass(frozen=True, slots=True)
class Blow:
    at_s: float
    deed: Deed
    target: str
    for_s: float


class Outage(StrEnum):
    FRAMEIO_ERRORS = auto()
    FRAMEIO_CROWDED = auto()
    DISCORD_ERRORS = auto()
    TUNNEL_RENAMED = auto()
    TUNNEL_UNLINKED = auto()


@dataclass(frozen=True, slots=True)
class Trouble:
    at_s: float
    outage: Outage
    for_s: float


@dataclass(frozen=True, slots=True)
class Absence:
    """NATS is killed, and started again only after so long."""

    at_s: float
    for_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """
    Attributes:
        mishaps: faults for the simulated Frame.io, each for the film that has its name.
        absence: of NATS; what else would befall it meanwhile does not.
    """

    seed: int
    films: tuple[Film, ...]
    mishaps: tuple[Mapping[str, object], ...]
    blows: tuple[Blow, ...]
    troubles: tuple[Trouble, ...]
    absence: Absence | None = None

    @property
    def ends_s(self) -> float:
        """When the last thing has happened."""
        films = (film.at_s + film.written_s + film.then_s for film in self.films)
        blows = (blow.at_s + blow.for_s for blow in self.blows)
        troubles = (trouble.at_s + trouble.for_s for trouble in self.troubles)
        absence = (self.absence.at_s + self.absence.for_s,) if self.absence else ()
        return max((*films, *blows, *troubles, *absence), default=0.0)


QUICK_MISHAPS: tuple[Mapping[str, object], ...] = (
    {"kind": "error_after_commit", "route": "remote_upload", "status": 500},
    {"kind": "error_after_commit", "route": "remote_upload", "cut": True},
    {"kind": "cut_answer", "route": "remote_upload"},
    {"kind": "nonsense", "route": "remote_upload"},
    {"kind": "status", "route": "remote_upload", "status": 429, "retry_after_s": 1.0},
    {"kind": "delay_answer", "route": "remote_upload", "delay_s": 3.0},
    {"kind": "reset_fetch", "after_bytes": 1000},
    {"kind": "truncate_fetch", "after_bytes": 1500, "store": True},
    {"kind": "error_page", "status": 502, "body": "<html>502</html>", "media_type": "text/html", "store": True},
    {"kind": "not_found_for_s", "seconds": 5.0},
    {"kind": "unlisted_for_s", "seconds": 5.0},
    {"kind": "slow_fetch", "bytes_per_s": 400_000.0},
    {"kind": "stall_fetch", "after_bytes": 1000, "for_s": 4.0},
    {"kind": "slow_processing", "uploaded_after_s": 3.0, "transcoded_after_s": 6.0},
)
SLOW_MISHAPS: tuple[Mapping[str, object], ...] = (
    {"kind": "never_fetch"},
    {"kind": "never_fetch", "upload_failed": True},
    {"kind": "unlisted_for_s", "seconds": 30.0},
    {"kind": "delay_answer", "route": "remote_upload", "delay_s": 25.0},
)
HOPELESS: Mapping[str, object] = {"kind": "error_page", "store": True, "times": 3}


def drawn(seed: int, *, films: int, over_s: float, slow: bool) -> Plan:
    """
    Args:
        films: how many arrive.
        over_s: within which all of it begins.
        slow: whether what takes minutes to be noticed may happen too.
    """
    luck = random.Random(seed)
    arrivals = sorted(luck.uniform(0.0, over_s) for _ in range(films))
    plain = [_film(luck, number, at_s) for number, at_s in enumerate(arrivals)]
    made = [_with_fate(luck, film) for film in plain]
    mishaps = list(_mishaps(luck, made, slow=slow))
    doomed = {fault["name"] for fault in mishaps if fault.get("times", 1) != 1}
    made = [replace(film, may_fail=name_of(film.path) in doomed) for film in made]
    per_minute = over_s / 60.0
    blows = sorted(_blows(luck, over_s, count=max(2, round(6 * per_minute)), slow=slow), key=lambda blow: blow.at_s)
    troubles = sorted(_troubles(luck, over_s, count=max(1, round(1.5 * per_minute))), key=lambda one: one.at_s)
    return Plan(seed, tuple(made), tuple(mishaps), tuple(blows), tuple(troubles))


def name_of(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def content(seed: int, number: int, size_bytes: int, *, second: bool = False) -> bytes:
    """The bytes of a film: no two have the same."""
    return random.Random(f"{seed}/{number}/{second}").randbytes(size_bytes)


def _film(luck: random.Random, number: int, at_s: float) -> Film:
    shot = f"{number:05d}"
    size_bytes = round(2000 * (LARGEST_BYTES / 2000) ** (luck.random() ** 2))
    path = luck.choice((f"SQ01/UNDLM_{shot}/SQ01_UNDLM_{shot}_v001.mov", f"monday/UNDLM_{shot}_v001.mov"))
    return Film(number, at_s, path, size_bytes, written_s=luck.choice((0.0, 0.0, 0.5, 1.5)))


def _with_fate(luck: random.Random, film: Film) -> Film:
    chance = luck.random()
    then_s = luck.uniform(0.2, 8.0)
    if chance < 0.10:
        size_bytes = film.size_bytes if luck.random() < 0.5 else film.size_bytes + luck.randrange(1, 5000)
        return replace(film, fate=Fate.OVERWRITTEN, then_s=then_s, second_bytes=size_bytes)
    if chance < 0.15 and film.path.startswith("monday/"):
        return replace(film, fate=Fate.MOVED, then_s=then_s, moved_to=film.path.replace("monday/", "tuesday/"))
    if chance < 0.18:
        return replace(film, fate=Fate.DELETED, then_s=then_s)
    return film


def _mishaps(luck: random.Random, films: list[Film], *, slow: bool) -> Iterator[Mapping[str, object]]:
    """About one film in four has bad luck; only those that stay, so that it is known what to expect."""
    kinds = QUICK_MISHAPS + (SLOW_MISHAPS if slow else ())
    for film in films:
        if film.fate is not Fate.STAYS or luck.random() > 0.25:
            continue
        chosen = HOPELESS if luck.random() < 0.05 else luck.choice(kinds)
        yield {**chosen, "name": name_of(film.path)}


def _blows(luck: random.Random, over_s: float, *, count: int, slow: bool) -> Iterator[Blow]:
    for _ in range(count):
        target = luck.choice((*SERVICES, "uploader-1", "uploader-2", NATS))
        deed = luck.choice(tuple(Deed))
        for_s = luck.uniform(0.1, 3.0) if deed is not Deed.FREEZE else luck.uniform(0.5, 10.0)
        if slow and deed is Deed.FREEZE and luck.random() < LONG_SHARE:
            for_s = luck.uniform(*LONG_S)
        yield Blow(luck.uniform(1.0, over_s), deed, target, for_s)


def _troubles(luck: random.Random, over_s: float, *, count: int) -> Iterator[Trouble]:
    for _ in range(count):
        yield Trouble(luck.uniform(1.0, over_s), luck.choice(tuple(Outage)), luck.uniform(1.0, 6.0))
