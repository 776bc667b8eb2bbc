"""Pure: everything that this IMS has issued, and what it is still worth."""

from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.ims.refusals import Refused
from simulators.ims.settings import Settings


@dataclass(slots=True)
class Family:
    """All that came of one consent, or of one service's secret."""

    is_alive: bool = True


@dataclass(slots=True)
class Code:
    family: Family
    redirect_uri: str
    offline: bool
    expires_at: float
    is_used: bool = False


@dataclass(slots=True)
class Access:
    family: Family
    expires_at: float


@dataclass(slots=True)
class Refresh:
    """`answer_lost`: nobody ever saw what this one was exchanged for."""

    family: Family
    expires_at: float
    used_at: float | None = None
    successor: "Refresh | None" = None
    answer_lost: bool = False


@dataclass(frozen=True, slots=True)
class Issued:
    access_token: str
    refresh_token: str | None
    expires_in_s: int


@dataclass(slots=True)
class Counts:
    """`reuses`: a rotated refresh token came again although its answer had arrived. `forgiven`: it had not."""

    logins: int = 0
    rotations: int = 0
    reuses: int = 0
    forgiven: int = 0
    service_tokens: int = 0


@dataclass(slots=True)
class Grants:
    """`new_token` takes a prefix. Time is an argument, Unix seconds."""

    new_token: Callable[[str], str]
    codes: dict[str, Code] = field(default_factory=dict)
    accesses: dict[str, Access] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def consent(self, settings: Settings, now: float, *, redirect_uri: str, offline: bool) -> str:
        code = self.new_token("code")
        self.codes[code] = Code(Family(), redirect_uri, offline, now + settings.code_expires_in_s)
        return code

    def redeem(self, text: str, settings: Settings, now: float, *, redirect_uri: str | None) -> Issued:
        """Tokens for a code, once: whoever brings it again kills what came of it. No `redirect_uri`: none was named."""
        code = self.codes.get(text)
        if code is None:
            raise Refused("invalid_grant", "unknown code", violation="bad_code")
        if redirect_uri not in (None, code.redirect_uri):
            raise Refused("invalid_grant", "the code was made for another redirect_uri", violation="bad_code")
        if code.is_used:
            code.family.is_alive = False
            raise Refused("invalid_grant", "the code was used before", violation="code_reuse")
        if now >= code.expires_at:
            raise Refused("invalid_grant", "the code has expired")
        code.is_used = True
        self.counts.logins += 1
        return self._issue(code.family, settings, now, offline=code.offline)

    def rotate(self, text: str, settings: Settings, now: float) -> Issued:
        old = self.refreshes.get(text)
        if old is None:
            raise Refused("invalid_grant", "unknown refresh token", violation="bad_refresh_token")
        if old.used_at is not None:
            self._judge_reuse(old, settings, now)
        if not old.family.is_alive or now >= old.expires_at:
            raise Refused("invalid_grant", "the refresh token is expired or revoked")
        issued = self._issue(old.family, settings, now, offline=True)
        old.used_at, old.answer_lost = now, False
        old.successor = self.refreshes[issued.refresh_token or ""]
        self.counts.rotations += 1
        return issued

    def lose_answer(self, text: str) -> None:
        """What this token was exchanged for never arrived."""
        if text in self.refreshes:
            self.refreshes[text].answer_lost = True

    def serve(self, settings: Settings, now: float) -> Issued:
        self.counts.service_tokens += 1
        return self._issue(Family(), settings, now, offline=False)

    def revoke(self, text: str) -> None:
        grant: Refresh | Access | None = self.refreshes.get(text) or self.accesses.get(text)
        if grant is not None:
            grant.family.is_alive = False

    def revoke_all(self) -> None:
        """The person took the consent back, or changed the password."""
        grants: list[Code | Access | Refresh] = [
            *self.codes.values(),
            *self.accesses.values(),
            *self.refreshes.values(),
        ]
        for grant in grants:
            grant.family.is_alive = False

    def expire_accesses(self, now: float) -> None:
        for access in self.accesses.values():
            access.expires_at = min(access.expires_at, now)

    def is_active(self, text: str, now: float) -> bool:
        access = self.accesses.get(text)
        return access is not None and access.family.is_alive and now < access.expires_at

    def _judge_reuse(self, old: Refresh, settings: Settings, now: float) -> None:
        """Returns when it is forgiven; what it was exchanged for before is worth nothing then."""
        lost = old.answer_lost
        self.counts.forgiven += lost
        self.counts.reuses += not lost
        recent = old.used_at is not None and now < old.used_at + settings.grace_s
        if recent and old.successor is not None and old.successor.used_at is None:
            old.successor.expires_at = now
            return
        if settings.kill_family:
            old.family.is_alive = False
        raise Refused(
            "invalid_grant", "the refresh token was used before", violation=None if lost else "refresh_token_reuse"
        )

    def _issue(self, family: Family, settings: Settings, now: float, *, offline: bool) -> Issued:
        access = self.new_token("access")
        self.accesses[access] = Access(family, now + settings.expires_in_s)
        refresh = None
        if offline:
            refresh = self.new_token("refresh")
            self.refreshes[refresh] = Refresh(family, now + settings.refresh_expires_in_s)
        return Issued(access, refresh, settings.expires_in_s)
