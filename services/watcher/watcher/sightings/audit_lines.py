"""Pure: what one line of LucidLink's audit trail says may have changed, and by whom.

Source: LucidLink, "Audit Trail for filespaces" (read 2026-12): one JSON object a line, with `operation.action`,
`operation.entryPath` and, of a move, `operation.targetPath`, absolute inside the filespace, and `user.name` and
`user.id`. Every field may be missing, and a line may be anything.
"""

import json
from dataclasses import dataclass

FOLDER = ".lucid_audit"
WRITES = ("FileCreate", "FileWritten", "Move")
"""Who does one of these to a file is said to have written it: a program that saves safely moves it into place."""
CHANGES = ("FileCreate", "FileWritten", "FileDelete", "DirectoryCreate", "Move")
"""Who only reads, as we do, changes nothing; neither do attributes, pins, and a folder that is gone."""
READ = "FileRead"
LONGEST_PATH = 4096
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Line:
    """
    Attributes:
        places: paths inside the filespace that may have changed, as the line spells them.
        reads_trail: somebody read the audit trail, perhaps we.
        writer: who wrote the last of the places, as people call him; empty if nobody did or it is not said.
    """

    places: tuple[str, ...] = ()
    reads_trail: bool = False
    writer: str = ""


def understood(line: bytes) -> Line | None:
    """None if it cannot be understood."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    operation = entry.get("operation") if isinstance(entry, dict) else None
    if not isinstance(operation, dict):
        return None
    named = (_inside(operation.get(name)) for name in ("entryPath", "targetPath"))
    paths = tuple(path for path in named if path is not None)
    if operation.get("action") == READ:
        return Line(reads_trail=any(map(_is_of_trail, paths)))
    if operation.get("action") not in CHANGES or any(map(_is_of_trail, paths)):
        return Line()
    return Line(paths, writer=_writer(entry) if operation["action"] in WRITES and paths else "")


def _writer(entry: dict[str, object]) -> str:
    user = entry.get("user")
    said = [user.get("name"), user.get("id")] if isinstance(user, dict) else []
    names = (" ".join(name.split()) for name in said if isinstance(name, str) and name.isprintable())
    return next((name[:LONGEST_NAME] for name in names if name), "")


def _is_of_trail(path: str) -> bool:
    return path == FOLDER or path.startswith(f"{FOLDER}/")


def _inside(text: object) -> str | None:
    if not isinstance(text, str) or not text.startswith("/") or len(text) > LONGEST_PATH:
        return None
    parts = [part for part in text.split("/") if part]
    if not parts or "\0" in text or any(part in (".", "..") for part in parts):
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return "/".join(parts)
