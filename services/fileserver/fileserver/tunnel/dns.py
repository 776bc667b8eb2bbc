"""Pure: questions to a name server, and its answers.

Source: RFC 1035, section 4.1.
"""

import struct
from dataclasses import dataclass

A, NS = 1, 2
FOUND, NO_SUCH_NAME = 0, 3

_HEAD, _RECORD = struct.Struct(">6H"), struct.Struct(">2HIH")
_QUESTION_END = struct.Struct(">2H")
_IS_ANSWER, _RECURSIVE, _CODE = 0x8000, 0x0100, 0x000F
_LONGEST_LABEL = 63
_MOST_LABELS = 128
"""Of a name, pointers counted: one that points at itself has no end."""


@dataclass(frozen=True, slots=True)
class Told:
    """
    Attributes:
        count: records of an answer, whatever they hold.
        targets: the name servers among them.
    """

    code: int
    count: int
    targets: tuple[str, ...]


def asked(number: int, name: str, kind: int, *, recursive: bool) -> bytes:
    """Raises ValueError: it is no name."""
    labels = [label.encode("ascii") for label in name.split(".")]
    if not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise ValueError("a part of it is empty or too long")
    spelled = b"".join(bytes([len(label)]) + label for label in labels)
    head = _HEAD.pack(number, _RECURSIVE if recursive else 0, 1, 0, 0, 0)
    return head + spelled + b"\0" + _QUESTION_END.pack(kind, 1)


def told(answer: bytes, number: int) -> Told | None:
    """None if it is no answer to that question."""
    try:
        its_number, flags, questions, count, _, _ = _HEAD.unpack_from(answer)
        if its_number != number or not flags & _IS_ANSWER or questions != 1:
            return None
        at = _name(answer, _HEAD.size)[1] + _QUESTION_END.size
        return Told(flags & _CODE, count, tuple(_targets(answer, at, count)))
    except (struct.error, IndexError, ValueError):
        return None


def _targets(answer: bytes, at: int, count: int) -> list[str]:
    found = []
    for _ in range(count):
        _, at = _name(answer, at)
        kind, _, _, length = _RECORD.unpack_from(answer, at)
        at += _RECORD.size
        if kind == NS:
            found.append(_name(answer, at)[0])
        at += length
    return found


def _name(answer: bytes, at: int) -> tuple[str, int]:
    """A name, and where what follows it begins. Raises IndexError or ValueError."""
    labels: list[str] = []
    behind = None
    for _ in range(_MOST_LABELS):
        length = answer[at]
        if length > _LONGEST_LABEL:
            behind = at + 2 if behind is None else behind
            at = (length << 8 | answer[at + 1]) & 0x3FFF
        elif length:
            labels.append(answer[at + 1 : at + 1 + length].decode("ascii"))
            at += 1 + length
        else:
            return ".".join(labels), at + 1 if behind is None else behind
    raise ValueError("a name without an end")
