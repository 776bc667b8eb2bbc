"""How a message is shown."""

import json

import pytest

from console.original import MASK, Original, body_of, headers_of, path_in
from postflow.logs import without_secrets
from tests.examples import AT, PATH, exposed

SIGNED = "https://film.example/x/abc/1/k/sig"


def original(payload: bytes, **headers: str) -> Original:
    return Original("postflow.file.exposed.x", AT, headers, payload)


def body(payload: bytes) -> str:
    return body_of(original(payload), without_secrets)


def test_a_body_is_indented_and_keeps_what_it_says() -> None:
    shown = body(b'{"path":"SQ01/\xc3\xa9t\xc3\xa9.mov","size_bytes":7}')
    assert shown.splitlines()[0] == "{"
    assert json.loads(shown) == {"path": "SQ01/été.mov", "size_bytes": 7}


@pytest.mark.parametrize(
    "payload",
    [
        exposed(internal_url=SIGNED).model_dump_json(),
        json.dumps({"more": [{"public_url": "https://other.example/another/kind/of/address?sig"}]}),
        '{"public_url": "https://film.example/odd/sig',
        '{"internal_url":"https://film.example/odd\\"sig","path":',
        f"<html>{SIGNED}</html>",
    ],
    ids=["a message", "deep inside", "cut off", "no JSON", "no JSON at all"],
)
def test_no_signed_address_is_shown(payload: str) -> None:
    shown = body(payload.encode())
    assert "sig" not in shown.replace(MASK, "")
    assert "[signed]" in shown


def test_a_body_that_cannot_be_read_is_shown_as_it_is_without_what_no_terminal_should_get() -> None:
    assert body(b"{not json\x1b[2J\xff") == "{not json\\x1b[2J\\xff"
    assert body(b'{"a": "\\u001b[2J\\ud800\xe2\x80\xae"}') == '{\n  "a": "\\u001b[2J\\ud800\\u202e"\n}'


def test_a_long_body_is_cut_and_says_so() -> None:
    assert body(b"a" * 20_007).endswith("… and 7 characters more")


def test_a_body_too_deep_to_be_indented_is_shown_as_it_is() -> None:
    assert body(b"[" * 5000) == "[" * 5000


def test_a_header_that_holds_a_secret_is_not_shown() -> None:
    told = original(b"", traceparent="00-1", Authorization="Bearer abc", where=SIGNED)
    shown = headers_of(told, without_secrets)
    assert shown == {
        "traceparent": "00-1",
        "Authorization": "[secret]",
        "where": "https://film.example/x/[signed]",
    }


@pytest.mark.parametrize(
    ("payload", "path"), [(exposed().model_dump_json().encode(), PATH), (b'{"path": 7}', ""), (b"{not json", "")]
)
def test_the_path_is_told_if_it_can_be(payload: bytes, path: str) -> None:
    assert path_in(payload) == path
