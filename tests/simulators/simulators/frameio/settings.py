"""Pure: how this Frame.io behaves where the real one differs by account, or is not known."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """All of it can be changed while running, by POST /_sim/settings, but for projects, user and IMS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    projects: tuple[str, ...] = ("UNDLM",)
    tokens: tuple[str, ...] = ("simulated-token",)
    ims_url: str = Field(default="", description="base address of a simulated IMS whose access tokens are taken too")
    account_name: str = "Simulated studio"
    user_name: str = "PostFlow technical user"
    view_base: str = Field(
        default="https://next.frame.io",
        description="start of every view_url; `here`: the address the caller used for this simulator",
    )

    allow_http_source: bool = Field(default=False, description="else https on port 443 only")
    fetch_delay_s: float = Field(default=0.3, ge=0, description="from the 202 to the first request at the source")
    fetch_timeout_s: float = Field(default=30.0, gt=0, description="silence of the source that ends a fetch")
    fetch_bytes_per_s: float | None = Field(default=None, gt=0)
    head_first: bool = False
    part_bytes: int | None = Field(default=None, gt=0, description="fetch in ranges of this size; none: one GET")
    parts_at_once: int = Field(default=1, ge=1)
    max_upload_bytes: int = Field(default=50_000_000_000, gt=0)
    error_answer: Literal["store", "fail"] = Field(
        default="store", description="an error answer of the source: keep its body as the file, or upload_failed"
    )
    truncated: Literal["fail", "store"] = Field(
        default="fail", description="a transfer cut short: upload_failed, or keep what came"
    )
    keep_bytes: int = Field(default=4 * 2**20, ge=0, description="bytes of a file up to this size are kept")
    keep_total_bytes: int = Field(default=64 * 2**20, ge=0)

    uploaded_after_s: float = Field(default=0.0, ge=0, description="from the last byte to `uploaded`")
    transcoded_after_s: float = Field(default=0.5, ge=0, description="from `uploaded` to `transcoded`")
    early_size: bool = Field(default=False, description="the 202 carries the size (the source is asked by HEAD)")
    early_media_type: bool = Field(default=False, description="the same for the media type")
    not_found_for_s: float = Field(default=0.0, ge=0, description="GET by the id of a new file: 404 for so long")
    listing_lag_s: float = Field(default=0.0, ge=0, description="lists show what was so long ago, also what is deleted")
    storage_limit: int | None = Field(default=None, ge=0, description="bytes of the account; at the limit no uploads")
    over_limit: Literal["402", "403", "fail"] = Field(
        default="403", description="what an upload is then answered, or it is taken and becomes upload_failed"
    )
    refuse_duplicates: bool = Field(default=False, description="409 for a name its folder already has")
    limit_scale: float = Field(default=1.0, gt=0, description="every documented rate limit times this")
