"""What a mount table says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from postflow import mounts
from postflow.mounts import TABLE, Mount, identity_of, mount_of, parsed

LINES = {
    "disk": "25 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
    "lucid": "90 25 0:52 / /mnt/lucid\\040link rw,nosuid shared:44 master:2 - fuse.lucidlink film.studio "
    "rw,user_id=1000,group_id=1000,allow_other,max_read=131072",
    "alone": "91 25 0:53 / /mnt/alone ro,nosuid - fuse sshfs#host rw,user_id=4242,group_id=4242",
    "broken": "nonsense - of a line",
    "short": "92 25",
}


def of(name: str) -> Mount:
    (found,) = parsed(LINES[name])
    return found


def test_an_ordinary_disk() -> None:
    assert of("disk") == Mount(25, "/", "ext4", "/dev/sda1", False, False, None)
    assert str(of("disk")) == "ext4 at /, writable"
    assert not of("disk").is_closed_to_us


def test_a_fuse_mount_with_its_options_and_a_space_in_its_place() -> None:
    mount = of("lucid")
    assert (mount.at, mount.is_fuse, mount.is_lucidlink, mount.is_closed_to_us) == (
        "/mnt/lucid link",
        True,
        True,
        False,
    )
    assert str(mount) == "LucidLink (fuse.lucidlink) at /mnt/lucid link, writable, allow_other"


def test_a_fuse_mount_for_its_owner_alone_is_closed_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    mount = of("alone")
    assert (mount.is_lucidlink, mount.is_read_only) == (False, True)
    assert mount.is_closed_to_us
    assert str(mount) == "fuse at /mnt/alone, read-only, for uid 4242 alone"
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    assert not mount.is_closed_to_us


def test_what_is_no_mount_is_left_out() -> None:
    assert [mount.id for mount in parsed("\n".join(LINES.values()))] == [25, 90, 91]


@pytest.mark.skipif(not TABLE.exists(), reason="only Linux has such a table")
def test_this_machine_says_where_a_folder_is_mounted(tmp_path: Path) -> None:
    mount = mount_of(tmp_path)
    assert mount is not None
    assert tmp_path.is_relative_to(mount.at)
    proc = mount_of(Path("/proc"))
    assert proc is not None
    assert (proc.kind, proc.at) == ("proc", "/proc")
    (tmp_path / "link").symlink_to("/proc")
    assert mount_of(tmp_path / "link") == proc


FUSE = """
import ctypes, json, os, sys
from pathlib import Path

CLONE_NEWNS, MS_REC, MS_PRIVATE, MS_NOSUID = 0x20000, 0x4000, 0x40000, 2
libc = ctypes.CDLL(None, use_errno=True)

def carried_out(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

try:
    carried_out(libc.unshare(CLONE_NEWNS))
    carried_out(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=40000,user_id=4242,group_id=4242{sys.argv[2]}"
    carried_out(libc.mount(b"film.studio", sys.argv[1].encode(), b"fuse.lucid", MS_NOSUID, options.encode()))
except OSError as error:
    print(json.dumps(["", f"{error}", ""]))
    raise SystemExit
os.close(fuse)  # as if its daemon had died

from postflow.mounts import mount_of, open_to_us
from postflow.rights import what_to_do
from watcher.guard.showing import show

mount, shown = mount_of(Path(sys.argv[1])), show(sys.argv[1], None)
assert (shown.identity.kind, shown.identity.source) == ("fuse.lucid", "film.studio")
error = OSError(shown.errno, os.strerror(shown.errno))
print(json.dumps([str(mount), error.strerror, open_to_us(mount) or what_to_do(error)]))
"""


@pytest.mark.parametrize(
    ("option", "for_whom", "why", "what_to_do"),
    [
        ("", "for uid 4242 alone", "Permission denied", "It is mounted for uid 4242 alone"),
        (",allow_other", "allow_other", "not connected", "Start the filespace's client again"),
    ],
    ids=["for somebody else", "whose client has died"],
)
def test_a_real_fuse_mount(tmp_path: Path, option: str, for_whom: str, why: str, what_to_do: str) -> None:
    """In a mount namespace of its own, so that nothing is left of it."""
    command = [sys.executable, "-c", FUSE, str(tmp_path), option]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=30).stdout)
    if not said[0]:
        pytest.skip(f"whoever runs this may not mount: {said[1]}")
    assert said[0] == f"LucidLink (fuse.lucid) at {tmp_path}, writable, {for_whom}"
    assert why in said[1]
    assert said[2].startswith(what_to_do)


def test_of_what_is_not_there_nothing_is_known(tmp_path: Path) -> None:
    assert mount_of(tmp_path / "nowhere") is None


@pytest.mark.skipif(not TABLE.exists(), reason="only Linux has such a table")
def test_what_is_mounted_can_be_written_down_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledgers hold Unicode, and the name of a folder on another machine need not be."""
    mount = mount_of(tmp_path)
    assert mount is not None
    table = tmp_path / "mountinfo"
    table.write_bytes(f"{mount.id} 1 0:52 / /mnt rw - fuse.sshfs ".encode() + b"nas:/f\xe9d\xe9 rw\n")
    monkeypatch.setattr(mounts, "TABLE", table)
    identity = identity_of(tmp_path)
    assert identity is not None
    assert identity.source.encode().decode() == "nas:/f\\xe9d\\xe9"
