"""Edge: run as a child with a service's environment: says as JSON what is wrong with it, and starts nothing.

`python -m onehost.up.checking watcher`. The service's own code judges: what stands in `<service>.settings`, and in
`<service>.preflight` where there is one.
"""

import importlib
import importlib.util
import json
import sys
from collections.abc import Callable

from postflow.errors import SettingsError
from postflow.settings import ServiceSettings, load_checked


def problems(service: str) -> list[str]:
    try:
        load_checked(importlib.import_module(f"{service}.settings").Settings, _preflight(service))
    except SettingsError as error:
        return list(error.problems)
    return []


def _preflight(service: str) -> Callable[[ServiceSettings], object]:
    if importlib.util.find_spec(f"{service}.preflight") is None:
        return lambda _: None
    check: Callable[[ServiceSettings], object] = importlib.import_module(f"{service}.preflight").check
    return check


if __name__ == "__main__":
    print(json.dumps(problems(sys.argv[1])))
