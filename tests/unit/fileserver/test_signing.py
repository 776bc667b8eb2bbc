"""Signed paths."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fileserver.signing import Address, BadKeys, Keyring, keyring

EXPOSURE_ID = "abcdefghijklmnopqrstuv"
EXPIRES_S = 1_800_000_000
OLD, NEW = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
KEYS = keyring(f"new:{NEW},old:{OLD}")
PATH = KEYS.path(EXPOSURE_ID, EXPIRES_S)


def address(path: str) -> Address:
    _, x, *parts = path.split("/")
    assert x == "x"
    return Address(*parts)


def test_what_was_signed_is_known_again() -> None:
    assert KEYS.signed(address(PATH))


def test_the_first_key_signs_and_every_key_verifies() -> None:
    assert address(PATH).key_id == "new"
    by_old = keyring(f"old:{OLD}").path(EXPOSURE_ID, EXPIRES_S)
    assert KEYS.signed(address(by_old))
    assert not keyring(f"new:{NEW}").signed(address(by_old))


def test_a_path_has_neither_dot_nor_extension() -> None:
    assert set(PATH) <= set("/-_") | set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


@given(place=st.integers(3, len(PATH) - 1), to=st.characters(max_codepoint=0x2FF))
def test_a_path_with_any_character_changed_is_refused(place: int, to: str) -> None:
    changed = PATH[:place] + to + PATH[place + 1 :]
    parts = changed.split("/")[2:]
    if changed != PATH and len(parts) == 4:
        assert not KEYS.signed(Address(*parts))


@given(place=st.integers(0, 42), bit=st.integers(0, 6))
def test_a_signature_with_any_bit_flipped_is_refused(place: int, bit: int) -> None:
    good = address(PATH)
    flipped = good.signature[:place] + chr(ord(good.signature[place]) ^ 1 << bit) + good.signature[place + 1 :]
    assert not KEYS.signed(Address(good.exposure_id, good.expires, good.key_id, flipped))


@given(st.tuples(*[st.text(max_size=50)] * 4))
def test_any_text_is_refused_and_none_breaks_it(parts: tuple[str, str, str, str]) -> None:
    assert not KEYS.signed(Address(*parts))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"exposure_id": "abcdefghijklmnopqrstuw"}, id="another exposure"),
        pytest.param({"expires": "1800000001"}, id="a second longer"),
        pytest.param({"expires": "01800000000"}, id="the same number, spelled otherwise"),
        pytest.param({"expires": "１８００００００００"}, id="the same number, in other digits"),
        pytest.param({"key_id": "old"}, id="another key's id"),
        pytest.param({"signature": ""}, id="no signature"),
    ],
)
def test_no_part_can_be_taken_from_elsewhere(changed: dict[str, str]) -> None:
    good = address(PATH)
    parts = {name: getattr(good, name) for name in ("exposure_id", "expires", "key_id", "signature")}
    assert not KEYS.signed(Address(**(parts | changed)))


def test_both_alphabets_of_base64_make_the_same_key() -> None:
    secret = b"\xfb\xff" * 16
    plain, safe = base64.b64encode(secret).decode(), base64.urlsafe_b64encode(secret).decode()
    assert plain != safe
    assert keyring(f"k:{plain}") == keyring(f"k:{safe}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "key 1 is not id:base64"),
        (f"a.b:{OLD}", "key 1 is not id:base64"),
        (f"a:{OLD},", "key 2 is not id:base64"),
        ("a:not base64!", "key 1 is not base64"),
        ("a:c2hvcnQ=", "key 1 has 5 bytes"),
        (f"a:{OLD},a:{NEW}", "the same id"),
    ],
)
def test_keys_that_cannot_be_used_are_told_without_quoting_them(text: str, said: str) -> None:
    with pytest.raises(BadKeys) as caught:
        keyring(text)
    assert said in str(caught.value)
    assert OLD not in str(caught.value)
    assert "c2hvcnQ" not in str(caught.value)


def test_no_repr_shows_a_secret() -> None:
    shown = repr(KEYS) + repr(address(PATH)) + repr(Keyring(KEYS.keys))
    assert repr(b"\x01" * 32) not in shown
    assert address(PATH).signature not in shown
