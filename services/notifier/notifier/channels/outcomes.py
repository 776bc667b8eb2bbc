"""Pure: how a call to a channel can end, besides well. None of them ever holds an address.

RetryableError
├── Unreachable     nothing was sent
├── TooFast         nothing happened; the channel says when to come back
├── Unanswered      sent, and nobody knows what came of it
└── NotYet
    └── Closed      the channel takes nothing until a person has acted
PermanentError
└── CardRefused     this card will never be taken; a plainer one may be
MessageGone         the message to edit is not there any more
"""

from postflow.errors import NotYet, PermanentError, PostFlowError, RetryableError

CLOSED_RETRY_S = 600.0
LONGEST_LOOK_AWAY_S = 25.0


class Unreachable(RetryableError):
    pass


class TooFast(RetryableError):
    """
    Attributes:
        hold_s: nothing may go out for so long. The message may come back sooner and wait for its turn.
        everywhere: it holds for every channel, not only for this one.
    """

    def __init__(self, why: str, hold_s: float, *, everywhere: bool = False) -> None:
        super().__init__(why, min(hold_s, LONGEST_LOOK_AWAY_S))
        self.hold_s = hold_s
        self.everywhere = everywhere


class Unanswered(RetryableError):
    pass


class Closed(NotYet):
    """
    Attributes:
        for_good: asking again would be counted against us, so nobody does until the service starts again.
    """

    def __init__(self, why: str, *, what_to_do: str, for_good: bool) -> None:
        super().__init__(why, CLOSED_RETRY_S)
        self.what_to_do = what_to_do
        self.for_good = for_good

    def again(self) -> "Closed":
        """The same for somebody else: one exception raised many times would gather their tracebacks."""
        return Closed(str(self), what_to_do=self.what_to_do, for_good=self.for_good)


class CardRefused(PermanentError):
    def __init__(self, why: str) -> None:
        super().__init__(
            why,
            code="DISCORD_REFUSED_CARD",
            what_to_do="Read the file's state with `postflow why`, and report this defect with the line in the log.",
        )


class MessageGone(PostFlowError):
    pass
