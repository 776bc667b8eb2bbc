"""Pure: templates for what Frame.io gets, `WIP_BYSHOT/SC{scene}_SEQ_{sequence}`, filled in from a file's fields."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from postflow.identity import comparable
from postflow.routing.problems import Mistakes, shown
from postflow.routing.spelling import mistake_in_name
from postflow.routing.template import FIELD

OWN_NAME = frozenset({"name", "stem"})
"""Fields of name templates only: the file's own name, whole and without extension, as the artist spelled it."""
_SLOT = re.compile(r"\{([^{}]*)\}")
_CASES: Mapping[str, Callable[[str], str]] = {"": str, "upper": str.upper, "lower": str.lower}


class MissingField(KeyError):
    """The file has no such field; only optional groups of a regex leave one out."""


def fields_of(template: str) -> frozenset[str]:
    return frozenset(text.partition(":")[0] for text in _SLOT.findall(template))


def render(template: str, fields: Mapping[str, str]) -> str:
    """Fill in a template that was found free of mistakes.

    Raises:
        MissingField: with the name of the field.
    """
    return comparable("".join(_texts(template, fields)))


def _texts(template: str, fields: Mapping[str, str]) -> list[str]:
    texts = []
    for index, text in enumerate(_split(template)):
        field, _, case = text.partition(":")
        if index % 2 and field not in fields:
            raise MissingField(field)
        texts.append(_CASES[case](fields[field]) if index % 2 else text)
    return texts


@lru_cache(maxsize=1024)
def _split(template: str) -> tuple[str, ...]:
    """Literal texts at even places, the insides of braces at odd ones."""
    return tuple(_SLOT.split(template))


def parse_folder(template: str) -> str:
    """Judge a folder template; an empty one is the project's root.

    Raises:
        Mistakes: all that is wrong with it.
    """
    wrong = _mistakes(template, OWN_NAME)
    for name in template.split("/") if template else ():
        if name != name.strip():
            wrong.append((shown(template), "no space around the names of folders"))
        wrong += _mistake_in_literal(name, template)
    if wrong:
        raise Mistakes(dict.fromkeys(wrong))
    return template


def parse_filename(template: str) -> str:
    """Judge a name template.

    Raises:
        Mistakes: all that is wrong with it.
    """
    if wrong := _mistakes(template, frozenset()) + _mistake_in_literal(template, template):
        raise Mistakes(dict.fromkeys(wrong))
    return template


def _mistake_in_literal(name: str, template: str) -> list[tuple[str, str]]:
    mistake = mistake_in_name(_SLOT.sub("x", name))
    return [(f"{shown(template)}: {mistake}", "names that Frame.io takes")] if mistake else []


def _mistakes(template: str, unwanted: frozenset[str]) -> list[tuple[str, str]]:
    wrong = []
    for index, text in enumerate(_split(template)):
        field, colon, case = text.partition(":")
        if index % 2 == 0:
            if "{" in text or "}" in text:
                wrong.append((shown(template), "every { closed by a }, around the name of a field"))
        elif not FIELD.fullmatch(field) or case not in _CASES or (colon and not case):
            wrong.append((f"{{{text}}}", "{field}, {field:upper} or {field:lower}"))
        elif field in unwanted:
            wrong.append((f"{{{text}}}", "a field of the pattern or a lookup; a file's own name makes no folder"))
    return wrong
