"""Pure: what is not released now: what a person has paused, and everything while NATS has too little room."""

from postflow.fullness import WHAT_TO_DO
from postflow.pauses import Pauses


class Holding(Pauses):
    """
    Attributes:
        full: why nothing at all is released; empty when there is room.
    """

    full: str = ""

    def why(self, show: str, route: str) -> str | None:
        return self.full or super().why(show, route)

    @property
    def what_to_do(self) -> str:
        return WHAT_TO_DO if self.full else super().what_to_do
