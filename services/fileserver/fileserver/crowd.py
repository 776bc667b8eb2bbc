"""Pure: which requests that send nothing of a film get a line of their own in the access log. Time is an argument.

Whoever knows the public name, or an address that is dead, can ask as often as the tunnel lets him, and must not be able
to fill a disk: beyond a rate they are counted, and the count is written down.
"""

LINES_PER_S = 2.0
BURST = 200.0


class Crowd:
    """
    Attributes:
        uncounted: requests that got no line and stand in no count yet.
    """

    def __init__(self) -> None:
        self._left = BURST
        self._at_s: float | None = None
        self.uncounted = 0

    def gets_a_line(self, now_s: float) -> bool:
        """Asked once for each request."""
        since_s = now_s - self._at_s if self._at_s is not None else 0.0
        self._left, self._at_s = min(BURST, self._left + since_s * LINES_PER_S), now_s
        if self._left >= 1:
            self._left -= 1
            return True
        self.uncounted += 1
        return False

    def count(self) -> int:
        """How many got no line since this was asked last."""
        uncounted, self.uncounted = self.uncounted, 0
        return uncounted
