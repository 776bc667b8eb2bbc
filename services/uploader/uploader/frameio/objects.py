"""Pure: what Frame.io answers, as far as we read it. Fields we do not use are ignored, unknown values accepted.

Source: Frame.io V4 OpenAPI document and guides (read 2026-11).
"""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class _Object(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Links(_Object):
    next: str | None = None


class Page(_Object):
    """One page of a list; what is in it is read one by one."""

    data: list[object]
    links: Links | None = None

    @property
    def following(self) -> str | None:
        """The link to the next page."""
        return self.links.next if self.links else None


class User(_Object):
    id: str
    name: str | None = None


class Account(_Object):
    id: str
    display_name: str | None = None


class Seen(_Object):
    """What a login can see, by the names that people know."""

    user: str
    account: str
    projects: tuple[str, ...]


class Project(_Object):
    id: str
    name: str
    root_folder_id: str
    status: str = "active"

    @property
    def is_active(self) -> bool:
        return self.status != "inactive"


class Folder(_Object):
    id: str
    name: str
    created_at: AwareDatetime


class Asset(_Object):
    """A file in Frame.io.

    Attributes:
        status: `created` (an object, no bytes), `uploaded` (bytes stored) or `transcoded`.
        file_size: bytes stored; anything until then.
        media_type: from the fetch's answer; null until determined.
        parent_id: the folder that it is in, or the version stack that somebody made of it.
        creator: only when it was asked for.
    """

    id: str
    name: str
    status: str
    file_size: int | None = None
    media_type: str | None = None
    parent_id: str | None = None
    view_url: str
    created_at: AwareDatetime
    creator: User | None = None

    @property
    def is_stored(self) -> bool:
        return self.status in ("uploaded", "transcoded")

    def is_made_by(self, user_id: str) -> bool:
        """False also when nobody said who made it."""
        return self.creator is not None and self.creator.id == user_id

    @property
    def is_playable(self) -> bool:
        return self.status == "transcoded"


class UploadStatus(_Object):
    """The only place where Frame.io says that a fetch failed; it never says why."""

    upload_complete: bool
    upload_failed: bool
