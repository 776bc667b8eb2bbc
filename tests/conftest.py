"""Fixtures for every test."""

from hypothesis import HealthCheck, settings

from tests.nats_fixtures import _short_pulls, bus, nats

__all__ = ["_short_pulls", "bus", "nats"]

# Tests run side by side, so how long an example takes says nothing about the code.
settings.register_profile("side by side", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("side by side")
