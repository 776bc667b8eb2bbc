"""Pure: which folders are listed more often than the others, because something has just changed in them.

The longer nothing changes in a folder, the rarer it is listed, until the walk over all names comes as often anyway.
Time is an argument.
"""

from dataclasses import dataclass

from watcher.attention import COOLING

MOST = 100
"""Folders; the one that changed last counts most."""


@dataclass(slots=True)
class _Heat:
    changed_s: float
    due_s: float


class HotFolders:
    """
    Args:
        hot_s: between two listings of a folder in which something changes.
        names_s: between two walks over all names.
    """

    def __init__(self, hot_s: float, names_s: float) -> None:
        self._hot_s = hot_s
        self._names_s = names_s
        self._heats: dict[str, _Heat] = {}

    def changed(self, folder: str, now_s: float) -> None:
        """Something in it is new, or other than it was."""
        heat = self._heats.pop(folder, None)
        due_s = now_s + self._hot_s
        self._heats[folder] = _Heat(now_s, min(heat.due_s, due_s) if heat is not None else due_s)
        if len(self._heats) > MOST:
            del self._heats[next(iter(self._heats))]

    def due(self, now_s: float) -> list[str]:
        """Those that are to be listed now."""
        due = [folder for folder, heat in self._heats.items() if heat.due_s <= now_s]
        for folder in due:
            self._put_off(folder, now_s)
        return due

    def _put_off(self, folder: str, now_s: float) -> None:
        heat = self._heats[folder]
        gap_s = max(self._hot_s, (now_s - heat.changed_s) * COOLING)
        heat.due_s = now_s + gap_s
        if gap_s >= self._names_s:
            del self._heats[folder]

    def __len__(self) -> int:
        return len(self._heats)
