"""Edge: ports of this host: free ones, and whether a given one can be had."""

import socket
from contextlib import ExitStack
from dataclasses import asdict

from onehost.layout import HOST, Ports


class PortInUse(Exception):
    """The text says which, and what to do."""


def free(count: int) -> list[int]:
    """So many different ports that nobody listens on now."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((HOST, 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def settled(wanted: Ports) -> Ports:
    """With a free port in the place of every 0. Raises PortInUse for one that is given and taken."""
    given = asdict(wanted)
    for name, port in given.items():
        if port:
            _check(name, port)
    found = iter(free(len(given)))
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
