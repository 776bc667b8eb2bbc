"""Edge: the file of the rules, after it was read: was it edited, and would the edit be taken?"""

from pathlib import Path

from postflow.checks import Check
from postflow.routing import Rules, RulesError, load_rules

MOST_NAMED = 3
"""Of the mistakes."""


class RulesFile:
    """
    Args:
        rules: those in force, read from the file at start.
        told: what they are, in words.
    """

    def __init__(self, path: Path, rules: Rules, told: str) -> None:
        self._path = path
        self._rules = rules
        self._in_force = Check(True, f"{path}: {told}")
        self._seen: tuple[int, int] | None = None
        self._verdict = self._in_force

    def check(self) -> Check:
        """The file is small and on a disk of this machine; it is read again only when it has changed."""
        try:
            status = self._path.stat()
            seen = (status.st_size, status.st_mtime_ns)
            if seen != self._seen:
                self._verdict = self._judged(self._path.read_text(encoding="utf-8"))
                self._seen = seen
        except (OSError, UnicodeDecodeError) as error:
            self._seen = None
            return self._refused(f"{self._path} cannot be read: {error}")
        return self._verdict

    def _judged(self, text: str) -> Check:
        try:
            rules = load_rules(text)
        except RulesError as error:
            named = "; ".join(str(problem) for problem in error.problems[:MOST_NAMED])
            more = len(error.problems) - MOST_NAMED
            return self._refused(f"{self._path} has mistakes: {named}" + (f"; and {more} more" if more > 0 else ""))
        if rules != self._rules:
            return Check(True, f"{self._in_force.detail}; the file was edited since", "Restart the watcher to use it.")
        return self._in_force

    def _refused(self, why: str) -> Check:
        return Check(False, why, "Correct it, then restart the watcher; until then the rules it started with hold.")
