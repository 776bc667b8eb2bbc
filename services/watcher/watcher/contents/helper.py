"""Edge: have a file looked into, in a process apart."""

from watcher.apart import helper
from watcher.apart.helper import Ended, Silent
from watcher.contents.finding import Finding, Outcome
from watcher.stability import Look


class Helper(helper.Helper):
    def look_into(self, path: str, look: Look) -> Finding:
        """Blocks as long as the reads come back, or the patience lasts; never raises for what is wrong outside.

        One file whose reads hang is not tried again meanwhile: else it takes every child that may hang, and no other
        file is looked into."""
        if self.hung.hangs_over(path):
            return Finding(Outcome.SILENT, "an earlier read of it hangs still")
        try:
            outcome, seen = self.ask("contents", path, look.size_bytes, look.mtime_ns)
        except Silent as error:
            return Finding(Outcome.SILENT, str(error))
        except Ended as error:
            return Finding(Outcome.UNREADABLE, str(error))
        return Finding(Outcome(outcome), seen)
