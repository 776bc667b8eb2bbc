"""Pure: which paths count, and for each of the others why not.

Names that software leaves behind are those of LucidLink, macOS, Windows, NAS systems, transfer tools, renderers and
editors, as their makers document them or as they were seen in the field.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import translate

from postflow.routing import Rules, Unwatched, watched


class Kind(StrEnum):
    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    OTHER = "neither a file nor a folder"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Why a path does not count.

    Attributes:
        is_surprising: somebody may well expect it to be sent, so it is said aloud, once.
    """

    reason: str
    is_surprising: bool = False


EMPTY = "it has no content so far"

_SYSTEM_FILES = ("icon\r", "thumbs.db", "desktop.ini", "~$*", "*~", "*.sb-????????-??????", "*.pek", "*.cfa")
_TRANSFERS = (
    *("*.part", "*.partial", "*.tmp", "*.temp", "*.crdownload", "*.download", "*.aria2", "*.filepart", "*.aspx"),
    *("*.aspera-ckpt", "*.!sync", "~syncthing~*", "*.hlock", "*.lock", "*.lck"),
)
_EDITORS = (
    "*.autosave",
    "*.nk~",
    "*_tmp",
    "*_tmp.*",
    "*.mantra_checkpoint",
    "*.vrimg",
    "*.mpgindex",
    "*.prlock",
    "*.xmp",
)
_SYSTEM_FOLDERS = ("__macosx", "$recycle.bin", "system volume information", "lost+found", "@eadir", "~syncthing~*")
_EDITORS_FOLDERS = (
    *("*video previews", "*audio previews", "*auto-save*", "media cache*", "cacheclip", "proxymedia"),
    *("optimized media", "backup", "backups", "trash", "_old"),
)

_CONFLICTED = re.compile(r"_conflicted(\.[^.]*)?")


def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(glob) for glob in globs))


_FILE_NAMES = (
    (_any_of(_SYSTEM_FILES), "an operating system or an application keeps it for itself"),
    (_any_of(_TRANSFERS), "a temporary name: it is still being transferred, or was left behind"),
    (_any_of(_EDITORS), "a temporary name of a renderer or an editor"),
)
_FOLDER_NAMES = (
    (_any_of(_SYSTEM_FOLDERS), "a folder that an operating system or a NAS keeps for itself"),
    (_any_of(_EDITORS_FOLDERS), "a folder for caches, backups or what was put away"),
)


class Selection:
    """What the rules and the names say of a path inside the filespace.

    Args:
        rules: those in force when it is asked.
    """

    def __init__(self, rules: Callable[[], Rules]) -> None:
        self._rules = rules

    def why_not_file(self, path: str, kind: Kind = Kind.FILE, size_bytes: int | None = None) -> Ignored | None:
        """Why a path that is no folder does not count; None if it does.

        Args:
            path: names that are not UTF-8 have lone surrogates in it.
            size_bytes: None when nobody has looked yet.
        """
        name = path.rsplit("/", 1)[-1]
        reason = _hidden(name) or _first(_FILE_NAMES, name)
        if reason:
            return Ignored(reason)
        verdict = watched(self._rules(), path)
        if isinstance(verdict, Unwatched):
            return Ignored(verdict.reason)
        above = next(filter(None, map(self.why_not_folder, verdict.inside.folders)), None)
        if above:
            return Ignored(f"a folder above it does not count: {above.reason}", above.is_surprising)
        if not is_utf8(path):
            return Ignored("its name is not UTF-8: rename it", is_surprising=True)
        if kind is not Kind.FILE:
            return Ignored(f"it is a {kind}" if kind is Kind.LINK else f"it is {kind}", is_surprising=True)
        if _CONFLICTED.search(name.lower()):
            return Ignored("two machines wrote it at once, and this is one of both: choose", is_surprising=True)
        return Ignored(EMPTY) if size_bytes == 0 else None

    def why_not_folder(self, name: str) -> Ignored | None:
        """Why a folder below a watch folder is not looked into."""
        if not is_utf8(name):
            return Ignored("its name is not UTF-8: rename it", is_surprising=True)
        reason = _hidden(name) or _first(_FOLDER_NAMES, name)
        if reason:
            return Ignored(reason)
        if _CONFLICTED.search(name.lower()):
            return Ignored("two machines made it at once, and this is one of both: choose", is_surprising=True)
        return None


def is_utf8(path: str) -> bool:
    """Whether every byte of the name was UTF-8, so that it can be told to others."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(path: str) -> str:
    """A path for a log: bytes that are not UTF-8 as escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def _hidden(name: str) -> str | None:
    return "a hidden name" if name.startswith(".") else None


def _first(table: tuple[tuple[re.Pattern[str], str], ...], name: str) -> str | None:
    lower = name.lower()
    return next((reason for pattern, reason in table if pattern.match(lower)), None)
