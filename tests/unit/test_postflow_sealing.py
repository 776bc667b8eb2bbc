"""What the ledgers hold of tokens and keys, encrypted with SECRET_KEY."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from postflow.errors import WrongSecretKey
from postflow.sealing import Sealing, require_strong

OLD, NEW = "0123456789abcdef0123456789abcdef", "f" * 32
PURPOSE = "tests: what is sealed"

SEALED_ONCE = "gAAAAABrARN2gaTLZAW1webYtStsqwoZwqPTYJk489TM147witbfZkCxf8Qgx9kogXEJGvR1YoOnT1NasDA-dBF7cJe0o8Mr6A=="
"""`the clear`, sealed with OLD for PURPOSE on a day in the past."""


def sealing(*keys: str, purpose: str = PURPOSE) -> Sealing:
    return Sealing(SecretStr(",".join(keys)), purpose)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_as_it_was(clear: str) -> None:
    sealed = sealing(OLD).seal(clear)
    assert sealing(OLD).open(sealed) == clear
    assert len(clear) < 3 or clear not in sealed


def test_what_was_sealed_by_an_earlier_release_opens() -> None:
    assert sealing(OLD).open(SEALED_ONCE) == "the clear"


def test_the_first_key_seals_and_all_open() -> None:
    by_old = sealing(OLD).seal("the clear")
    both = sealing(NEW, OLD)
    assert both.open(by_old) == "the clear"
    assert not both.is_by_the_first(by_old)
    by_new = both.seal("the clear")
    assert both.is_by_the_first(by_new)
    assert sealing(NEW).open(by_new) == "the clear"


def test_blanks_around_a_key_do_not_count() -> None:
    assert sealing(f" {NEW} ", f" {OLD}").open(SEALED_ONCE) == "the clear"


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(sealing(NEW), id="another-key"),
        pytest.param(sealing(OLD, purpose="tests: another"), id="another-purpose"),
    ],
)
def test_another_key_or_purpose_opens_nothing_and_quotes_nothing(other: Sealing) -> None:
    with pytest.raises(WrongSecretKey) as caught:
        other.open(SEALED_ONCE)
    assert OLD not in str(caught.value)
    assert SEALED_ONCE not in str(caught.value)


@pytest.mark.parametrize("damaged", ["", "no token", SEALED_ONCE[:-4] + "AAAA", "ü"])
def test_what_was_damaged_does_not_open(damaged: str) -> None:
    with pytest.raises(WrongSecretKey):
        sealing(OLD).open(damaged)


@pytest.mark.parametrize("weak", ["hush", f"{OLD},hush", f"{OLD},", f"{OLD[:31]} "])
def test_a_short_key_is_refused_and_not_quoted(weak: str) -> None:
    with pytest.raises(ValueError, match=r"at least 32 characters; make one with `openssl rand -hex 32`$") as caught:
        require_strong(SecretStr(weak))
    assert "hush" not in str(caught.value)


def test_long_keys_are_taken() -> None:
    require_strong(SecretStr(OLD))
    require_strong(SecretStr(f"{NEW}, {OLD}"))


@pytest.mark.parametrize("service", ["watcher", "notifier", "console"])
def test_who_seals_nothing_does_not_pay_for_the_library(service: str) -> None:
    program = f"import sys, {service}.__main__; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=30).returncode == 0
