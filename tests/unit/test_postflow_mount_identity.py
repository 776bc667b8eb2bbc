"""What is another mount, and what is not."""

import pytest

from postflow.mount_identity import Identity, is_another

LUCID = Identity("fuse.lucid", "film.studio")
DISK = Identity("ext4", "/dev/sda1")


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(LUCID, DISK, True, id="unmounted"),
        pytest.param(LUCID, Identity("fuse.lucid", "other.studio"), True, id="another-filespace"),
        pytest.param(Identity("nfs4", "nas:/films"), Identity("nfs4", "nas:/other"), True, id="another-export"),
        pytest.param(LUCID, LUCID, False, id="the-same"),
        pytest.param(DISK, Identity("ext4", "/dev/sdb1"), False, id="a-disk-under-another-device"),
        pytest.param(LUCID, None, False, id="nobody-can-tell"),
        pytest.param(None, LUCID, False, id="nothing-is-remembered"),
    ],
)
def test_another_mount_is_told_apart_as_far_as_anybody_can(
    before: Identity | None, now: Identity | None, expected: bool
) -> None:
    assert is_another(before, now) is expected
