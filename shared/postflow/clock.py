"""Edge: the time of day. Pure code takes it as an argument; whoever wires a service passes this in."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
