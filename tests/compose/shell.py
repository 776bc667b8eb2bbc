"""Edge: runs commands, and says what they said when they fail."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Failed(Exception):
    """A command ended with an error, or not in time."""


def run(
    command: Sequence[str | Path],
    *,
    timeout_s: float = 600,
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
) -> str:
    """What it wrote to standard output. Raises Failed with the end of what it wrote."""
    said = " ".join(str(word) for word in command)
    try:
        ended = subprocess.run(
            command,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{said[:200]}: {error}") from error
    if ended.returncode:
        raise Failed(f"{said[:200]} ended with {ended.returncode}:\n{(ended.stdout + ended.stderr)[-3000:]}")
    return ended.stdout
