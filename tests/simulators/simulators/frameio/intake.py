"""Pure: takes the bytes of a fetch as they come and remembers their number, their hash, and themselves if few."""

import hashlib


class Intake:
    def __init__(self, keep_bytes: int) -> None:
        """`keep_bytes`: a file up to this size is kept whole, a larger one not at all."""
        self.size = 0
        self._hash = hashlib.sha256()
        self._keep_bytes = keep_bytes
        self._kept: bytearray | None = bytearray()

    def take(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._hash.update(chunk)
        if self.size > self._keep_bytes:
            self._kept = None
        elif self._kept is not None:
            self._kept += chunk

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def kept(self) -> bytes | None:
        return None if self._kept is None else bytes(self._kept)
