"""Edge: what must be right before the watcher starts; every mistake at once."""

import errno
import os
from pathlib import Path

from postflow import rights
from postflow.errors import RetryableError, SettingsError
from postflow.routing import NO_RULES, InForce, Renewed, renewed
from postflow.rules_file import RulesFile, content_of
from watcher.apart.helper import Helper, Hung, command
from watcher.guard import showing
from watcher.settings import Settings


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
    helper = Helper(command(str(root)), Hung())
    try:
        number = showing.shown(helper.ask("guard", None)).errno
    except RetryableError:
        return 0
    finally:
        helper.end()
    return 0 if number in rights.NOBODY_ANSWERS else number
