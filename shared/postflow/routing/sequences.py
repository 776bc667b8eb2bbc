"""Pure: numbered image sequences. Thousands of frames are one thing to people, and are told as one."""

import re

from postflow.identity import comparable
from postflow.routing.spelling import folded

STILLS = ("bmp", "cin", "dpx", "exr", "hdr", "jpeg", "jpg", "png", "psd", "sgi", "sxr", "tga", "tif", "tiff", "webp")

_FRAME = re.compile(rf"(?P<before>(?:.*/)?[^/]+\.)(?P<number>[0-9]{{3,8}})\.(?:{'|'.join(STILLS)})", re.DOTALL)


def sequence_of(path: str) -> str | None:
    """The sequence that a path is a frame of, as `SQ01/sh010.####.exr`; None for any other file.

    A frame's number stands between dots, before the extension of an image. After anything else it may be a shot's."""
    path = comparable(path)
    match = _FRAME.fullmatch(folded(path))
    if match is None:
        return None
    return f"{path[: match.end('before')]}####{path[match.end('number') :]}"
