"""Pure: how long to wait before a process that died is started again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Each wait as long again as the one before, up to the longest; one that ran well for so long begins anew."""

    first_s: float = 1.0
    longest_s: float = 60.0
    well_after_s: float = 120.0

    def after(self, deaths_in_a_row: int) -> float:
        """`deaths_in_a_row` counts from 1."""
        return float(min(self.longest_s, self.first_s * 2 ** min(deaths_in_a_row - 1, 30)))

    def in_a_row(self, deaths_before: int, ran_s: float) -> int:
        """How many deaths in a row there are with this one."""
        return 1 if ran_s >= self.well_after_s else deaths_before + 1


OURS = Backoff()

TUNNEL = Backoff(first_s=30.0, longest_s=900.0, well_after_s=600.0)
"""Cloudflare counts how often an address asks for a quick tunnel, and says no to who asks too often."""
