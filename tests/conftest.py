"""Fixtures for every test."""

from tests.nats_fixtures import _short_pulls, bus, nats

__all__ = ["_short_pulls", "bus", "nats"]
