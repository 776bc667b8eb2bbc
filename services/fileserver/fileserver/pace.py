"""Pure: how many reads of one stream are worth having under way, and whether its bytes seem to be at hand."""

from dataclasses import dataclass

FEWEST = 2
"""One that the client is waiting for, one behind it."""

MOST = 32

PATIENT_SHARE = 0.1
"""A client that waits less than this share of the time for the mount is not kept by it."""

WORTHWHILE_GAIN = 1.15
"""More reads at once must bring this much more, or the mount cannot do more at once."""

HELD_ROUNDS = 16
"""Before it is tried again whether the mount can do more."""

AT_LEAST_READY = 2
"""So many chunks, or a quarter of the window, that always wait for the client are read too early."""


class Pace:
    """The window of one stream, in chunks: those being read and those that wait for the client.

    It is judged after every round of as many chunks as it holds. It doubles as long as the client has to wait for the
    mount and the last doubling brought something, and shrinks to what the client takes.
    """

    def __init__(self) -> None:
        self.window = FEWEST
        self._round = _Round()
        self._before: _Before | None = None
        self._held_rounds = 0

    def took(self, *, waited_s: float, elapsed_s: float, ready: int) -> None:
        """The client took a chunk.

        Args:
            waited_s: how long the chunk kept it waiting.
            elapsed_s: since it took the one before.
            ready: how many more were there already.
        """
        self._round.add(waited_s, elapsed_s, ready)
        if self._round.chunks >= self.window:
            self._judge(self._round)
            self._round = _Round()

    def _judge(self, ended: "_Round") -> None:
        if ended.waited_s <= PATIENT_SHARE * ended.elapsed_s:
            self._before = None
            self._shrink(ended.fewest_ready)
        elif self._held_rounds > 0:
            self._held_rounds -= 1
        elif self._before is not None and ended.rate < WORTHWHILE_GAIN * self._before.rate:
            self._doubt(self._before)
        elif self.window < MOST:
            self._before = _Before(self.window, ended.rate)
            self.window = min(2 * self.window, MOST)

    def _doubt(self, before: "_Before") -> None:
        """The first round after a doubling still holds reads that were begun before it: the second one decides."""
        if before.is_doubted:
            self.window, self._before, self._held_rounds = before.window, None, HELD_ROUNDS
        before.is_doubted = True

    def _shrink(self, ready: int) -> None:
        if ready >= max(AT_LEAST_READY, self.window // 4):
            self.window = max(self.window - 1 - self.window // 16, FEWEST)


@dataclass(slots=True)
class _Before:
    """How it went before the last doubling."""

    window: int
    rate: float
    is_doubted: bool = False


@dataclass(slots=True)
class _Round:
    chunks: int = 0
    waited_s: float = 0.0
    elapsed_s: float = 0.0
    fewest_ready: int = MOST

    def add(self, waited_s: float, elapsed_s: float, ready: int) -> None:
        self.chunks += 1
        self.waited_s += waited_s
        self.elapsed_s += elapsed_s
        self.fewest_ready = min(self.fewest_ready, ready)

    @property
    def rate(self) -> float:
        """Chunks a second."""
        return self.chunks / self.elapsed_s if self.elapsed_s > 0 else 0.0


MEBIBYTE = 1 << 20

SWIFT_S = 0.002
"""For a mebibyte of what memory holds, with a busy machine allowed for; no mount that asks anybody is so quick."""

SLOW_S = 0.005
"""For a mebibyte: somebody was asked, or this machine is very busy. Once says nothing, twice in a row does."""

SWIFT_READS = 4
MOST_SWIFT_READS = 256
SLOW_LENDS = 2


class AtHand:
    """Whether what comes next of a file is in memory already, going by how long what came before took.

    Attributes:
        likely: wrong guesses cost time and nothing else.
    """

    def __init__(self) -> None:
        self.likely = False
        self._in_a_row = 0
        self._needed = SWIFT_READS

    def was_read(self, count: int, took_s: float) -> None:
        """A chunk was copied."""
        self._in_a_row = self._in_a_row + 1 if took_s <= SWIFT_S * _mebibytes(count) else 0
        if self._in_a_row >= self._needed:
            self.likely, self._in_a_row = True, 0

    def was_lent(self, count: int, took_s: float) -> None:
        """Bytes went out without being copied. After each disappointment more is asked before it is tried again, and
        less as it goes well."""
        if not is_slow(count, took_s):
            self._in_a_row, self._needed = 0, max(self._needed - 1, SWIFT_READS)
            return
        self._in_a_row += 1
        if self._in_a_row >= SLOW_LENDS:
            self.likely, self._in_a_row = False, 0
            self._needed = min(4 * self._needed, MOST_SWIFT_READS)


def is_slow(count: int, took_s: float) -> bool:
    """Whether so many bytes took so long that they cannot have been in memory."""
    return took_s > SLOW_S * _mebibytes(count)


def _mebibytes(count: int) -> float:
    return max(count / MEBIBYTE, 1.0)
