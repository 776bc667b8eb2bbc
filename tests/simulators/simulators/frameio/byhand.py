"""Edge: the routes under /_sim by which a test does what people do in Frame.io's web application."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators import desk
from simulators.frameio.assets import File
from simulators.frameio.world import World
from simulators.instants import with_microseconds_z as iso


class FileByHand(BaseModel):
    """A file that somebody at the studio put there, without any remote upload."""

    model_config = ConfigDict(extra="forbid")

    folder_id: str
    name: str = Field(min_length=1, max_length=255)
    size: int = Field(default=0, ge=0)
    media_type: str = "video/quicktime"
    by_technical_user: bool = False


class ChangeByHand(BaseModel):
    """Somebody renames a file, or puts it into another folder."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=255)
    folder_id: str | None = None


class StackByHand(BaseModel):
    """Somebody drags files of one folder on top of each other; oldest first."""

    model_config = ConfigDict(extra="forbid")

    file_ids: list[str] = Field(min_length=2, max_length=10)


class NewComment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = "Looks good"


def routes(world: World) -> list[Route]:
    person = Person(world)
    return [
        Route("/_sim/files", person.add_file, methods=["POST"]),
        Route("/_sim/files/{file_id}", person.change_file, methods=["PATCH"]),
        Route("/_sim/files/{file_id}", person.delete_file, methods=["DELETE"]),
        Route("/_sim/files/{file_id}/comments", person.comment, methods=["POST"]),
        Route("/_sim/stacks", person.stack, methods=["POST"]),
        Route("/_sim/folders/{folder_id}", person.delete_folder, methods=["DELETE"]),
    ]


class Person:
    """Somebody at the studio, in a browser."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def add_file(self, request: Request) -> Response:
        try:
            wanted = FileByHand.model_validate_json(await request.body())
        except ValidationError as error:
            return desk.not_understood(error)
        store, now = self._world.store, self._world.clock()
        parent = store.folder(wanted.folder_id)
        if parent is None:
            return desk.errors(404, "there is no such folder")
        creator = store.user if wanted.by_technical_user else store.person
        file = store.add_file(parent, wanted.name, creator=creator, now=now)
        file.size, file.media_type = wanted.size, wanted.media_type
        file.stored_at = file.uploaded_at = file.transcoded_at = now
        return JSONResponse(describe(self._world, file), 201)

    async def change_file(self, request: Request) -> Response:
        store = self._world.store
        file = store.file(request.path_params["file_id"])
        if file is None:
            return desk.errors(404, "there is no such file")
        try:
            wanted = ChangeByHand.model_validate_json(await request.body())
        except ValidationError as error:
            return desk.not_understood(error)
        if wanted.folder_id is not None:
            folder = store.folder(wanted.folder_id)
            if folder is None:
                return desk.errors(404, "there is no such folder")
            store.move_file(file, folder, now=self._world.clock())
        file.name = wanted.name or file.name
        return JSONResponse(describe(self._world, file))

    async def delete_file(self, request: Request) -> Response:
        file = self._world.store.file(request.path_params["file_id"])
        if file is None:
            return desk.errors(404, "there is no such file")
        self._world.store.delete_file(file, now=self._world.clock())
        return Response(status_code=204)

    async def comment(self, request: Request) -> Response:
        file = self._world.store.file(request.path_params["file_id"])
        if file is None:
            return desk.errors(404, "there is no such file")
        try:
            wanted = NewComment.model_validate_json(await request.body() or b"{}")
        except ValidationError as error:
            return desk.not_understood(error)
        comment = self._world.store.add_comment(file, wanted.text, now=self._world.clock())
        return JSONResponse({"id": comment.id}, 201)

    async def stack(self, request: Request) -> Response:
        store = self._world.store
        try:
            wanted = StackByHand.model_validate_json(await request.body())
        except ValidationError as error:
            return desk.not_understood(error)
        files = [file for file_id in wanted.file_ids if (file := store.file(file_id)) is not None]
        parents = {file.parent_id for file in files}
        folder = store.folder(parents.pop()) if len(parents) == 1 else None
        if len(files) < len(wanted.file_ids) or folder is None:
            return desk.errors(404, "there is no folder with all of these files")
        stack = store.add_stack(folder, files, now=self._world.clock())
        return JSONResponse({"id": stack.id}, 201)

    async def delete_folder(self, request: Request) -> Response:
        """What a person does in the web application: the folder goes, with all that is in it."""
        folder = self._world.store.folder(request.path_params["folder_id"])
        if folder is None or folder.parent_id is None:
            return desk.errors(404, "there is no such folder that can be deleted")
        self._world.store.delete_folder(folder, now=self._world.clock())
        return Response(status_code=204)


def describe(world: World, file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "folder": world.store.path(file.parent_id),
        "folder_id": file.parent_id,
        "project": world.store.projects[file.project_id].name,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "status": file.status(world.clock()),
        "upload_failed": file.upload_failed,
        "failure": file.failure,
        "created_at": iso(file.created_at),
        "uploaded_at": None if file.uploaded_at is None else iso(file.uploaded_at),
        "creator": file.creator.name,
        "deleted": file.deleted_at is not None,
        "comments": [comment.text for comment in file.comments],
        "source_url": file.source_url,
        "source_requests": [asked.as_json() for asked in file.source_requests],
    }
