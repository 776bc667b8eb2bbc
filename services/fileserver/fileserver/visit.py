"""Pure: what a request says of itself. Nothing of it but the signed address decides what is served."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fileserver.preconditions import NONE, Conditions
from fileserver.signing import Address

LONGEST_WORD = 200
"""Of what a stranger says and we repeat in a log."""

SHORTEST_SECRET = 16
"""Of what stands in an address and opens a file; a shorter part was not made by us."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Attributes:
    peer: who is connected to us: behind a tunnel, the sidecar.
    reported_peer: who the edge or proxy says that it is; without one of them anybody can write that.
    ray: the edge's name for the request.
    """

    method: str
    address: Address = field(repr=False)
    asked_range: str | None = None
    if_range: str | None = None
    conditions: Conditions = NONE
    peer: str = ""
    reported_peer: str = ""
    user_agent: str = ""
    ray: str = ""

    def facts(self) -> dict[str, str]:
        """For a log line, without a part of the address that was asked for, should it be repeated."""
        told = {
            "method": self.method,
            "range": self.asked_range or "",
            "peer": self.peer,
            "reported_peer": self.reported_peer,
            "user_agent": self.user_agent,
            "ray": self.ray,
        }
        return {name: self._unsigned(value)[:LONGEST_WORD] for name, value in told.items() if value}

    def _unsigned(self, text: str) -> str:
        for part in (self.address.exposure_id, self.address.signature):
            if len(part) >= SHORTEST_SECRET:
                text = text.replace(part, "signed")
        return text


def visit(method: str, address: Address, *, peer: str, headers: Iterable[tuple[str, str]]) -> Visit:
    """Args:
    headers: names in lower case. One that is repeated counts as a list, as RFC 9110 has it.
    """
    said: dict[str, str] = {}
    for name, value in headers:
        said[name] = f"{said[name]}, {value}" if name in said else value
    return Visit(
        method=method,
        address=address,
        asked_range=said.get("range"),
        if_range=said.get("if-range"),
        conditions=Conditions(
            if_match=said.get("if-match"),
            if_none_match=said.get("if-none-match"),
            if_modified_since=said.get("if-modified-since"),
            if_unmodified_since=said.get("if-unmodified-since"),
        ),
        peer=peer,
        reported_peer=_nearest(said.get("x-forwarded-for", "")) or said.get("cf-connecting-ip", ""),
        user_agent=said.get("user-agent", ""),
        ray=said.get("cf-ray", ""),
    )


def _nearest(forwarded_for: str) -> str:
    """Whom the last proxy on the way saw: each adds its own to whatever was said before."""
    return forwarded_for.rpartition(",")[2].strip()
