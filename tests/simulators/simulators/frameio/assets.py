"""Pure: what Frame.io keeps: projects, folders, files and stacks of them, comments."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["created", "uploaded", "transcoded"]


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    name: str
    workspace_id: str
    root_folder_id: str
    created_at: float


@dataclass(slots=True, eq=False)
class Folder:
    """The root folder of a project has no parent and the project's name."""

    id: str
    name: str
    project_id: str
    parent_id: str | None
    creator: User
    created_at: float
    sequence: int
    deleted_at: float | None = None
    hidden_until: float = 0.0
    unlisted_until: float = 0.0


@dataclass(frozen=True, slots=True)
class Comment:
    id: str
    file_id: str
    text: str
    owner: User
    created_at: float


@dataclass(slots=True, eq=False)
class SourceRequest:
    """One request of the fetcher. `received_bytes`: of the body; `error`: how it ended, if not well."""

    at: float
    method: str
    range: str | None = None
    status: int | None = None
    content_length: int | None = None
    content_type: str | None = None
    etag: str | None = None
    received_bytes: int = 0
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True, eq=False)
class File:
    """`stored_at`: when all bytes had come; `early_…`: what was said before. Sizes in bytes, moments unix seconds."""

    id: str
    name: str
    project_id: str
    parent_id: str
    creator: User
    created_at: float
    sequence: int
    source_url: str | None = None
    size: int = 0
    media_type: str | None = None
    early_size: int = 0
    early_media_type: str | None = None
    sha256: str | None = None
    kept: bytes | None = None
    stored_at: float | None = None
    uploaded_at: float | None = None
    transcoded_at: float | None = None
    upload_failed: bool = False
    failure: str | None = None
    deleted_at: float | None = None
    hidden_until: float = 0.0
    unlisted_until: float = 0.0
    comments: list[Comment] = field(default_factory=list)
    source_requests: list[SourceRequest] = field(default_factory=list)

    def status(self, now: float) -> Status:
        if self.uploaded_at is None or now < self.uploaded_at:
            return "created"
        if self.transcoded_at is None or now < self.transcoded_at:
            return "uploaded"
        return "transcoded"

    def size_at(self, now: float) -> int:
        return self.early_size if self._is_before_its_bytes(now) else self.size

    def media_type_at(self, now: float) -> str | None:
        return self.early_media_type if self._is_before_its_bytes(now) else self.media_type

    def updated_at(self, now: float) -> float:
        passed = [at for at in (self.uploaded_at, self.transcoded_at) if at is not None and at <= now]
        return max([self.created_at, *passed])

    def _is_before_its_bytes(self, now: float) -> bool:
        return self.stored_at is not None and now < self.stored_at


@dataclass(slots=True, eq=False)
class VersionStack:
    """Files on top of each other, oldest first; what is in a stack is in no list of its folder."""

    id: str
    project_id: str
    parent_id: str
    creator: User
    created_at: float
    sequence: int
    files: list[File]
    deleted_at: float | None = None
    unlisted_until: float = 0.0

    def updated_at(self, now: float) -> float:
        return max(self.created_at, self.head.updated_at(now))

    @property
    def head(self) -> File:
        return self.files[-1]

    @property
    def name(self) -> str:
        return self.head.name


Asset = File | Folder | VersionStack
