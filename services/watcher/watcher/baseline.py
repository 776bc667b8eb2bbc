"""Edge: what was there before a watch folder was first seen, and is left alone.

A watch folder's baseline is a moment (`since_ns`) and a frontier: the folders that were not looked through yet. Looking
through one notes every file in it that is no newer than the moment, adds the folders below it to the frontier and takes
it off, in one transaction; so a baseline that was cut short goes on where it stood. As long as a folder is on the
frontier nothing in it is released. A folder or a file that gives no answer stays there, for as long as that takes.

What counts as newer, so that nothing is lost: a file whose mtime or ctime is later than the moment arrived meanwhile,
also between a crash and the next start, and is delivered. A date in the future is later, too: such a file is sent,
once, rather than left behind. And in a folder that was looked through, whatever is not known is new.

After the ledger was lost and made anew the baseline begins once more (`left_alone` says why): what is there and what
the stream knows nothing of is left alone, whatever the rules or WATCH_EXISTING say, or all of it counts as new.

When a watch folder's globs change, what they take in now and did not before was there before, too: a new baseline
begins, and its moment is when the last walk began that looked at every file under the old globs. One over the names
would not do: a file that was empty, and has content by now, is not known yet, though its name was seen.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from postflow.routing import WHOLE_FILESPACE, WatchFolder, folded, takes
from watcher.baseline_rows import (
    DONE,
    INSERT_FRONTIER,
    INSERT_OLD_FILE,
    NEW,
    UNDERWAY,
    UPSERT_WATCH_FOLDER,
    globs_of,
    old_file,
    watch_folder,
)
from watcher.database import Database
from watcher.stability import Look

Existing = Literal["ignore", "deliver"]

BEFORE_ME = "it was here before PostFlow"


@dataclass(frozen=True, slots=True)
class Survey:
    """One place of the frontier, looked through.

    Attributes:
        old: what was there before.
        below: places that are to be looked through next: the folders in it, and files that gave no answer.
    """

    place: str
    old: list[tuple[str, Look]]
    below: list[str]


@dataclass(slots=True)
class _Watch:
    """
    Attributes:
        before: as it was before its globs were edited, if all that it took in then is known.
    """

    folder: str
    state: str
    since_ns: int
    why: str
    before: WatchFolder | None
    frontier: set[str] = field(default_factory=set)


class Baseline:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._watches: dict[str, _Watch] = {}
        self._owners: dict[str, _Watch] = {}

    def begin(self, watch_folders: Iterable[WatchFolder], default: Existing, now_ns: int) -> None:
        """Go on with every watch folder where it stood; `now_ns` is the moment of those that are new.

        Again when the rules are others, while nobody walks. Raises LedgerUnavailable: all is as before, to be tried
        again."""
        watched = list(watch_folders)
        self._let_go({folded(watch.folder) for watch in watched})
        watches = {}
        for watch in watched:
            watches[folded(watch.folder)] = self._mark(watch, watch.existing or default, now_ns)
        frontier = self._database.rows("SELECT place, watch_folder FROM frontier")
        self._watches, self._owners = watches, {}
        for place, key in frontier:
            if key in watches:
                self._put_on_frontier(watches[key], place)

    def _let_go(self, keys: Collection[str]) -> None:
        """A watch folder that left the rules has no globs; should it come back, a new baseline begins."""
        gone = [key for (key,) in self._database.rows("SELECT folder FROM watch_folders") if key not in keys]
        if gone:
            with self._database.changing() as connection:
                connection.executemany("UPDATE watch_folders SET globs = '' WHERE folder = ?", [(key,) for key in gone])

    def _mark(self, watch: WatchFolder, existing: Existing, now_ns: int) -> _Watch:
        key, globs = folded(watch.folder), globs_of(watch)
        query = "SELECT state, since_ns, globs, passed_ns, left_alone, took FROM watch_folders WHERE folder = ?"
        row = self._database.row(query, (key,))
        state, since_ns, old_globs, passed_ns, left_alone, took = row or (NEW, now_ns, globs, now_ns, "", "")
        starts_anew = old_globs != globs
        if starts_anew:
            since_ns, took = (passed_ns, old_globs) if state == DONE else (since_ns, took if old_globs else "")
            state, left_alone = NEW, ""
        delivers = existing == "deliver" and not left_alone
        if delivers:
            state = DONE
        with self._database.changing() as connection:
            connection.execute(UPSERT_WATCH_FOLDER, (key, globs, since_ns, passed_ns, state, left_alone, took))
            if starts_anew or delivers:
                connection.execute("DELETE FROM frontier WHERE watch_folder = ?", (key,))
        return _Watch(watch.folder, state, since_ns, left_alone or BEFORE_ME, watch_folder(watch.folder, took))

    def found(self, watch: WatchFolder, folder: str) -> None:
        """The watch folder is there, spelled so."""
        key = folded(watch.folder)
        if self._watches[key].state != NEW:
            return
        with self._database.changing() as connection:
            connection.execute(INSERT_FRONTIER, (folder, key))
            connection.execute("UPDATE watch_folders SET state = ?, found = 0 WHERE folder = ?", (UNDERWAY, key))
        self._watches[key].state = UNDERWAY
        self._put_on_frontier(self._watches[key], folder)

    def since_ns(self, place: str) -> int | None:
        """The moment that counts for a place of the frontier; None if it was looked through."""
        owner = self._owners.get(place)
        return owner.since_ns if owner else None

    def is_old(self, path: str, newest_ns: int, since_ns: int) -> bool:
        """Whether a file that is not known was there before.

        Args:
            newest_ns: the later of its dates.
            since_ns: the moment that counts for it.
        """
        earlier = (watch.before for watch in self._watches.values() if watch.before is not None)
        return newest_ns <= since_ns and not any(takes(before, path) for before in earlier)

    def covers(self, path: str) -> bool:
        """Whether a path lies where nothing is released yet."""
        above = path
        while True:
            if above in self._owners:
                return True
            if not above:
                break
            above = above.rpartition("/")[0]
        missing = [key for key, watch in self._watches.items() if watch.state == NEW]
        return any(key == WHOLE_FILESPACE or f"{folded(path)}/".startswith(f"{key}/") for key in missing)

    def settle(self, surveys: Iterable[Survey]) -> None:
        """Note what was found, for many places at once: a crash repeats them or none of them."""
        owners: dict[str, _Watch] = {}
        ours = []
        for survey in surveys:
            owner = owners.get(survey.place) or self._owners.get(survey.place)
            if owner is not None:  # else another walk was here first
                ours.append((owner, survey))
                owners |= dict.fromkeys(survey.below, owner)
        if ours:
            self._write(ours)
        for owner, survey in ours:
            for place in survey.below:
                self._put_on_frontier(owner, place)
            self._take_off_frontier(owner, survey.place)

    def _write(self, surveys: Sequence[tuple[_Watch, Survey]]) -> None:
        with self._database.changing() as connection:
            for owner, survey in surveys:
                key = folded(owner.folder)
                rows = [old_file(path, look, owner.why) for path, look in survey.old]
                added = connection.executemany(INSERT_OLD_FILE, rows).rowcount if rows else 0
                connection.execute("UPDATE watch_folders SET found = found + ? WHERE folder = ?", (added, key))
                connection.executemany(INSERT_FRONTIER, [(place, key) for place in survey.below])
                connection.execute("DELETE FROM frontier WHERE place = ?", (survey.place,))

    def completed(self, is_gone: Callable[[str], bool], unanswered: Collection[str]) -> list[tuple[str, int]]:
        """After a walk over everything: the watch folders whose baseline is complete now, and how many files it has.

        Args:
            is_gone: whether a place of the frontier that the walk did not come to is certainly no more.
            unanswered: places that gave no answer in that walk; they do not hold up the rest.
        """
        done = []
        for key, watch in self._watches.items():
            if watch.state != UNDERWAY:
                continue
            open_places = {place for place in list(watch.frontier) if not _is_below(place, unanswered)}
            for place in [place for place in open_places if is_gone(place)]:
                self.settle([Survey(place, [], [])])
                open_places.discard(place)
            if not open_places:
                done.append((watch.folder, self._finish(key, watch)))
        return done

    def _finish(self, key: str, watch: _Watch) -> int:
        with self._database.changing() as connection:
            connection.execute("UPDATE watch_folders SET state = ? WHERE folder = ?", (DONE, key))
        watch.state = DONE
        (found,) = self._database.rows("SELECT found FROM watch_folders WHERE folder = ?", (key,))[0]
        return int(found)

    def passed(self, now_ns: int) -> None:
        """Every file that was there then was looked at, under the globs of now."""
        with self._database.changing() as connection:
            connection.executemany(
                "UPDATE watch_folders SET passed_ns = ? WHERE folder = ?", [(now_ns, key) for key in self._watches]
            )

    def _put_on_frontier(self, watch: _Watch, place: str) -> None:
        self._owners[place] = watch
        watch.frontier.add(place)

    def _take_off_frontier(self, watch: _Watch, place: str) -> None:
        self._owners.pop(place, None)
        watch.frontier.discard(place)


def _is_below(place: str, folders: Collection[str]) -> bool:
    return any(place == folder or place.startswith(f"{folder}/") for folder in folders)
