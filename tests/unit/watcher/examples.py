"""Pure: rules, looks and sightings for tests of the watcher."""

from postflow.routing import Rules, load_rules
from tests.unit.watcher.fakes import START
from watcher.release import Sighting
from watcher.stability import Look

RULES = """
[shows.undlm]
code = "UNDLM"
project = "Undlm"

[[shows.undlm.watch]]
folder = "EXPORTS"
include = ["**/*.mov", "**/*.mp4"]
exclude = ["**/drafts/**"]

[[shows.undlm.watch]]
folder = "MASTERS"
include = ["**/*.mov"]

[[shows.undlm.patterns]]
name = "shot"
template = "**/{show}_{shot:5d}_v{version:3d}.{ext}"
example = "UNDLM_00003_v001.mov"

[[shows.undlm.routes]]
name = "shots"
folder = "SHOTS/{shot}"
"""

SHOT = "EXPORTS/UNDLM_00003_v001.mov"


def rules(text: str = RULES) -> Rules:
    return load_rules(text)


def look(size_bytes: int = 100, mtime_ns: int = 1_700_000_000_000_000_000, inode: int = 7) -> Look:
    return Look(size_bytes, mtime_ns, inode)


def sighting(path: str = SHOT, **changed: int) -> Sighting:
    return Sighting(path, look(**changed), START)
