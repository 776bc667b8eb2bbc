"""Pure: for how long tokens are good, and when they are renewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from uploader.frameio.errors import TokenRefused

MARGIN_S = 30.0
MARGIN_SHARE = 0.1
"""A token is not used in its last moments: a call takes a while to arrive."""

YOUNG_S = 300.0
"""A token that is refused this soon after it was issued will not be bettered by another one."""

REFRESH_DAYS = 14
"""How long Adobe takes a refresh token that was not used."""

LONGEST_UNREFRESHED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Access:
    """An access token and when it is good."""

    token: SecretStr
    issued_at: datetime
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        lifetime_s = (self.expires_at - self.issued_at).total_seconds()
        return now < self.expires_at - timedelta(seconds=min(MARGIN_S, lifetime_s * MARGIN_SHARE))

    def check_worth(self, now: datetime, remedy: str) -> None:
        """Raises TokenRefused when asking for another token would be of no use."""
        if now < min(self.expires_at, self.issued_at + timedelta(seconds=YOUNG_S)):
            raise TokenRefused("Frame.io refuses a token that was issued just now", remedy)


def lost_at(access: Access) -> datetime:
    """When the refresh token that came with it is worth nothing any more."""
    return access.issued_at + timedelta(days=REFRESH_DAYS)


def days_left(access: Access, now: datetime) -> int:
    return (lost_at(access) - now).days


def due_at(access: Access) -> datetime:
    """At half its life, so that Adobe may be away for the other half; at least daily, so that the login stays."""
    half_life = (access.expires_at - access.issued_at) / 2
    return access.issued_at + min(half_life, LONGEST_UNREFRESHED)
