"""Pure: what an artist probably meant with a name that does not fit, and the path that would be right."""

import re
from dataclasses import dataclass

from postflow.routing.forms import Form
from postflow.routing.spelling import Spelled, folded
from postflow.routing.template import Part, Slot, Template, part_regex


@dataclass(frozen=True, slots=True)
class NearMiss:
    whys: tuple[str, ...]
    """Each mistake, for the artist."""
    expected: str | None
    """The path below the watch folder that would be right; None where only the pattern's example can say."""


def near_miss(template: Template, path: Spelled) -> NearMiss | None:
    """Read the name with any number of digits, in any folder. None if even that does not fit.

    The name has the last word: folders are held against it, as artists copy names and drag files.
    """
    found = _texts(template.parts[-1], path.name)
    if found is None:
        return None
    named = {slot.field for slot, _ in found}
    around = _texts_of_folders(template, path)
    meant = _meant(found + around)
    right = correct(template, path, meant)
    whys = (
        _mistakes(found)
        or _mistakes([(slot, text) for slot, text in around if slot.field not in named])
        or _mistake_in_folder(path.folders, tuple(right.split("/")[:-1]))
    )
    return NearMiss(whys, right) if whys else None


def correct(template: Template, path: Spelled, fields: dict[str, str]) -> str:
    """The path of a file whose fields are these."""
    return "/".join(_strangers(template, path) + tuple(_render(part, fields) for part in template.parts))


def _texts(part: Part, name: str) -> list[tuple[Slot, str]] | None:
    match = re.fullmatch(part_regex(part, loose=True), folded(name))
    if match is None:
        return None
    slots = [piece for piece in part if isinstance(piece, Slot)]
    return [(slot, name[slice(*match.span(group))]) for group, slot in enumerate(slots, start=1)]


def _meant(found: list[tuple[Slot, str]]) -> dict[str, str]:
    meant: dict[str, str] = {}
    for slot, text in found:
        right = slot.form.meant(text)
        if right is not None:
            meant.setdefault(slot.field, _spelled(slot.form, right))
    return meant


def _spelled(form: Form, text: str) -> str:
    """An option as the rules spell it, any other text as the artist did."""
    return form.canonical(text) if form.options else text


def _mistakes(found: list[tuple[Slot, str]]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    whys = []
    for slot, text in found:
        if not slot.form.suits(text):
            whys.append(f"{slot.field} needs {slot.form.needs(text)}; found {text}")
        if folded(first.setdefault(slot.field, text)) != folded(text):
            whys.append(f"{slot.field} is {first[slot.field]} and {text} in one path")
    return tuple(dict.fromkeys(whys))


def _mistake_in_folder(actual: tuple[str, ...], expected: tuple[str, ...]) -> tuple[str, ...]:
    is_in, belongs_in = "/".join(actual), "/".join(expected)
    if folded(is_in) == folded(belongs_in):
        return ()
    if not actual:
        return (f"it is at the top of the watch folder, its name belongs in {belongs_in}",)
    if not expected:
        return (f"it is in {is_in}, its name belongs at the top of the watch folder",)
    return (f"it is in {is_in}, its name belongs in {belongs_in}",)


def _texts_of_folders(template: Template, path: Spelled) -> list[tuple[Slot, str]]:
    """Fields that the name does not have can only be read where the depth is right."""
    parts, folders = template.parts[:-1], path.folders[len(_strangers(template, path)) :]
    if len(parts) != len(folders):
        return []
    return [pair for part, folder in zip(parts, folders, strict=True) for pair in _texts(part, folder) or ()]


def _strangers(template: Template, path: Spelled) -> tuple[str, ...]:
    """The leading folders that a template with `**/` says nothing about."""
    if not template.any_folders:
        return ()
    return path.folders[: max(0, len(path.folders) - len(template.parts) + 1)]


def _render(part: Part, fields: dict[str, str]) -> str:
    texts = (piece if isinstance(piece, str) else fields.get(piece.field, f"{{{piece.field}}}") for piece in part)
    return "".join(texts)
