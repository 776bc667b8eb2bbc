"""Pure: what a file is, by its extension.

Frame.io takes the media type from our answer, not from the name, so the operating system's table is not asked: it
differs from machine to machine and knows little of film.
"""

from pathlib import PurePosixPath
from urllib.parse import quote

UNKNOWN = "application/octet-stream"

CONTENT_TYPES = {
    "mov": "video/quicktime",
    "qt": "video/quicktime",
    "mp4": "video/mp4",
    "m4v": "video/x-m4v",
    "mxf": "application/mxf",
    "mkv": "video/x-matroska",
    "webm": "video/webm",
    "avi": "video/x-msvideo",
    "mpg": "video/mpeg",
    "mpeg": "video/mpeg",
    "ts": "video/mp2t",
    "m2ts": "video/mp2t",
    "mts": "video/mp2t",
    "ogv": "video/ogg",
    "3gp": "video/3gpp",
    "wmv": "video/x-ms-wmv",
    "wav": "audio/wav",
    "bwf": "audio/wav",
    "aif": "audio/aiff",
    "aiff": "audio/aiff",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "exr": "image/x-exr",
    "dpx": "image/x-dpx",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "heic": "image/heic",
    "psd": "image/vnd.adobe.photoshop",
    "tga": "image/x-tga",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "zip": "application/zip",
    "txt": "text/plain",
    "csv": "text/csv",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "xml": "application/xml",
    "json": "application/json",
}

_ATTR_CHARS = "!#$&+-.^_`|~"
"""What RFC 5987 leaves as it is, besides letters and digits."""


def content_type(path: str) -> str:
    return CONTENT_TYPES.get(PurePosixPath(path).suffix.removeprefix(".").lower(), UNKNOWN)


def disposition(name: str) -> str:
    """`Content-Disposition` that carries a name in any script, as RFC 5987 writes it."""
    return f"attachment; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS, encoding='utf-8', errors='replace')}"
