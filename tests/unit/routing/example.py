"""The studio's rules as the repository ships them, and edits of them."""

from pathlib import Path

EXAMPLE = (Path(__file__).parents[3] / "postflow.example.toml").read_text(encoding="utf-8")
FOLDER = "UNDLM/EXPORTS"


def edited(*changes: tuple[str, str]) -> str:
    """The example with texts replaced, each of which must be there."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text, f"{old!r} is not in the example"
        text = text.replace(old, new, 1)
    return text


def inside(path: str) -> str:
    return f"{FOLDER}/{path}"


SECOND_SHOW = """
[shows.pub]
code = "PUB"
project = "PUB"

[[shows.pub.watch]]
folder = "PUB/EXPORTS"
include = ["**/*.mov"]

[[shows.pub.patterns]]
name = "spot"
template = "{show}_{spot:2d}_{rest:*}_v{version:2-4d}.{ext}"
example = "PUB_01_long_cut_v01.mov"

[[shows.pub.routes]]
name = "spots"
folder = ""
filename = "{show}{spot}_{stem}.{ext}"
"""
