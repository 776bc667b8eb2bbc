"""Edge: what must be right before the watcher starts; every mistake at once."""

import errno
import os
import threading
from pathlib import Path

from postflow import rights
from postflow.errors import SettingsError
from postflow.routing import NO_RULES, InForce, Renewed, renewed
from postflow.rules_file import RulesFile, content_of
from watcher.settings import Settings

PATIENCE_S = 10.0
"""For the mount. Whether it answers, the watch tells from then on."""


def check(settings: Settings) -> RulesFile:
    """The rules, if everything is in order. A show with a mistake is left out; the file says so for as long as it is.

    Raises:
        SettingsError: no show is sound, or something may not be read or written; with every mistake in the rules, too.
    """
    rules, mistakes = _rules(settings.postflow_config)
    problems = _volume(settings.volume_root) + rights.why_not_writable("WATCHER_DATA", settings.watcher_data)
    if problems or not rules.rules().shows:
        raise SettingsError(mistakes + problems)
    return rules


def _rules(path: Path) -> tuple[RulesFile, list[str]]:
    content = content_of(path)
    state = renewed(content.text) if not content.trouble else Renewed(NO_RULES)
    if content.trouble:
        problems = [f"POSTFLOW_CONFIG: {content.trouble}; {content.what_to_do}"]
    else:
        problems = [f"POSTFLOW_CONFIG: {path}: {problem}" for problem in state.problems]
    return RulesFile(path, content, state, InForce(state.rules)), problems


def _volume(root: Path) -> list[str]:
    number = _errno(root)
    if number == errno.ENOENT:
        what_to_do = "mount the filespace, or set VOLUME_ROOT to where it is (for a container, in VOLUME_PARENT)"
        return [f"VOLUME_ROOT: there is no folder {root}; {what_to_do}"]
    if number == errno.ENOTDIR:
        return [f"VOLUME_ROOT: {root} is no folder; set it to where the filespace is mounted"]
    if number:
        error = OSError(number, os.strerror(number))
        return [f"VOLUME_ROOT: {root} cannot be read: {error.strerror}. {rights.what_to_do(error)}"]
    return []


def _errno(root: Path) -> int:
    """Why it cannot be listed. 0 if it can, or if nobody answers for the mount: that is no mistake, the watch begins
    when somebody does, and says so until then."""
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(_listed(root)), daemon=True)
    asking.start()
    asking.join(PATIENCE_S)
    return answers[0] if answers and answers[0] not in rights.NOBODY_ANSWERS else 0


def _listed(root: Path) -> int:
    try:
        os.scandir(root).close()
    except OSError as error:
        return error.errno or errno.EIO
    return 0
