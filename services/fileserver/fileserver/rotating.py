"""Edge: the signing keys in force. Those of a file are read again when it is edited; a mistake in it changes nothing.

Whoever is being served goes on: an address is looked at once, when its request comes.
"""

import asyncio
from pathlib import Path

from fileserver.signing import Address, BadKeys, Keyring, keyring
from postflow.checks import Check
from postflow.logs import get_logger

logger = get_logger(__name__)

LOOK_S = 5.0


class Keys:
    """
    Args:
        file: where they come from; None if nowhere that can be edited.
    """

    def __init__(self, ring: Keyring, file: Path | None = None) -> None:
        self._ring = ring
        self._file = file
        self._seen: str | None = None
        self._trouble = ""

    def path(self, exposure_id: str, expires_s: int) -> str:
        """A signed path; see `Keyring.path`."""
        return self._ring.path(exposure_id, expires_s)

    def signed(self, address: Address) -> bool:
        return self._ring.signed(address)

    def check(self) -> Check:
        ids = ", ".join(key.id for key in self._ring.keys)
        if self._trouble:
            what_to_do = f"Correct {self._file}; it is read again by itself. Until then the keys of before hold: {ids}."
            return Check(False, self._trouble, what_to_do)
        return Check(True, f"{ids}; the first signs")

    async def look(self) -> None:
        """An edit is taken when two looks have found the same, so that none is taken half written."""
        if self._file is None:
            return
        found = await asyncio.to_thread(_content, self._file)
        is_settled, self._seen = found == self._seen, found
        if is_settled:
            self._take(found)

    def _take(self, found: str | None) -> None:
        try:
            ring = keyring(found) if found else None
        except BadKeys as error:
            self._refuse(str(error))
            return
        if ring is None:
            self._refuse(f"{self._file} is empty, or cannot be read")
            return
        self._trouble = ""
        if ring != self._ring:
            self._ring = ring
            logger.info("the signing keys are others", action="keys_changed", keys=[key.id for key in ring.keys])

    def _refuse(self, why: str) -> None:
        if self._trouble != why:
            logger.error("the edited signing keys are refused", action="keys_refused", why=why)
        self._trouble = why


def _content(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
