"""Pure: what can be made to go wrong at Frame.io, and on its way to the source."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.faults import CutAnswer, Delay, DelayAnswer, Fault, Reset


class Status(Fault):
    """An error answer, before any effect."""

    kind: Literal["status"] = "status"
    status: int = Field(ge=400, le=599)
    html: bool | None = Field(default=None, description="none: HTML for 5xx, JSON for 4xx")
    empty: bool = Field(default=False, description="no body at all")
    retry_after_s: float | None = None


class ErrorAfterCommit(Fault):
    """The file or folder was created, but the caller gets an error, or (`cut`) nothing."""

    kind: Literal["error_after_commit"] = "error_after_commit"
    status: int = Field(default=500, ge=400, le=599)
    cut: bool = False


class Nonsense(Fault):
    """Done, and answered by something that is no answer, as by a proxy in front."""

    kind: Literal["nonsense"] = "nonsense"
    status: int = Field(default=200, ge=200, le=299)
    body: str = "<html>"


class Twice(Fault):
    """Something on the way says the call again: there are two files, and the caller is told of one."""

    kind: Literal["twice"] = "twice"


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


class StallFetch(Fault):
    """The fetcher stops reading after this many bytes and keeps its connection; goes on later, or never."""

    kind: Literal["stall_fetch"] = "stall_fetch"
    after_bytes: int = Field(default=1, ge=0)
    for_s: float | None = Field(default=None, gt=0, description="none: for good")


class TruncateFetch(Fault):
    """The transfer ends after this many bytes, and what came is kept as the file, or nothing is."""

    kind: Literal["truncate_fetch"] = "truncate_fetch"
    after_bytes: int = Field(default=1, ge=0)
    store: bool | None = Field(default=None, description="none: as the setting `truncated` says")


class ErrorPage(Fault):
    """Something between Frame.io and the source answers in its place; the source sees no request."""

    kind: Literal["error_page"] = "error_page"
    status: int = 429
    body: str = "error code: 1015"
    media_type: str = "text/plain"
    store: bool | None = Field(default=None, description="none: as the setting `error_answer` says")


class SlowProcessing(Fault):
    """The bytes are there, and Frame.io takes its time to say so. None: as the settings say."""

    kind: Literal["slow_processing"] = "slow_processing"
    uploaded_after_s: float | None = Field(default=None, ge=0)
    transcoded_after_s: float | None = Field(default=None, ge=0)


class NotFoundFor(Fault):
    """What was just created answers 404 to a GET by its id for a while; listings show it.

    New files only, unless `route` says `create_folder`.
    """

    kind: Literal["not_found_for_s"] = "not_found_for_s"
    route: str | None = "remote_upload"
    seconds: float = Field(gt=0)


class UnlistedFor(Fault):
    """Listings do not show for a while what was just created; GET finds it. New files only, as above."""

    kind: Literal["unlisted_for_s"] = "unlisted_for_s"
    route: str | None = "remote_upload"
    seconds: float = Field(gt=0)


AnyFault = Annotated[
    Status
    | Delay
    | DelayAnswer
    | Reset
    | ErrorAfterCommit
    | Nonsense
    | CutAnswer
    | Twice
    | NeverFetch
    | DelayFetch
    | SlowFetch
    | ResetFetch
    | StallFetch
    | TruncateFetch
    | ErrorPage
    | SlowProcessing
    | NotFoundFor
    | UnlistedFor,
    Field(discriminator="kind"),
]


class Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[AnyFault] = Field(min_length=1)
