"""Edge: is the volume there, and is it the one that films were found on? For readiness, and for who waits for it."""

import os
from pathlib import Path

from fileserver.provenance import Provenance
from fileserver.troubles import DiskTrouble, VolumeAway
from fileserver.volume import Volume
from postflow.checks import Check
from postflow.logs import get_logger

logger = get_logger(__name__)

MOUNT_IT = "Mount the filespace at VOLUME_ROOT; files go on by themselves."
IS_IT_RIGHT = (
    "Mount the right one; files go on by themselves. If this is the right one now, the next film that is found on it "
    "as it was announced says so."
)


class Standing:
    """
    Attributes:
        is_doubted: it can be listed, and is another volume than films were found on, as far as was last seen.
    """

    def __init__(self, volume: Volume, provenance: Provenance, root: Path) -> None:
        self.is_doubted = False
        self._volume = volume
        self._provenance = provenance
        self._root = root
        self._check = Check(False, f"{root} was not looked at yet")
        self._was_away = False

    async def is_there(self) -> bool:
        """Whether films may be looked for. They may on another volume: one that is found there proves it right."""
        try:
            check = await self._look()
        except (VolumeAway, DiskTrouble) as error:
            self.is_doubted = False
            why = f"{self._root} cannot be read: {error}"
            check = Check(False, why, f"Mount the filespace at VOLUME_ROOT so that uid {os.getuid()} may read it.")
        self._tell(check)
        self._check = check
        return check.ok or self.is_doubted

    def check(self) -> Check:
        """What the last `is_there` saw."""
        return self._check

    async def _look(self) -> Check:
        if await self._volume.is_empty():
            self.is_doubted = False
            return self._empty()
        doubt = await self._provenance.doubt()
        self.is_doubted = bool(doubt)
        return Check(False, f"{self._root}: {doubt}", IS_IT_RIGHT) if doubt else Check(True, "it can be listed")

    def _empty(self) -> Check:
        if self._volume.is_expected or self._provenance.is_known:
            return Check(False, f"{self._root} is empty: nothing is mounted there", MOUNT_IT)
        return Check(True, f"{self._root} is empty: nothing is mounted there, or nothing is in it yet", MOUNT_IT)

    def _tell(self, check: Check) -> None:
        """Once, at the start too: it is waited for, because a mount may be late or come back."""
        if not check.ok and check != self._check:
            logger.warning("the volume is away", action="volume_away", why=check.detail, what_to_do=check.what_to_do)
            self._was_away = True
        if check.ok and self._was_away:
            logger.info("the volume is there again", action="volume_back", root=str(self._root))
            self._was_away = False
