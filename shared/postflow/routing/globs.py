"""Pure: which paths a watch folder takes. `*` and `?` stay inside one folder, `**` is any number of folders."""

import re
from functools import lru_cache

from postflow.routing.problems import Mistakes, shown
from postflow.routing.spelling import folded

_ANY_FOLDERS = "**"


def glob_regex(glob: str) -> re.Pattern[str]:
    """Compile a glob for `fullmatch` on a folded path below the watch folder.

    Raises:
        Mistakes: all that is wrong with it.
    """
    if pairs := _mistakes(glob):
        raise Mistakes(pairs)
    return _compile(glob)


@lru_cache(maxsize=1024)
def _compile(glob: str) -> re.Pattern[str]:
    *folders, last = folded(glob).split("/")
    regex = ""
    for part, before in zip(folders, [None, *folders], strict=False):
        if part != _ANY_FOLDERS:
            regex += wildcard_regex(part) + "/"
        elif before != _ANY_FOLDERS:
            regex += "(?:[^/]+/)*"
    return re.compile(regex + (".+" if last == _ANY_FOLDERS else wildcard_regex(last)), re.DOTALL)


def wildcard_regex(part: str) -> str:
    """`*` and `?` inside one name; every other character is itself."""
    wild = {"*": "[^/]*", "?": "[^/]"}
    return "".join(wild.get(character) or re.escape(character) for character in part)


def _mistakes(glob: str) -> list[tuple[str, str]]:
    parts = glob.split("/")
    checks = [
        (glob.startswith("/"), "a glob relative to the watch folder, without a leading /"),
        ("\\" in glob, "/ between folders"),
        (glob.startswith("!"), "no leading !: what is not wanted goes under exclude"),
        (bool(set("[]{}") & set(glob)), "only *, ? and ** as wildcards; one glob for each ending"),
        (bool({".", ".."} & set(parts)), "no . or .. between slashes"),
        ("" in parts[1:] or glob == "", "a name or a wildcard between slashes, and after the last"),
        (any("**" in part and part != "**" for part in parts), "** alone between slashes, as in **/*.mov"),
    ]
    return [(shown(glob), expected) for is_wrong, expected in checks if is_wrong]
