"""Edge: what must be right before the watcher starts; every mistake at once."""

import os
from pathlib import Path

from postflow import rights
from postflow.errors import SettingsError
from postflow.routing import Rules, RulesError, load_rules
from watcher.settings import Settings


def check(settings: Settings) -> Rules:
    """The rules, if everything is in order.

    Raises:
        SettingsError: with every mistake in the rules, and whatever the watcher may not read or write.
    """
    rules, problems = _rules(settings.postflow_config)
    problems += _volume(settings.volume_root) + _data(settings.watcher_data)
    if rules is None or problems:
        raise SettingsError(problems)
    return rules


def _rules(path: Path) -> tuple[Rules | None, list[str]]:
    try:
        return load_rules(path.read_text(encoding="utf-8")), []
    except FileNotFoundError:
        what_to_do = "write one after postflow.example.toml, or set POSTFLOW_CONFIG to where it is"
        return None, [f"POSTFLOW_CONFIG: there is no file {path}; {what_to_do}"]
    except IsADirectoryError:
        return None, [f"POSTFLOW_CONFIG: {path} is a folder; set it to the file with the rules, postflow.toml"]
    except OSError as error:
        who = f"uid {os.getuid()}"
        return None, [f"POSTFLOW_CONFIG: {path} cannot be read by {who}: {error.strerror}; let {who} read it"]
    except UnicodeDecodeError:
        return None, [f"POSTFLOW_CONFIG: {path} is not UTF-8; save it as UTF-8"]
    except RulesError as error:
        return None, [f"POSTFLOW_CONFIG: {path}: {problem}" for problem in error.problems]


def _volume(root: Path) -> list[str]:
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        what_to_do = "mount the filespace, or set VOLUME_ROOT to where it is (for a container, in VOLUME_PARENT)"
        return [f"VOLUME_ROOT: there is no folder {root}; {what_to_do}"]
    except NotADirectoryError:
        return [f"VOLUME_ROOT: {root} is no folder; set it to where the filespace is mounted"]
    except OSError as error:
        return [f"VOLUME_ROOT: {root} cannot be read: {error.strerror}. {rights.what_to_do(error)}"]
    return []


def _data(folder: Path) -> list[str]:
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        who = f"uid {os.getuid()}"
        return [f"WATCHER_DATA: {folder} is not writable by {who}: {error.strerror}; give the folder to {who}"]
    return []
