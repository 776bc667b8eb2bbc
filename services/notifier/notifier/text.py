"""Pure: words of others, made safe to show in Discord and cut to its limits.

A file's name may hold anything: a mention, a link that says one thing and opens another, characters that turn the
line around. What comes out of here is read as the words it is made of, and as nothing else.
"""

import re
import unicodedata
from urllib.parse import quote, urlsplit

_MARKDOWN = frozenset("\\*_~|`>#-[]():")
_ZERO_WIDTH = "\u200b"
"""Breaks `@everyone`, `<@1>` and `https://` for every reader; a backslash does so for some."""
_PIECES = {character: f"\\{character}" for character in _MARKDOWN} | {"@": f"@{_ZERO_WIDTH}", "<": f"\\<{_ZERO_WIDTH}"}
_NUMBERED = re.compile(r"\d+\.(?= )")
_CUT = "…"

LONGEST_ADDRESS = 512
"""What a link button takes."""


def plain(text: str) -> str:
    """One line without control, formatting and bidirectional characters; blanks between words become one space."""
    return " ".join("".join(_visible(character) for character in text).split())


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " "
        case "Cf":
            return ""
        case "Cs":
            return "\ufffd"
        case _:
            return character


def escaped(text: str, limit: int) -> str:
    """The text as Discord shows it literally.

    Args:
        limit: most UTF-16 units of the result, 2 or more; a longer one loses its middle, since a file's name says
            most at both ends.
    """
    words = plain(text).replace("://", f":{_ZERO_WIDTH}//")
    pieces = [_PIECES.get(character, character) for character in words]
    if numbered := _NUMBERED.match(words):
        pieces[numbered.end() - 1] = "\\."
    return _cut(pieces, limit)


def _cut(pieces: list[str], limit: int) -> str:
    """Whole pieces only: half of one would escape whatever comes next."""
    if sum(map(units, pieces)) <= limit:
        return "".join(pieces)
    room = limit - units(_CUT)
    tail = _as_many_as_fit(pieces[::-1], room // 3)
    head = _as_many_as_fit(pieces, room - sum(map(units, tail)))
    return "".join((*head, _CUT, *tail[::-1]))


def _as_many_as_fit(pieces: list[str], room: int) -> list[str]:
    kept: list[str] = []
    for piece in pieces:
        room -= units(piece)
        if room < 0:
            break
        kept.append(piece)
    return kept


def units(text: str) -> int:
    """Its length as the strictest reader of Discord's limits counts: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def address(url: str | None) -> str | None:
    """An http(s) address that can stand in a link, or None."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname)
        safe = quote(url, safe=":/?#&=%+,;@!$'~*-._")
    except ValueError:
        return None
    return safe if sound and len(safe) <= LONGEST_ADDRESS else None


def link(label: str, url: str) -> str:
    """A masked link of our own; `url` has been through `address`."""
    return f"[{escaped(label, 80)}]({url})"
