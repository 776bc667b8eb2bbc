"""Pure: where a file goes, as the rules decided it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Lane(StrEnum):
    """Large files have a window of their own, so that they never stand in the way of a shot."""

    SMALL = "small"
    LARGE = "large"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Destination(Frozen):
    """Where a file goes. Decided once, by the watcher's rules; everybody downstream obeys."""

    show: str
    route: str
    fields: dict[str, str] = Field(default_factory=dict)
    project: str
    """Name or id of the Frame.io project."""
    folder: tuple[str, ...]
    """Names of the folders below the project's root, outermost first; empty for the root itself."""
    name: str
    """The file's name in Frame.io, NFC."""
    version: int | None = None
    """The artist's version (`v003` is 3)."""
    channel: str = "default"
    inbox_reason: str | None = None
    """Why no pattern fitted, when the file goes to the show's inbox."""
