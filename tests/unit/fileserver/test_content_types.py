"""What a file is, and how its name travels."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.content_types import CONTENT_TYPES, content_type, disposition


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("SQ01/a_v001.mov", "video/quicktime"),
        ("a.MOV", "video/quicktime"),
        ("a.mp4", "video/mp4"),
        ("a.m4v", "video/x-m4v"),
        ("a.mxf", "application/mxf"),
        ("a.wav", "audio/wav"),
        ("a.0001.exr", "image/x-exr"),
        ("a", "application/octet-stream"),
        ("a.prproj", "application/octet-stream"),
        ("folder.mov/a", "application/octet-stream"),
        (".mov", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_the_type_follows_the_extension(path: str, expected: str) -> None:
    assert content_type(path) == expected


def test_no_type_is_that_of_a_page() -> None:
    assert not {"text/html", "application/xhtml+xml"} & set(CONTENT_TYPES.values())


@given(st.text(min_size=1))
def test_any_name_travels_and_none_breaks_the_header(name: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    prefix = "attachment; filename*=UTF-8''"
    assert header.startswith(prefix)
    assert not set(header[len(prefix) :]) & set(" \";,\\'()<>@/[]?={}")
    assert unquote(header[len(prefix) :]) == name.encode(errors="replace").decode()


def test_a_name_in_another_script() -> None:
    assert disposition("Été v1.mov") == "attachment; filename*=UTF-8''%C3%89t%C3%A9%20v1.mov"
