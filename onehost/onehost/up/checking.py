"""Edge: run as a child with a service's environment: says as JSON what is wrong with it, and starts nothing.

`python -m onehost.up.checking watcher`. The service's own code judges: what stands in `<service>.settings`, and in
`<service>.preflight` where there is one.
"""

import importlib
import importlib.util
import json
import os
import sys

from postflow.errors import SettingsError
from postflow.settings import ServiceSettings, load


def problems(service: str) -> list[str]:
    settings, found = _settings(service)
    if settings is None:
        # Once more without what is wrong, so that the rest is looked at too.
        for problem in found:
            os.environ.pop(problem.partition(":")[0], None)
        settings, _ = _settings(service)
    return found if settings is None else found + _preflight(service, settings)


def _settings(service: str) -> tuple[ServiceSettings | None, list[str]]:
    try:
        return load(importlib.import_module(f"{service}.settings").Settings), []
    except SettingsError as error:
        return None, list(error.problems)


def _preflight(service: str, settings: ServiceSettings) -> list[str]:
    if importlib.util.find_spec(f"{service}.preflight") is None:
        return []
    try:
        importlib.import_module(f"{service}.preflight").check(settings)
    except SettingsError as error:
        return list(error.problems)
    return []


if __name__ == "__main__":
    print(json.dumps(problems(sys.argv[1])))
