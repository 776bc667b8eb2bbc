"""Pure: which module knows a file, by its extension and its own first bytes. A new format is one line of the table."""

from collections.abc import Callable
from dataclasses import dataclass

from watcher.completeness import isobmff, mxf, riff
from watcher.completeness.reader import BUDGET_BYTES, Budgeted, CutOff, OutOfBudget, Reader
from watcher.completeness.verdict import Verdict, still_open, unknown

FIRST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Format:
    """
    Attributes:
        extensions: in small letters, without the dot.
        is_one: whether a file that begins so is one of these; what comes further on may still say no.
        judge: raises OutOfBudget and CutOff.
    """

    name: str
    extensions: frozenset[str]
    is_one: Callable[[bytes], bool]
    judge: Callable[[Budgeted], Verdict]


FORMATS = (
    Format("QuickTime or MP4", frozenset({"mov", "mp4", "m4v", "m4a", "qt"}), isobmff.is_one, isobmff.judge),
    Format("MXF", frozenset({"mxf"}), mxf.is_one, mxf.judge),
    Format("WAV", frozenset({"wav", "wave", "bwf", "rf64", "bw64"}), riff.is_one, riff.judge),
)


def judge(name: str, reader: Reader, *, budget_bytes: int = BUDGET_BYTES) -> Verdict:
    """Whether the container is closed. Whatever is in the file, this gives a verdict and never raises for it.

    Args:
        name: of the file; only its extension counts.
    """
    form = _by_extension(name)
    if form is None:
        return unknown("files of this kind cannot be checked for it")
    budgeted = Budgeted(reader, budget_bytes)
    try:
        return _judge(form, budgeted)
    except OutOfBudget:
        return unknown("too much of it would have to be read to know")
    except CutOff:
        return still_open("it is cut off within its own description")


def _judge(form: Format, reader: Budgeted) -> Verdict:
    first = reader.up_to(0, FIRST_BYTES)
    if first and not any(first):
        return still_open("its first bytes are all zero: room was made for it, and nothing written there yet")
    if not form.is_one(first):
        return unknown(f"its first bytes are not those of a {form.name} file")
    return form.judge(reader)


def _by_extension(name: str) -> Format | None:
    stem, _, extension = name.lower().rpartition(".")
    if not stem:
        return None
    return next((form for form in FORMATS if extension in form.extensions), None)
