"""Pure: what LucidLink's word about a file is worth. Time is an argument.

Source: tools that LucidLink's own people publish (read 2026-12): the daemon answers for a path with an object whose
`files` hold its entry, and `remoteUpload` in it is "yes" while another machine is still uploading the file. What else
stands there means that none is.
"""

import json
from dataclasses import dataclass, replace
from enum import Enum

from watcher.stability import Look

APART_S = 5.0
"""Between two looks that must both find that nobody is uploading it."""
AGAIN_S = 3.0
"""Until it is asked again about a file that is being uploaded."""
LASTS_S = 600.0
"""So long an upload is believed in that nothing more was heard of."""

UPLOADING = "LucidLink says that another machine is still uploading it"
CLEAR_ONCE = "LucidLink says that no other machine is uploading it, and is asked once more"
ASKED = "LucidLink is asked whether another machine is still uploading it"


class Word(Enum):
    UPLOADING = "another machine is still uploading it"
    CLEAR = "nobody is uploading it"
    UNKNOWN = "no answer, or none that says anything"


def understood(body: bytes) -> Word | None:
    """What an answer says; None if it is none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    files = answer.get("files") if isinstance(answer, dict) else None
    if not isinstance(files, list):
        return None
    entries = [entry for entry in files if isinstance(entry, dict)]
    if not entries:
        return Word.UNKNOWN
    return Word.UPLOADING if any(entry.get("remoteUpload") == "yes" for entry in entries) else Word.CLEAR


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a file that looks like this. Seconds are those of a monotonic clock.

    Attributes:
        clear_s: when the first answer came that spoke against nothing, since the last that did.
        uploading_s: when it was said last that it is being uploaded; None if something else was said since.
        is_over: nothing spoke against it twice, and far enough apart.
    """

    look: Look
    clear_s: float | None = None
    uploading_s: float | None = None
    is_over: bool = False

    def about(self, look: Look) -> "Heard":
        """The same of the file as it is now: another revision proves nothing, and an upload goes on."""
        return self if look == self.look else Heard(look, uploading_s=self.uploading_s)

    def with_word(self, word: Word, *, asked_s: float, answered_s: float) -> "Heard":
        if word is Word.UPLOADING:
            return Heard(self.look, uploading_s=answered_s)
        if word is Word.UNKNOWN and self.is_uploading(answered_s):
            return self
        if self.clear_s is None:
            return Heard(self.look, clear_s=answered_s)
        return replace(self, is_over=asked_s >= self.clear_s + APART_S, uploading_s=None)

    def is_uploading(self, now_s: float) -> bool:
        """Whether that is to be believed still."""
        return self.uploading_s is not None and now_s < self.uploading_s + LASTS_S

    def next_s(self, now_s: float) -> float:
        """When it should be asked again."""
        return self.clear_s + APART_S if self.clear_s is not None else now_s + AGAIN_S

    def why(self) -> str:
        if self.uploading_s is not None:
            return UPLOADING
        return ASKED if self.clear_s is None else CLEAR_ONCE
