"""Pure: what can go wrong, sorted by the only question a reader of messages has: try again?

PostFlowError
├── RetryableError        it may work next time; `retry_after_s` when somebody said how long
│   ├── NotYet            nothing is wrong, something outside is not ready; burns no try
│   └── BusUnavailable    NATS did not answer
├── PermanentError        a person must act; carries a stable code and what to do
│   └── MalformedMessage  it cannot be read
├── ClaimLost             somebody with a better claim acts on this; stop at once
├── RecordConflict        a compare-and-set lost against another writer
├── WrongSecretKey        what is kept was encrypted with another SECRET_KEY
└── SettingsError         the environment is wrong; every problem at once
"""

from collections.abc import Sequence


class PostFlowError(Exception):
    """The base of everything PostFlow raises on purpose."""

    what_to_do = ""
    """For a person; empty when the error knows of nothing."""


class RetryableError(PostFlowError):
    def __init__(self, why: str, retry_after_s: float | None = None) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class NotYet(RetryableError):
    """A wait, not a failure: the reader asks to see the message again after `retry_after_s`."""

    def __init__(self, why: str, retry_after_s: float) -> None:
        super().__init__(why, retry_after_s)


class BusUnavailable(RetryableError):
    """NATS did not answer in time, or is not there."""


class PermanentError(PostFlowError):
    """It will not get better by itself.

    Args:
        why: one sentence for a person.
        code: stable, upper case with underscores; `docs/troubleshooting.md` explains each.
        what_to_do: one sentence that starts with a verb.
    """

    def __init__(self, why: str, *, code: str, what_to_do: str) -> None:
        super().__init__(why)
        self.why = why
        self.code = code
        self.what_to_do = what_to_do


class MalformedMessage(PermanentError):
    def __init__(self, why: str) -> None:
        super().__init__(
            why,
            code="MALFORMED_MESSAGE",
            what_to_do="Update every service to the same release; the message is parked, not lost.",
        )


class ClaimLost(PostFlowError):
    """Another reader holds a later claim. No effect, no ack, no nak may follow."""


class RecordConflict(PostFlowError):
    """The record changed since it was read, or exists already."""


class WrongSecretKey(PostFlowError):
    """What is kept was encrypted with another SECRET_KEY than those that are set."""


class SettingsError(PostFlowError):
    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
