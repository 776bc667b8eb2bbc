"""Edge: the folders of one host's PostFlow, below one root."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    root: Path

    @property
    def volume(self) -> Path:
        """Where the filespace would be mounted."""
        return self.root / "volume"

    @property
    def logs(self) -> Path:
        """One file for each process, named after it."""
        return self.root / "logs"

    @property
    def nats(self) -> Path:
        return self.root / "nats"

    @property
    def watcher(self) -> Path:
        return self.root / "watcher"

    @property
    def rules(self) -> Path:
        """The file that rules given as text are written to."""
        return self.root / "config" / "postflow.toml"

    def log(self, process: str) -> Path:
        return self.logs / f"{process}.log"

    def make(self) -> None:
        """Raises OSError."""
        for folder in (self.volume, self.logs, self.nats, self.watcher, self.rules.parent):
            folder.mkdir(parents=True, exist_ok=True)
