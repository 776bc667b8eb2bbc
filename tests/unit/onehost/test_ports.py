"""Ports are drawn so that no two parts of one stack get the same."""

import pytest

from onehost import ports
from onehost.layout import Ports


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> range:
    """There are only so many ports."""
    spoken_for = range(20_000, 20_005)
    monkeypatch.setattr(ports, "QUIET_PORTS", spoken_for)
    monkeypatch.setattr(ports, "trouble", lambda port: "")
    return spoken_for


def test_what_is_spoken_for_is_not_drawn_though_nobody_listens_there_yet(few: range) -> None:
    assert sorted(ports.free(5, besides=few[:3])) == list(few[3:])


def test_a_port_that_is_given_is_not_drawn_for_another(few: range) -> None:
    settled = ports.settled(Ports(nats=few[0]))
    drawn = (settled.nats, settled.public, settled.frameio, settled.discord, settled.otlp)
    assert sorted(drawn) == list(few)
