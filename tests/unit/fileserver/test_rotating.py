"""Keys of a file that somebody edits."""

from pathlib import Path

import pytest

from fileserver.rotating import Keys
from fileserver.signing import Address, keyring

OLD = "old:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
NEW = "new:YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk="
EXPOSURE_ID = "abcdefghijklmnopqrstuv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "signing_keys"
    path.write_text(OLD)
    return path


def address(keys: Keys) -> Address:
    _, _, *parts = keys.path(EXPOSURE_ID, 2_000_000_000).split("/")
    return Address(*parts)


async def edited(keys: Keys, file: Path, content: str) -> None:
    file.write_text(content)
    await keys.look()
    await keys.look()


async def test_a_new_key_signs_and_the_old_one_still_verifies(file: Path) -> None:
    keys = Keys(keyring(OLD), file)
    before = address(keys)
    await edited(keys, file, f"{NEW},{OLD}\n")
    assert address(keys).key_id == "new"
    assert keys.signed(before)
    assert keys.signed(address(keys))


async def test_what_a_key_that_is_gone_has_signed_is_signed_no_more(file: Path) -> None:
    keys = Keys(keyring(OLD), file)
    before = address(keys)
    await edited(keys, file, NEW)
    assert not keys.signed(before)


async def test_nothing_is_taken_that_may_be_half_written(file: Path) -> None:
    keys = Keys(keyring(OLD), file)
    await keys.look()
    file.write_text(NEW)
    await keys.look()
    assert address(keys).key_id == "old"
    await keys.look()
    assert address(keys).key_id == "new"


@pytest.mark.parametrize("content", ["", "nonsense", "k:AAAA", f"{OLD},{OLD}", "k:%%%"])
async def test_a_mistake_changes_nothing_and_is_told_without_a_key(file: Path, content: str) -> None:
    keys = Keys(keyring(OLD), file)
    await edited(keys, file, content)
    assert keys.signed(address(keys))
    check = keys.check()
    assert (check.ok, "read again by itself" in check.what_to_do) == (False, True)
    assert OLD.partition(":")[2] not in f"{check.detail} {check.what_to_do}"
    await edited(keys, file, NEW)
    assert (keys.check().ok, keys.check().detail) == (True, "new; the first signs")


async def test_a_file_that_is_away_for_a_moment_changes_nothing(file: Path) -> None:
    keys = Keys(keyring(OLD), file)
    file.unlink()
    await keys.look()
    await keys.look()
    assert not keys.check().ok
    assert keys.signed(address(keys))


async def test_keys_of_no_file_are_never_looked_at_again() -> None:
    keys = Keys(keyring(OLD))
    await keys.look()
    assert keys.check().ok
