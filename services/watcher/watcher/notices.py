"""Edge: what a person should hear of the volume and the walks over it, said once, and again only when it changes."""

from collections.abc import Iterable

from postflow.logs import get_logger
from watcher.guard.guard import readable_hint
from watcher.guard.shown import Doubt
from watcher.selection import Ignored, shown

logger = get_logger(__name__)

REMIND_S = 60.0
MOST_REMEMBERED = 10_000


class Notices:
    """Remembers what it said.

    Attributes:
        missing_folders: the watch folders that are not there.
    """

    def __init__(self) -> None:
        self._doubted_s: float | None = None
        self._silent: dict[str, str] = {}
        self._surprises: set[str] = set()
        self.missing_folders: set[str] = set()

    def doubt(self, doubt: Doubt | None, now_s: float) -> None:
        if doubt is None:
            if self._doubted_s is not None:
                logger.info("the volume is there again", action="volume_believed")
            self._doubted_s = None
        elif self._doubted_s is None or now_s >= self._doubted_s + REMIND_S:
            tell = logger.error if doubt.is_alarming else logger.warning
            tell("the volume is not believed", action="volume_doubted", why=doubt.why, what_to_do=doubt.what_to_do)
            self._doubted_s = now_s

    def missing(self, folders: set[str]) -> None:
        for folder in sorted(folders - self.missing_folders):
            logger.warning(
                "a watch folder is not there",
                action="watch_folder_missing",
                watch_folder=folder,
                what_to_do="Create it, or correct the rules; it is watched as soon as it is there.",
            )
        for folder in sorted(self.missing_folders - folders):
            logger.info("a watch folder is there now", action="watch_folder_found", watch_folder=folder)
        self.missing_folders = folders

    def silent(self, places: dict[str, str]) -> None:
        """Places that gave no answer in a whole walk, and why."""
        for place, why in places.items():
            if self._silent.get(place) != why:
                told = {"path": shown(place), "why": why, "what_to_do": readable_hint()}
                logger.warning("gives no answer", action="unanswered", **told)
        for place in self._silent.keys() - places.keys():
            logger.info("answers again", action="answered", path=shown(place))
        self._silent = places

    def ignored(self, paths: Iterable[tuple[str, Ignored]]) -> None:
        for path, why in paths:
            if not why.is_surprising:
                logger.debug("ignored", action="ignored", path=shown(path), why=why.reason)
            elif path not in self._surprises and len(self._surprises) < MOST_REMEMBERED:
                self._surprises.add(path)
                logger.warning("ignored", action="ignored", path=shown(path), why=why.reason)

    def left_alone(self, watch_folder: str, count: int) -> None:
        """For people, so the number stands in the sentence."""
        if count == 0:
            sentence = "nothing was here before me"
        elif count == 1:
            sentence = "1 file was here before me and is left alone"
        else:
            sentence = f"{count:,} files were here before me and are left alone"
        logger.info(sentence, action="baseline", watch_folder=watch_folder, files=count)
