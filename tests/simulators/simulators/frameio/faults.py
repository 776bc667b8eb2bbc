"""Pure: what can be made to go wrong at Frame.io, and on its way to the source."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import Delay, DelayAnswer, Fault


class Status(Fault):
    """An error answer, before any effect."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=400, le=599)
    html: bool | None = Field(default=None, description="none: HTML for 5xx, JSON for 4xx")
    retry_after_s: float | None = None


class ErrorAfterCommit(Fault):
    """The file or folder was created, but the caller gets an error, or (`cut`) nothing."""

    kind: Literal["error_after_commit"] = "error_after_commit"
    status: int = Field(default=500, ge=400, le=599)
    cut: bool = False


class NeverFetch(Fault):
    """The file exists and its source is never asked."""

    kind: Literal["never_fetch"] = "never_fetch"
    upload_failed: bool = False


class DelayFetch(Fault):
    """The fetch begins this much later than it should."""

    kind: Literal["delay_fetch"] = "delay_fetch"
    delay_s: float = Field(ge=0)


class SlowFetch(Fault):
    kind: Literal["slow_fetch"] = "slow_fetch"
    bytes_per_s: float = Field(gt=0)


class ResetFetch(Fault):
    """The fetcher drops its connection part-way and begins again: for the source a reset, for the file no harm."""

    kind: Literal["reset_fetch"] = "reset_fetch"
    after_bytes: int = Field(default=1, ge=1)


class TruncateFetch(Fault):
    """The transfer ends after this many bytes; what becomes of the file is the setting `truncated`."""

    kind: Literal["truncate_fetch"] = "truncate_fetch"
    after_bytes: int = Field(default=1, ge=0)


class ErrorPage(Fault):
    """Something between Frame.io and the source answers in its place; the source sees no request."""

    kind: Literal["error_page"] = "error_page"
    status: int = 429
    body: str = "error code: 1015"
    media_type: str = "text/plain"


class NotFoundFor(Fault):
    """GET of the new file and of its status answer 404 for a while; listings show it."""

    kind: Literal["not_found_for_s"] = "not_found_for_s"
    seconds: float = Field(gt=0)


class UnlistedFor(Fault):
    """Listings do not show the new file for a while; GET finds it."""

    kind: Literal["unlisted_for_s"] = "unlisted_for_s"
    seconds: float = Field(gt=0)


AnyFault = Annotated[
    Status
    | Delay
    | DelayAnswer
    | ErrorAfterCommit
    | NeverFetch
    | DelayFetch
    | SlowFetch
    | ResetFetch
    | TruncateFetch
    | ErrorPage
    | NotFoundFor
    | UnlistedFor,
    Field(discriminator="kind"),
]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
