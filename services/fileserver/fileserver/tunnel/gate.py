"""Pure: may our public name be given to anybody? Not before it leads here, and not after it has stopped to.

A name that is looked up before it is published is remembered as missing for up to half an hour, by whoever asked. So
nobody is sent to it, and we do not ask ourselves, before the tunnel has been up for the settle time; and then a probe
must come back whole through the name itself.

    DOWN ── linked ──▶ SETTLING ── settle_s ──▶ PROBING ── whole ──▶ USABLE
     ▲ ◀──── link lost: at once, from USABLE after a blip's time ────── │
     └ another name: from the beginning      PROBING ◀── MOST_FAILURES ─┤
                                             PROBING ◀── doubted ───────┘

A link that comes back under a name that was proven is probed at once: reconnecting keeps name and record.
All times are seconds of one monotonic clock.
"""

from dataclasses import dataclass
from enum import Enum, auto

BLIP_S = 5.0
"""A link may be away this long before the name is not given out any more; it reconnects within seconds."""

LOST_S = 180.0
"""Not usable for so long, settling not counted: whoever was sent there is let go of."""

UNRESOLVED_S = 120.0
"""How long a machine that cannot look a name up which nobody could ever prove holds everything up. Shorter than LOST_S,
so that a restart of ours lets go of nothing meanwhile."""

PROBE_AGAIN_S = 10.0
PROBE_PERIOD_S = 60.0
"""A tunnel may be deleted at the far end while its near end says that all is well."""

MOST_FAILURES = 3
"""Probes in a row, until a proven name is doubted."""


class Phase(Enum):
    DOWN = auto()
    SETTLING = auto()
    PROBING = auto()
    USABLE = auto()


class Fate(Enum):
    """What became of an address that was given out."""

    GOOD = auto()
    SHAKEN = auto()
    """The tunnel is away, or was a moment ago, and may come back under the same name. Or nobody can prove that name."""
    AWAY = auto()
    """It has been away for so long that nobody should wait for it."""
    LOST = auto()
    """It leads nowhere any more: there is another name."""


class Found(Enum):
    """How a probe ended."""

    WHOLE = auto()
    NO_ANSWER_TO_NAME = auto()
    """This machine's resolver is out of order: it says nothing about the tunnel."""
    BROKEN = auto()


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the tunnel's own end says.

    Attributes:
        base_url: the public base address; None when it has none, or does not say.
        linked: whether it is connected to the far end.
        why: when not linked or nameless, why; for a person.
        remark: what a person should know of this tunnel though it works.
    """

    base_url: str | None
    linked: bool
    why: str = ""
    what_to_do: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Probed:
    found: Found
    why: str = ""
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """For a person. `what_to_do` is empty when all is well."""

    ok: bool
    detail: str
    what_to_do: str = ""


class Gate:
    """
    Attributes:
        name: the latest public base address that is known, usable or not.
        generation: how many names there were.
    """

    def __init__(self, *, start_s: float, settle_s: float, now: float) -> None:
        self.phase = Phase.DOWN
        self.name: str | None = None
        self.generation = 0
        self._start_s = start_s
        self._settle_s = settle_s
        self._now = now
        self._entered_at = now
        self._unusable_since: float | None = now
        self._away_since: float | None = now  # as long, but it begins anew when a name has settled
        self._unlinked_since: float | None = now
        self._is_proven = False
        self._probe_at = now
        self._failures = 0
        self._unresolved_since: float | None = None
        self._last = Sighting(None, False, "nobody has looked yet")
        self._probed = Probed(Found.WHOLE)

    @property
    def base_url(self) -> str | None:
        return self.name if self.phase is Phase.USABLE else None

    @property
    def is_unproven(self) -> bool:
        """Usable, though this machine cannot tell."""
        return self.phase is Phase.USABLE and self._unresolved_since is not None

    @property
    def is_refuted(self) -> bool:
        """Up, and its name was found not to lead here."""
        return self.phase is Phase.PROBING and self._failures > 0

    @property
    def is_late(self) -> bool:
        """Not usable, though there was time enough to start."""
        return self._unusable_since is not None and self._now - self._unusable_since >= self._start_s

    @property
    def is_starting(self) -> bool:
        """Linked for the first time under its name and not used yet; nothing speaks against it, and it is not late."""
        is_linked = self.phase in (Phase.SETTLING, Phase.PROBING) and not self._is_proven
        return is_linked and not self.is_refuted and not self.is_late

    def saw(self, sighting: Sighting, now: float) -> None:
        self._now, self._last = now, sighting
        if sighting.base_url is not None and sighting.base_url != self.name:
            self._rename(sighting.base_url)
        if sighting.linked and sighting.base_url is not None:
            self._unlinked_since = None
            self._advance()
        else:
            self._unlinked_since = now if self._unlinked_since is None else self._unlinked_since
            if self.phase is not Phase.USABLE or now - self._unlinked_since >= BLIP_S:
                self._enter(Phase.DOWN)

    def wants_probe(self) -> bool:
        is_up = self.phase in (Phase.PROBING, Phase.USABLE) and self._unlinked_since is None
        return is_up and self._now >= self._probe_at

    def probed(self, probed: Probed, now: float) -> None:
        """How the probe ended that was wanted."""
        self._now, self._probed = now, probed
        if probed.found is Found.WHOLE:
            self._is_proven, self._failures, self._unresolved_since = True, 0, None
            self._probe_at = now + PROBE_PERIOD_S
            self._enter(Phase.USABLE)
            return
        self._failures += 1
        self._probe_at = now + PROBE_AGAIN_S
        if probed.found is Found.NO_ANSWER_TO_NAME:
            self._unresolved_since = now if self._unresolved_since is None else self._unresolved_since
            if now - self._unresolved_since >= UNRESOLVED_S:
                self._enter(Phase.USABLE)
            return
        self._unresolved_since = None
        if self._failures >= MOST_FAILURES or not self._is_proven:
            self._enter(Phase.PROBING)

    def doubt(self, now: float) -> None:
        """Somebody who was sent there did not come through: nobody else is, before the next probe is whole."""
        self._now = now
        if self.phase in (Phase.PROBING, Phase.USABLE):
            self._enter(Phase.PROBING)
            self._probe_at = now

    def fate(self, base_url: str) -> Fate:
        """Of addresses below `base_url`."""
        if self.name is not None and base_url != self.name:
            return Fate.LOST
        is_away = self._away_since is not None and self._now - self._away_since >= LOST_S
        if is_away and self.phase is not Phase.SETTLING:
            return Fate.AWAY
        is_doubtful = self._failures > 0 and (self._unresolved_since is None or not self._is_proven)
        return Fate.SHAKEN if self._unlinked_since is not None or is_doubtful else Fate.GOOD

    def standing(self) -> Standing:
        match self.phase:
            case Phase.DOWN:
                state = f"not up within {self._start_s:g} s" if self.is_late else "not up yet"
                state = "lost" if self._is_proven else state
                return Standing(False, f"{state}: {self._last.why}", self._last.what_to_do or "Wait a moment.")
            case Phase.SETTLING:
                wait = f"waiting {self._settle_s:g} s until its name is known everywhere"
                return Standing(False, f"up as {self.name}, {wait}", "Nothing: it is used in a moment.")
            case Phase.PROBING if self.is_refuted:
                return Standing(False, f"up as {self.name}, but {self._probed.why}", self._probed.what_to_do)
            case Phase.PROBING:
                return Standing(False, f"up as {self.name}, trying that name", "Nothing: it is used in a moment.")
            case Phase.USABLE if self.is_unproven:
                return Standing(True, f"up as {self.name}; not proven, because {self._probed.why}")
            case Phase.USABLE:
                return Standing(
                    True, f"{self.name} leads here" + (f"; {remark}" if (remark := self._last.remark) else "")
                )

    def _rename(self, name: str) -> None:
        self.name = name
        self.generation += 1
        self._is_proven, self._failures, self._unresolved_since = False, 0, None
        self._enter(Phase.DOWN)

    def _advance(self) -> None:
        if self.phase is Phase.DOWN:
            self._enter(Phase.PROBING if self._is_proven else Phase.SETTLING)
        if self.phase is Phase.SETTLING and self._now - self._entered_at >= self._settle_s:
            self._enter(Phase.PROBING)
            self._away_since = self._now

    def _enter(self, phase: Phase) -> None:
        if phase is self.phase:
            return
        self.phase, self._entered_at = phase, self._now
        if phase is Phase.USABLE:
            self._unusable_since = self._away_since = None
        elif self._unusable_since is None:
            self._unusable_since = self._away_since = self._now
        if phase is Phase.PROBING and not self._failures:
            self._probe_at = self._now
