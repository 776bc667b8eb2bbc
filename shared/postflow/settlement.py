"""Pure: how a message ends, given how its handler ended. Decided here, once, for every reader."""

from dataclasses import dataclass

from postflow.errors import ClaimLost, PermanentError, RetryableError

LONGEST_NAK_S = 30.0
"""A longer wait goes by a scheduled message: a naked one occupies a slot of `max_ack_pending` meanwhile."""

DEFECT_LIMIT = 8
"""Unforeseen exceptions after which there must be a defect, and the message is parked."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Done with it."""


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Show it again, to any reader of the durable, after `delay_s`."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Later:
    """Acknowledge it and schedule a copy for this durable alone, `delay_s` from now."""

    delay_s: float


@dataclass(frozen=True, slots=True)
class Park:
    """Put it aside for a person, and say so."""

    code: str
    why: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """Neither ack nor nak: somebody else holds it."""


Settlement = Ack | Redeliver | Later | Park | LetGo


def backoff_s(deliveries: int) -> float:
    """1, 2, 4 … 300 seconds for delivery 1, 2, 3 …"""
    return float(min(2 ** (max(deliveries, 1) - 1), 300))


def is_unforeseen(error: BaseException | None) -> bool:
    """Whether nobody thought of it: what is neither a wait, a retry, a refusal nor a lost claim."""
    return error is not None and not isinstance(error, ClaimLost | PermanentError | RetryableError)


def decide(error: BaseException | None, deliveries: int, *, defects: int) -> Settlement:
    """Turn the end of a handler into the end of its message.

    Args:
        error: what the handler raised, or None.
        deliveries: how often this message has been delivered, this time included; 1 or more.
        defects: how often its handler has ended unforeseen, this time included.
    """
    match error:
        case None:
            return Ack()
        case ClaimLost():
            return LetGo()
        case PermanentError():
            return Park(error.code, error.why, error.what_to_do)
        case RetryableError():
            return _wait(backoff_s(deliveries) if error.retry_after_s is None else error.retry_after_s)
        case _ if defects >= DEFECT_LIMIT:
            return Park(
                "DEFECT",
                f"gave up after {defects} tries: {type(error).__name__}",
                "Look for this file in the service's log and report the defect with that line.",
            )
        case _:
            return _wait(backoff_s(defects))


def _wait(delay_s: float) -> Redeliver | Later:
    return Redeliver(delay_s) if delay_s <= LONGEST_NAK_S else Later(delay_s)
