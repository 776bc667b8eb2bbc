"""Pure: one naming pattern held against one path: it fits, it nearly fits (and this would be right), or it does not."""

import re
import warnings
from dataclasses import dataclass
from typing import Protocol

from postflow.identity import comparable
from postflow.routing.forms import MOST_DIGITS, Form, captured, choice, word
from postflow.routing.near import NearMiss, near_miss
from postflow.routing.problems import Mistakes, shown
from postflow.routing.spelling import Spelled, folded
from postflow.routing.template import FIELD, RESERVED, Template, parse_template, part_regex


@dataclass(frozen=True, slots=True)
class Fit:
    fields: dict[str, str]


class Naming(Protocol):
    @property
    def forms(self) -> dict[str, Form]:
        """What each field of this pattern can be, `show` and `ext` among them."""

    def hold(self, path: Spelled) -> Fit | NearMiss | None:
        """Compare a path below the watch folder with the pattern."""


class TemplateNaming:
    """A field named twice must have the same text in both places, or the file is in the wrong folder."""

    def __init__(self, text: str, code: str) -> None:
        self.template = parse_template(text, code)
        self._code = code
        self._regex = re.compile(_path_regex(self.template))
        self.forms = {slot.field: slot.form for slot in reversed(self.template.slots)} | _given(code)

    def hold(self, path: Spelled) -> Fit | NearMiss | None:
        match = self._regex.fullmatch(path.folded)
        if match is None:
            return near_miss(self.template, path)
        fields = {"show": self._code, "ext": path.ext}
        for slot, text in zip(self.template.slots, match.groups(), strict=True):
            value = slot.form.canonical(text)
            if folded(fields.setdefault(slot.field, value)) != folded(value):
                return near_miss(self.template, path)
        return Fit(fields)


class RegexNaming:
    """A regex over the path below the watch folder, in lower case and without regard to case.

    Nothing nearly fits a regex, and a bad one can take for ever: prefer templates.
    """

    def __init__(self, text: str, code: str) -> None:
        self._regex = parse_regex(text)
        self._code = code
        self.forms = {name: captured() for name in self._regex.groupindex} | _given(code)

    def hold(self, path: Spelled) -> Fit | NearMiss | None:
        match = self._regex.fullmatch(path.folded)
        if match is None:
            return None
        found = {name: comparable(text.upper()) for name, text in match.groupdict().items() if text}
        if folded(found.get("show", self._code)) != folded(self._code):
            return None
        version = found.get("version", "0")
        if not re.fullmatch(f"[0-9]{{1,{MOST_DIGITS}}}", version):
            return NearMiss(("version needs digits, like 001; found " + version,), expected=None)
        return Fit(found | {"show": self._code, "ext": path.ext})


def parse_regex(text: str) -> re.Pattern[str]:
    """Compile a regex form and judge its group names.

    Raises:
        Mistakes: all that is wrong with it.
    """
    regex = compile_regex(text)
    wrong = [
        (f"(?P<{name}>…)", f"small letters, digits and _; not {', '.join(sorted(RESERVED))}")
        for name in regex.groupindex
        if not FIELD.fullmatch(name) or name in RESERVED
    ]
    if wrong:
        raise Mistakes(wrong)
    return regex


def compile_regex(text: str) -> re.Pattern[str]:
    """Compile it; what Python only warns of counts as a mistake too.

    Raises:
        Mistakes: what Python says about it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise Mistakes([(shown(text), f"a regular expression ({error})")]) from None


def _given(code: str) -> dict[str, Form]:
    return {"show": choice(code), "ext": word()}


def _path_regex(template: Template) -> str:
    start = "(?:[^/]+/)*" if template.any_folders else ""
    return start + "/".join(part_regex(part, loose=False) for part in template.parts)
