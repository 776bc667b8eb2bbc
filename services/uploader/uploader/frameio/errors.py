"""Pure: Frame.io's answers as our errors, in one table.

Source: Frame.io V4 reference, error responses; Adobe's advice of 30 s before a 5xx is tried again (read 2026-11).
"""

from postflow.errors import NotYet, PermanentError, RetryableError

SERVER_ERROR_RETRY_S = 30.0
TOKEN_RETRY_S = 15.0
LEAST_PAUSE_S = 1.0
RENEW_TOKEN = "Renew FRAMEIO_TOKEN and start the uploader again."


class FrameioUnavailable(RetryableError):
    """It did not answer, or with a 5xx; the call had no effect or may be made again."""


class OutcomeUnknown(RetryableError):
    """A call that must not be made twice may have had its effect. Look before trying again."""


class RateLimited(RetryableError):
    """The bucket of this endpoint is empty; nothing happened."""


class TokenRefused(NotYet):
    """Nobody may call in our name for now. Deliveries wait until a person has done what it says; no try is burnt."""

    def __init__(self, why: str, what_to_do: str, retry_after_s: float = TOKEN_RETRY_S) -> None:
        super().__init__(why, retry_after_s)
        self.what_to_do = what_to_do


class NotFound(RetryableError):
    """There is no such thing, or not yet: objects may be unknown for some seconds after they were made."""


class Forbidden(PermanentError):
    pass


class Refused(PermanentError):
    pass


def error_for(
    status: int,
    detail: str,
    *,
    call: str,
    pause_s: float | None = None,
    writes: bool = False,
    remedy: str = RENEW_TOKEN,
) -> Exception | None:
    """What an answer means.

    Args:
        status: the HTTP status.
        detail: Frame.io's own words, if it had any.
        call: what we tried, for the sentence a person reads.
        pause_s: how long it told us to wait.
        writes: whether the call must not simply be made again, because it creates something.
        remedy: what a person can do about a token that is refused.

    Returns:
        None for success.
    """
    said = f"Frame.io answered {status} to {call}" + (f": {detail}" if detail else "")
    match status:
        case _ if 200 <= status < 300:
            return None
        case 401:
            return TokenRefused(said, remedy)
        case 403:
            return Forbidden(
                said,
                code="FRAMEIO_FORBIDDEN",
                what_to_do="Give PostFlow's Frame.io user the editor role in this project, then retry the file.",
            )
        case 404:
            return NotFound(said)
        case 409:
            return OutcomeUnknown(said) if writes else FrameioUnavailable(said, LEAST_PAUSE_S)
        case 429:
            return RateLimited(said, pause_s if pause_s is not None else LEAST_PAUSE_S)
        case _ if status >= 500:
            return (OutcomeUnknown if writes else FrameioUnavailable)(said, SERVER_ERROR_RETRY_S)
        case _:
            return Refused(
                said,
                code="FRAMEIO_REFUSED",
                what_to_do="Correct the name, folder or project in the rules as Frame.io says, then retry the file.",
            )
