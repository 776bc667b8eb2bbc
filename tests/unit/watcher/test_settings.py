"""The watcher's settings, and what is checked before it starts."""

import errno
import os
import threading
from pathlib import Path

import pytest

from postflow.errors import SettingsError
from postflow.settings import load
from tests.unit.watcher.examples import RULES
from watcher import preflight
from watcher.settings import Settings


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place where everything is right."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "postflow.toml").write_text(RULES)
    monkeypatch.setenv("POSTFLOW_CONFIG", str(tmp_path / "postflow.toml"))
    monkeypatch.setenv("VOLUME_ROOT", str(tmp_path / "volume"))
    monkeypatch.setenv("WATCHER_DATA", str(tmp_path / "data"))
    return tmp_path


def problems() -> str:
    with pytest.raises(SettingsError) as raised:
        preflight.check(load(Settings))
    return "\n".join(raised.value.problems)


def test_the_defaults_are_those_of_the_documentation(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    settings = load(Settings)
    assert settings.postflow_config == Path("/etc/postflow/postflow.toml")
    assert (settings.filespace, settings.volume_root, settings.watcher_data) == (
        "local",
        Path("/volume"),
        Path("/data"),
    )
    assert (settings.watch_quiet_s, settings.watch_samples) == (20, 3)
    assert (settings.scan_hot_s, settings.scan_names_s, settings.scan_full_s) == (2, 10, 600)
    assert (settings.watch_existing, settings.volume_canary) == ("ignore", None)
    assert settings.large_bytes == 10 * 1024**3


@pytest.mark.parametrize(
    ("written", "size_bytes"),
    [
        ("10GiB", 10 * 2**30),
        ("10 GiB", 10 * 2**30),
        ("10gb", 10 * 10**9),
        ("10737418240", 10 * 2**30),
        ("1.5 TiB", 3 * 2**39),
        ("700M", 700 * 10**6),
        ("5 B", 5),
    ],
)
def test_a_size_may_have_a_unit(monkeypatch: pytest.MonkeyPatch, written: str, size_bytes: int) -> None:
    monkeypatch.setenv("LARGE_BYTES", written)
    assert load(Settings).large_bytes == size_bytes


@pytest.mark.parametrize("address", ["http://127.0.0.1:9778", "http://[::1]:9778", "unix:///run/lucidlink/api.sock"])
def test_the_daemon_has_an_address_or_a_socket(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("LUCIDLINK_API", address)
    assert load(Settings).lucidlink_api == address


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LARGE_BYTES", "ten", "a number of bytes"),
        ("LARGE_BYTES", "10 IB", "a number of bytes"),
        ("LARGE_BYTES", "0", "greater than or equal to 1"),
        ("WATCH_EXISTING", "send", "'ignore' or 'deliver'"),
        ("WATCH_QUIET_S", "-1", "greater than or equal to 0"),
        ("WATCH_SAMPLES", "0", "greater than or equal to 1"),
        ("SCAN_HOT_S", "0", "greater than 0"),
        ("LUCIDLINK_API", "unix://run/api.sock", "unix:///run/lucidlink/api.sock"),
        ("LUCIDLINK_API", "unix:///run/", "unix:///run/lucidlink/api.sock"),
        ("LUCIDLINK_API", "http://user:word@127.0.0.1:9778", "without user"),
        ("LUCIDLINK_FILESPACE", "..", "film.studio"),
        ("VOLUME_CANARY", "/there", "below VOLUME_ROOT"),
        ("VOLUME_CANARY", "a/../b", "below VOLUME_ROOT"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load(Settings)
    (problem,) = raised.value.problems
    assert problem.startswith(f"{name}: ")
    assert said in problem


def test_everything_in_order_gives_the_rules(place: Path) -> None:
    assert list(preflight.check(load(Settings)).rules().shows) == ["undlm"]
    assert list((place / "data").iterdir()) == []


def test_missing_rules_are_said_with_what_to_do(place: Path) -> None:
    (place / "postflow.toml").unlink()
    assert "there is no file" in problems()
    assert "postflow.example.toml" in problems()


def test_every_mistake_in_the_rules_is_said_with_its_place(place: Path) -> None:
    broken = RULES.replace('folder = "MASTERS"', 'folder = "/MASTERS"').replace('project = "Undlm"', "project = 5")
    (place / "postflow.toml").write_text(broken)
    said = problems()
    assert "shows.undlm.watch[1].folder" in said
    assert "shows.undlm.project" in said


def test_a_folder_in_the_place_of_the_rules_is_said(place: Path) -> None:
    (place / "postflow.toml").unlink()
    (place / "postflow.toml").mkdir()
    assert problems() == (
        f"POSTFLOW_CONFIG: {place / 'postflow.toml'} is a folder; set it to the file with the rules, postflow.toml"
    )


def test_rules_that_are_not_utf_8_are_said(place: Path) -> None:
    (place / "postflow.toml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in problems()


def test_a_missing_volume_and_a_ledger_that_cannot_be_written_are_said_together(place: Path) -> None:
    (place / "volume").rmdir()
    (place / "data").write_text("a file in its place")
    said = problems()
    assert "VOLUME_ROOT: there is no folder" in said
    assert f"WATCHER_DATA: {place / 'data'} is not writable by uid {os.getuid()}" in said


def test_an_unreadable_volume_names_the_uid(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> object:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    assert f"Let uid {os.getuid()} read it" in problems()


def test_a_volume_for_which_nobody_answers_is_no_mistake(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> object:
        raise OSError(errno.ENOTCONN, "Transport endpoint is not connected")

    monkeypatch.setattr(os, "scandir", fail)
    assert preflight.check(load(Settings)).rules().shows


def test_a_volume_that_hangs_is_no_mistake(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()

    def hang(_: object) -> object:
        answers.wait()
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", hang)
    monkeypatch.setattr(preflight, "PATIENCE_S", 0.01)
    assert preflight.check(load(Settings)).rules().shows
    answers.set()


def test_a_volume_that_is_a_file_is_said(place: Path) -> None:
    (place / "volume").rmdir()
    (place / "volume").touch()
    assert "is no folder" in problems()
