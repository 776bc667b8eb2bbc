"""Pure: what the edge keeps of what passes. It decides by the extension in the address, before anybody has answered.

For an address that it would cache it also turns HEAD into GET, and takes ranges off on their way to the origin.
Source: Cloudflare docs, "Default cache behavior" (read 2026-11).
"""

from collections.abc import Mapping
from dataclasses import dataclass

_CACHED = (
    "7z apk avi avif bin bmp bz2 class css csv dmg doc docx ejs eot eps exe flac gif gz ico iso jar jpeg jpg js mid "
    "midi mkv mp3 mp4 ogg otf pdf pict pls png ppt pptx ps rar svg svgz swf tar tif tiff ttf webm webp woff woff2 xls "
    "xlsx zip zst"
)
_EXTENSIONS = frozenset(_CACHED.split())
_FORBID = ("no-store", "private", "no-cache", "max-age=0")
_MOST_BYTES = 16 * 2**20
"""The real one keeps 512 MB."""


@dataclass(frozen=True, slots=True)
class Kept:
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def is_eligible(path: str) -> bool:
    _, dot, extension = path.rsplit("/", 1)[-1].rpartition(".")
    return bool(dot) and extension.lower() in _EXTENSIONS


def may_be_kept(status: int, headers: Mapping[str, str]) -> bool:
    """Without a word about caching, a good answer is kept."""
    control = headers.get("cache-control", "").lower()
    return status == 200 and not any(word in control for word in _FORBID)


class Cache:
    """By address. What grows beyond 16 MiB is not kept."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}

    def get(self, address: str) -> Kept | None:
        return self._kept.get(address)

    def keep(self, address: str, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        if len(body) > _MOST_BYTES:
            return False
        self._kept[address] = Kept(tuple(headers), body)
        return True
