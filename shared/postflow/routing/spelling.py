"""Pure: two spellings of one name are equal, whatever their case and Unicode form; Frame.io takes most names."""

import unicodedata
from dataclasses import dataclass

from postflow.identity import comparable

NAME_CHARACTERS = 255
"""The longest name of a file or a folder in Frame.io.

Source: Frame.io V4 API, `name` of remote_upload and of folders, 1..255 characters.
"""


def folded(text: str) -> str:
    """The form in which names are compared: NFC, without case, as many characters as in NFC.

    The length is kept so that a match in this form can be quoted in the artist's own spelling.
    """
    text = comparable(text)
    if text.isascii():
        return text.lower()
    return "".join(_fold(character) for character in text)


def _fold(character: str) -> str:
    fold = character.casefold()
    return fold if len(fold) == 1 else character


@dataclass(frozen=True, slots=True)
class Spelled:
    """A path in the artist's spelling (NFC) and, character by character, in the comparable one."""

    own: str
    folded: str

    @classmethod
    def of(cls, path: str) -> "Spelled":
        return cls(comparable(path), folded(path))

    @property
    def name_starts(self) -> int:
        return self.own.rfind("/") + 1

    @property
    def name(self) -> str:
        return self.own[self.name_starts :]

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(self.own.split("/")[:-1])

    @property
    def ext(self) -> str:
        """Without its dot, in lower case; empty if the name has none."""
        _, dot, ext = self.folded[self.name_starts :].rpartition(".")
        return ext if dot else ""


def unsendable(text: str) -> str | None:
    """The first character that no name in Frame.io may have, in words."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            kind = "byte that is no Unicode" if unicodedata.category(character) == "Cs" else "control character"
            return f"a {kind} ({ascii(character)[1:-1]})"
    return None


def mistake_in_name(name: str) -> str | None:
    """Why Frame.io would not take this as the name of a file or a folder; None if it would."""
    if name in {"", ".", ".."}:
        return f'"{name}" is no name'
    if len(name) > NAME_CHARACTERS:
        return f"the name has {len(name)} characters, more than {NAME_CHARACTERS}"
    if "/" in name:
        return "a name has no /"
    if character := unsendable(name):
        return f"the name has {character}"
    return None
