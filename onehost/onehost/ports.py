"""Edge: ports of this host: free ones, and whether a given one can be had."""

import random
import socket
from collections.abc import Collection
from dataclasses import asdict
from itertools import islice

from onehost.layout import HOST, Ports


class PortInUse(Exception):
    """The text says which, and what to do."""


QUIET_PORTS = range(10_240, 32_768)
"""Systems give none of these to an outgoing connection, so one that is free stays so until it is listened on."""


def free(count: int, *, besides: Collection[int] = ()) -> list[int]:
    """So many different ports that nobody listens on now.

    Args:
        besides: ports that are spoken for, though nobody may listen there yet.
    """
    drawn = random.sample(QUIET_PORTS, len(QUIET_PORTS))
    return list(islice((port for port in drawn if port not in besides and not trouble(port)), count))


def settled(wanted: Ports) -> Ports:
    """With a free port in the place of every 0. Raises PortInUse for one that is given and taken."""
    given = asdict(wanted)
    for name, port in given.items():
        if port:
            _check(name, port)
    found = iter(free(len(given), besides=given.values()))
    return Ports(**{name: port or next(found) for name, port in given.items()})


def trouble(port: int) -> str:
    """Why nobody can listen there now, in the system's words; empty when somebody can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror or "no reason given"
    return ""


def _check(name: str, port: int) -> None:
    if reason := trouble(port):
        raise PortInUse(f"cannot use port {port} for {name} ({reason}): end what listens there, or choose another")
