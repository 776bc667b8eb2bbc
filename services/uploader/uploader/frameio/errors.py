"""Pure: Frame.io's answers as our errors, in one table.

Source: Frame.io V4 reference, error responses; Adobe's advice of 30 s before a 5xx is tried again (read 2026-11).
"""

import re

from postflow.errors import NotYet, PermanentError, RetryableError

SERVER_ERROR_RETRY_S = 30.0
TOKEN_RETRY_S = 15.0
LEAST_PAUSE_S = 1.0
BLOCKED_RETRY_S = 300.0
MAKE_ROOM = "Make room in the Frame.io account, or change its plan; what waits goes on by itself."
RENEW_TOKEN = "Renew FRAMEIO_TOKEN and start the uploader again."

_OF_THE_ACCOUNT = re.compile(
    r"storage (is full|full|limit|quota|space|capacity|exceeded)|quota|out of space|(your|current|account'?s?) plan\b"
    r"|(account|workspace) (is |has been )?(full|locked|suspended|inactive)|subscription|billing",
    re.IGNORECASE,
)
"""How Frame.io words a full account is not documented: what speaks of one of these is no fault of the file."""


class FrameioUnavailable(RetryableError):
    """It did not answer, or with a 5xx; the call had no effect or may be made again."""


class OutcomeUnknown(RetryableError):
    """A call that must not be made twice may have had its effect. Look before trying again."""


class NameConflict(OutcomeUnknown):
    """It says that there is such a thing already, which may be what an earlier call of ours made."""


class RateLimited(RetryableError):
    """The bucket of this endpoint is empty; nothing happened."""


class TokenRefused(NotYet):
    """Nobody may call in our name for now. Deliveries wait until a person has done what it says; no try is burnt."""

    def __init__(self, why: str, what_to_do: str, retry_after_s: float = TOKEN_RETRY_S) -> None:
        super().__init__(why, retry_after_s)
        self.what_to_do = what_to_do


class AccountBlocked(NotYet):
    """The account takes nothing new for now: its storage is full, or its plan does not allow it. Deliveries wait until
    a person has made room; no try is burnt."""

    what_to_do = MAKE_ROOM


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
        case 402:
            return AccountBlocked(said, BLOCKED_RETRY_S)
        case 400 | 403 | 409 | 413 | 422 if writes and _OF_THE_ACCOUNT.search(detail):
            return AccountBlocked(said, BLOCKED_RETRY_S)
        case 403 if not detail:
            # Frame.io always says in its JSON what it forbids: this is of somebody in between.
            return (OutcomeUnknown if writes else FrameioUnavailable)(said, SERVER_ERROR_RETRY_S)
        case 403:
            return Forbidden(
                said,
                code="FRAMEIO_FORBIDDEN",
                what_to_do="Give PostFlow's Frame.io user the editor role in this project, then retry the file.",
            )
        case 404:
            return NotFound(said)
        case 409:
            return NameConflict(said) if writes else FrameioUnavailable(said, LEAST_PAUSE_S)
        case 429:
            return RateLimited(said, pause_s if pause_s is not None else LEAST_PAUSE_S)
        case _ if status >= 500 or status in (408, 425) or status < 400:
            # Frame.io leads nobody elsewhere: a redirect is of somebody in between, and says nothing of the file.
            return (OutcomeUnknown if writes else FrameioUnavailable)(said, SERVER_ERROR_RETRY_S)
        case _:
            return Refused(
                said,
                code="FRAMEIO_REFUSED",
                what_to_do="Correct the name, folder or project in the rules as Frame.io says, then retry the file.",
            )
