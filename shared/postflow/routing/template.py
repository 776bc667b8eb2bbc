"""Pure: the template form of a naming pattern, `{sq}/{show}_{shot:5d}/{sq}_{show}_{shot:5d}_v{version:3d}.{ext}`."""

import re
from dataclasses import dataclass
from itertools import pairwise

from postflow.routing.forms import Form, choice, parse_form, word
from postflow.routing.problems import Mistakes, shown
from postflow.routing.spelling import folded

FIELD = re.compile(r"[a-z][a-z0-9_]*")
RESERVED = frozenset({"name", "stem", "pattern"})
"""Words that mean something else elsewhere in the rules."""
GIVEN = frozenset({"show", "ext"})
"""Fields that every file has; a pattern may name them, but nothing can change them."""
ANY_FOLDERS = "**/"
_SLOT = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Slot:
    field: str
    form: Form


Part = tuple[str | Slot, ...]
"""One folder's name, or the file's: literal texts and slots in turn."""


@dataclass(frozen=True, slots=True)
class Template:
    any_folders: bool
    """True if it began with `**/`: the parts may lie in any folder."""
    parts: tuple[Part, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(slot for part in self.parts for slot in part if isinstance(slot, Slot))


def parse_template(text: str, code: str) -> Template:
    """Read a template.

    Args:
        code: what `{show}` stands for.

    Raises:
        Mistakes: all that is wrong with it.
    """
    any_folders = text.startswith(ANY_FOLDERS)
    names = text.removeprefix(ANY_FOLDERS).split("/")
    wrong = _wrong_names(text, names)
    parts = tuple(_part(name, code, wrong) for name in names)
    for part in parts:
        wrong += _ambiguous(part)
    if wrong:
        raise Mistakes(dict.fromkeys(wrong))
    return Template(any_folders, parts)


def part_regex(part: Part, *, loose: bool) -> str:
    """A regex with one group for each slot, for folded text.

    Slots that touch stay strict in the loose regex too: the first would swallow the second.
    """
    regex = ""
    for index, piece in enumerate(part):
        if isinstance(piece, str):
            regex += re.escape(folded(piece))
        else:
            touches = any(isinstance(near, Slot) for near in part[max(0, index - 1) : index + 2] if near is not piece)
            regex += f"({piece.form.loose if loose and not touches else piece.form.strict})"
    return regex


def _part(name: str, code: str, wrong: list[tuple[str, str]]) -> Part:
    pieces: list[str | Slot] = []
    for index, text in enumerate(_SLOT.split(name)):
        if index % 2:
            pieces += _slot(text, code, wrong)
        elif text:
            pieces.append(text)
            if "{" in text or "}" in text:
                wrong.append((shown(name), "every { closed by a }, around the name of a field"))
            if "*" in text:
                wrong.append((shown(name), "{rest:*} for any text; ** only as **/ at the start"))
    return tuple(pieces)


def _slot(text: str, code: str, wrong: list[tuple[str, str]]) -> list[str | Slot]:
    field, colon, form = text.partition(":")
    if not FIELD.fullmatch(field) or field in RESERVED:
        wrong.append((f"{{{text}}}", f"{{field}}: small letters, digits and _; not {', '.join(sorted(RESERVED))}"))
        return []
    if colon and field in GIVEN:
        wrong.append((f"{{{text}}}", f"{{{field}}}: it has no form of its own"))
        return []
    if field == "show":
        return [Slot(field, choice(code))]
    try:
        slot = Slot(field, parse_form(form) if colon else word())
    except Mistakes as mistakes:
        wrong += [(f"{found} in {{{text}}}", expected) for found, expected in mistakes.pairs]
        return []
    if field == "version" and slot.form.digits is None:
        wrong.append((f"{{{text}}}", "a version of digits, as {version:3d}"))
    return [slot]


def _wrong_names(text: str, names: list[str]) -> list[tuple[str, str]]:
    checks = [
        (text.startswith("/"), "a path below the watch folder, without a leading /"),
        ("\\" in text, "/ between folders"),
        ("" in names[1:] or names == [""], "a name between slashes, and after the last"),
        (bool({".", ".."} & set(names)), "no . or .. between slashes"),
    ]
    return [(shown(text), expected) for is_wrong, expected in checks if is_wrong]


def _ambiguous(part: Part) -> list[tuple[str, str]]:
    wrong = []
    for left, right in pairwise(part):
        if isinstance(left, Slot) and isinstance(right, Slot) and not (_is_fixed(left) or _is_fixed(right)):
            wrong.append((f"{{{left.field}}}{{{right.field}}}", "text between them, or digits of a fixed number"))
    if sum(isinstance(piece, Slot) and piece.form.strict == "[^/]+" for piece in part) > 1:
        wrong.append(("two fields of any text in one name", "at most one {field:*} between slashes"))
    return wrong


def _is_fixed(slot: Slot) -> bool:
    return bool(slot.form.options) or (slot.form.digits is not None and len(set(slot.form.digits)) == 1)
