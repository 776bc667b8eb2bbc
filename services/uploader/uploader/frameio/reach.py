"""Pure: can we deliver to a project that the rules name? What is said of it, from all that can be known unharmed.

Whether our user may put a file there Frame.io tells only when it is tried: it tells members neither their own role nor
what they may do. So a project that can be seen and listed is taken for well, until Frame.io refuses a file in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from postflow.checks import Check
from postflow.identity import comparable
from postflow.questions import Target
from uploader.frameio.objects import Project


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look has shown.

    Attributes:
        projects: those of this name or id that our user can see.
        folders: names of the folders at its top, comparable; None if they could not be listed.
        closed: why they could not be listed, if it was refused.
    """

    projects: tuple[Project, ...]
    folders: frozenset[str] | None = None
    closed: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """How the last file that went there ended."""

    at: datetime
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Us:
    """Whom a person would have to invite."""

    user: str
    account: str


def check(name: str, targets: Iterable[Target], sight: Sight, tried: Tried | None, us: Us) -> Check:
    """
    Args:
        name: of the project, as the rules have it; the targets are those in it.
    """
    targets = list(targets)
    editor = f"Give PostFlow's user {us.user} the editor role in it"
    if not sight.projects:
        return Check(
            False,
            f"{us.user} sees no such project in {us.account}; the rules of {_shows(targets)} send files there",
            f"Create it, or invite PostFlow's user {us.user} to it with the editor role, or correct `project` in the "
            "rules.",
        )
    if sight.closed:
        return Check(False, f"its folders may not be listed: {sight.closed}", f"{editor}.")
    if tried is not None and tried.refused:
        said = f"a file was refused at {tried.at:%H:%M} UTC: {tried.refused}"
        return Check(False, said, f"{editor}, then `postflow retry --failed`.")
    detail = "; ".join(filter(None, ("there", _folders(targets, sight), _right(tried))))
    return Check(True, detail, _advice(sight))


def _shows(targets: list[Target]) -> str:
    return ", ".join(dict.fromkeys(show for target in targets for show in target.shows))


def _folders(targets: list[Target], sight: Sight) -> str:
    if sight.folders is None:
        return "its folders were not listed yet"
    missing = [name for name in _tops(targets) if comparable(name) not in sight.folders]
    return f"made with the first file: {', '.join(missing)}" if missing else "its folders can be listed"


def _tops(targets: list[Target]) -> list[str]:
    return list(dict.fromkeys(target.folder[0] for target in targets if target.folder))


def _right(tried: Tried | None) -> str:
    if tried is None:
        return "whether files are taken there shows with the first one"
    return f"a file arrived at {tried.at:%H:%M} UTC"


def _advice(sight: Sight) -> str:
    if len(sight.projects) > 1:
        return f"Write its id into the rules: there are {len(sight.projects)} of that name, and the first is used."
    if not sight.projects[0].is_active:
        return "Activate it in Frame.io: an inactive project may take no files."
    return ""
