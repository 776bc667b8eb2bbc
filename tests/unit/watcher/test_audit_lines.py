"""What a line of the audit trail says may have changed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.sightings.audit_lines import Line, understood

ADA = "ada@studio.example"


def line(action: object, entry: object = "/EXPORTS/a.mov", **also: object) -> bytes:
    operation = {"action": action, "entryPath": entry, "fileId": "2955:1"} | also
    about = {"timestamp": 1_750_000_000_000_000, "schemaVersion": "1.1", "user": {"id": ADA}}
    return json.dumps(about | {"operation": operation, "event": {"nodeId": "7"}}).encode()


@pytest.mark.parametrize("action", ["FileCreate", "FileWritten", "FileDelete", "DirectoryCreate"])
def test_what_is_written_made_or_deleted_may_have_changed(action: str) -> None:
    said = understood(line(action))
    assert said is not None
    assert said.places == ("EXPORTS/a.mov",)


def test_a_move_changes_both_places() -> None:
    assert understood(line("Move", targetPath="/EXPORTS/b.mov")) == Line(("EXPORTS/a.mov", "EXPORTS/b.mov"), writer=ADA)


@pytest.mark.parametrize(
    "action",
    ["FileRead", "DirectoryDelete", "ExtendedAttributeSet", "Pin", "PreHydrate", "SomethingNew", None, 7, ["Move"]],
)
def test_nothing_else_changes_anything(action: object) -> None:
    assert understood(line(action)) == Line()


@pytest.mark.parametrize(
    ("user", "writer"),
    [
        ({"id": "ada@studio.example", "name": "Ada  Lovelace"}, "Ada Lovelace"),
        ({"id": "ada@studio.example", "name": ""}, "ada@studio.example"),
        ({"id": 7, "name": None}, ""),
        ({"name": "a\x00b"}, ""),
        ({"name": "x" * 1000}, "x" * 100),
        (None, ""),
        (["Ada"], ""),
    ],
)
def test_who_wrote_is_told_as_people_call_them(user: object, writer: str) -> None:
    operation = {"action": "FileWritten", "entryPath": "/EXPORTS/a.mov"}
    said = understood(json.dumps({"operation": operation, "user": user}).encode())
    assert said is not None
    assert said.writer == writer


def test_who_deletes_has_not_written() -> None:
    assert understood(line("FileDelete")) == Line(("EXPORTS/a.mov",))


def test_who_reads_the_trail_itself_is_told_apart() -> None:
    assert understood(line("FileRead", "/.lucid_audit/7/2026/11/x.log.active")) == Line(reads_trail=True)
    assert understood(line("FileRead", "/.lucid_audit_not/x")) == Line()


def test_what_happens_to_the_trail_itself_is_nobodys_business() -> None:
    log = "/.lucid_audit/7/2026/11/x.log"
    assert understood(line("Move", f"{log}.active", targetPath=log)) == Line()


@pytest.mark.parametrize(
    "entry",
    [None, 7, "", "/", "//", "a.mov", "/a/../b.mov", "/./a", "/a\0b", "/\ud800.mov", f"/{'a' * 5000}", {"path": "/a"}],
)
def test_a_path_that_is_none_is_left_out(entry: object) -> None:
    assert understood(line("FileWritten", entry)) == Line()


def test_slashes_too_many_do_not_matter() -> None:
    assert understood(line("FileWritten", "//EXPORTS//a.mov/")) == Line(("EXPORTS/a.mov",), writer=ADA)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"\0" * 100, b"\xff\xfe", b"[]", b"7", b"{}", b'{"operation": "Move"}', b"[" * 100_000],
)
def test_what_is_no_line_is_not_understood(garbage: bytes) -> None:
    assert understood(garbage) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_it(garbage: bytes) -> None:
    understood(garbage)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["operation", "action", "entryPath"]), inner),
)


@given(JSON)
def test_no_json_breaks_it(value: object) -> None:
    understood(json.dumps(value).encode())
