"""Edge: reads an access log from its folder and finds whatever was done to it since it was written."""

import re
from collections.abc import Iterator
from pathlib import Path

from postflow.chain import Checking, Link, hash_of, read
from postflow.questions import LogProblem, VerifyLogAnswer

MOST_PROBLEMS = 100
"""Of one answer; one change seldom makes more than two."""

_NAME = re.compile(r"\d{4}-\d\d-\d\d-\d{12}\.jsonl")


def log_files(folder: Path) -> list[Path]:
    """Those of a log, in the order of their lines. Raises OSError."""
    named = (path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    return sorted((path for path in named if not path.is_symlink()), key=first_number)


def first_number(path: Path) -> int:
    """Of the lines in such a file, by its name."""
    return int(path.stem[-12:])


def holds(folder: Path, link: Link) -> bool:
    """Whether a line is there as somebody remembers it, or was, and the log begins with the one that hangs from it.

    Raises OSError.
    """
    found = log_files(folder)
    files = [path for path in found if first_number(path) <= link.number]
    if not files:
        return any(_hangs_from(link, path) for path in found[:1])
    with files[-1].open("rb") as lines:
        return any(hash_of(line.removesuffix(b"\n")) == link.hash for line in lines)


def _hangs_from(link: Link, path: Path) -> bool:
    """Whether the first line of a file does."""
    with path.open("rb") as lines:
        entry = read(lines.readline().removesuffix(b"\n"))
    return entry is not None and (entry.link.number, entry.before) == (link.number + 1, link.hash)


def verified(folder: Path, remembered: Link | None) -> VerifyLogAnswer:
    """Takes seconds for a million lines: call it from a thread.

    Args:
        remembered: a line as NATS remembers it.

    Raises:
        OSError: the folder or a file cannot be read.
    """
    found = log_files(folder)
    checking = Checking(remembered)
    problems: list[LogProblem] = []
    for problem in _problems(found, checking):
        if len(problems) < MOST_PROBLEMS:
            problems.append(problem)
    return VerifyLogAnswer(
        files=len(found),
        lines=checking.lines,
        first=checking.first.number if checking.first else None,
        last=checking.last.number if checking.last else None,
        remembered=remembered,
        problems=tuple(problems),
    )


def _problems(found: list[Path], checking: Checking) -> Iterator[LogProblem]:
    for path in found:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    continue  # it is being written just now, or was when the machine died
                if (wrong := checking.take(line.removesuffix(b"\n"))) is not None:
                    yield LogProblem(place=f"{path.name}:{number}", what=wrong)
    for wrong in (checking.beginning(), checking.end()):
        if wrong is not None:
            yield LogProblem(what=wrong)
