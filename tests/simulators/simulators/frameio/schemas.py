"""Pure: the closed request schemas of Frame.io V4, and its words for what does not fit them.

Source: the OpenAPI document (https://api.frame.io/v4/openapi.json); unknown query parameters are refused too.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from simulators.frameio.refusals import Refused, problem

Name = Annotated[StrictStr, Field(min_length=1, max_length=255)]
Flag = Literal["true", "false"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FolderToCreate(_Closed):
    name: Name


class CreateFolder(_Closed):
    data: FolderToCreate


class FileToFetch(_Closed):
    name: Name
    source_url: StrictStr


class RemoteUpload(_Closed):
    data: FileToFetch


class NewName(_Closed):
    name: Name


class RenameFile(_Closed):
    data: NewName


class NewParent(_Closed):
    parent_id: StrictStr


class MoveFile(_Closed):
    data: NewParent


def _each_once(file_ids: list[str]) -> list[str]:
    if len(set(file_ids)) < len(file_ids):
        raise PydanticCustomError("unique", "Array items must be unique")
    return file_ids


class FilesToStack(_Closed):
    file_ids: Annotated[list[StrictStr], Field(min_length=2, max_length=10), AfterValidator(_each_once)]


class CreateVersionStack(_Closed):
    data: FilesToStack


def _only(*known: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not set(value.split(",")) <= set(known):
            raise PydanticCustomError("include", "Invalid value for enum")
        return value

    return parse


_MEDIA = tuple(
    f"media_links.{name}"
    for name in (
        "original",
        "thumbnail",
        "thumbnail_high_quality",
        "video_h264_180",
        "high_quality",
        "efficient",
        "scrub_sheet",
    )
)
AssetInclude = Annotated[str, AfterValidator(_only("creator", "project", "metadata"))]
FileInclude = Annotated[str, AfterValidator(_only("creator", "project", "metadata", *_MEDIA))]
ByName = Literal["name_asc", "created_at_asc", "name_desc", "created_at_desc"]


class Query(_Closed):
    """Repeated parameters count once, the last one; `include` is one list separated by commas."""

    def included(self) -> frozenset[str]:
        return frozenset(str(getattr(self, "include", "")).split(",")) - {""}


class NoParameters(Query):
    pass


class OneAsset(Query):
    include: AssetInclude = ""


class OneFile(Query):
    include: FileInclude = ""


class OneProject(Query):
    include: Literal["", "owner"] = ""


class List(Query):
    """Where the schema has no `sort`, the order is that of creation (a choice of ours: it is not documented)."""

    after: str | None = None
    page_size: int = Field(default=50, ge=1, le=100)
    include_total_count: Flag = "false"

    def order(self) -> str:
        return str(getattr(self, "sort", "created_at_asc"))


class ListAccounts(List):
    sort: Literal["display_name_asc", "created_at_asc", "display_name_desc", "created_at_desc"] = "created_at_asc"


class ListWorkspaces(List):
    include: Literal["", "creator"] = ""
    sort: ByName = "created_at_asc"


class ListProjects(List):
    include: Literal["", "owner"] = ""
    sort: ByName = "created_at_asc"


class ListComments(List):
    include: Annotated[str, AfterValidator(_only("owner", "replies"))] = ""
    timestamp_as_timecode: Flag = "false"


class ListFolders(List):
    include: AssetInclude = ""
    page_size: int = Field(default=50, ge=1, le=500)


class ListVersionStacks(ListFolders):
    pass


class ListFiles(List):
    include: FileInclude = ""
    page_size: int = Field(default=50, ge=1, le=500)
    sort: Literal[
        "name_asc",
        "name_desc",
        "created_at_asc",
        "created_at_desc",
        "updated_at_asc",
        "updated_at_desc",
        "file_size_asc",
        "file_size_desc",
    ] = "created_at_asc"


class ListChildren(ListFiles):
    type: Annotated[str, AfterValidator(_only("file", "folder", "version_stack"))] = "file,folder,version_stack"


M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], content: Any) -> M:
    """
    Raises:
        Refused: 422, with one entry for each thing that does not fit.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise Refused(422, [_entry(one) for one in error.errors()], violation="malformed") from None


def _entry(error: ErrorDetails) -> dict[str, Any]:
    place = [str(part) for part in error["loc"]]
    return problem(_words(error, place[-1] if place else ""), "/" + "/".join(place))


def _words(error: ErrorDetails, field: str) -> str:
    limits = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return f"Unexpected field: {field}"
        case "missing":
            return f"Missing field: {field}"
        case "string_too_short":
            return f"String length is smaller than minLength: {limits['min_length']}"
        case "string_too_long":
            return f"String length is larger than maxLength: {limits['max_length']}"
        case "greater_than_equal":
            return f"{error['input']} is smaller than inclusive minimum {limits['ge']}"
        case "less_than_equal":
            return f"{error['input']} is larger than inclusive maximum {limits['le']}"
        case "literal_error" | "string_pattern_mismatch":
            return "Invalid value for enum"
        case "string_type" | "string_unicode":
            return f"Invalid string. Got: {type(error['input']).__name__}"
        case "int_parsing" | "int_type":
            return f"Invalid integer. Got: {error['input']}"
        case _:
            return error["msg"]
