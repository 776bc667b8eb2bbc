"""Edge: the routes under /_sim, for tests and people: what is there, what was called, what shall go wrong."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators import desk
from simulators.frameio.assets import File, Folder
from simulators.frameio.faults import Faults
from simulators.frameio.routes import NAMES
from simulators.frameio.settings import Settings
from simulators.frameio.world import World
from simulators.instants import with_microseconds_z as iso

_FIXED = {"projects", "tokens", "ims_url", "user_name"}


class FileByHand(BaseModel):
    """A file that somebody at the studio put there, without any remote upload."""

    model_config = ConfigDict(extra="forbid")

    folder_id: str
    name: str = Field(min_length=1, max_length=255)
    size: int = Field(default=0, ge=0)
    media_type: str = "video/quicktime"
    by_technical_user: bool = False


class NewComment(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = "Looks good"


def routes(world: World) -> list[Route]:
    admin = Admin(world)
    return [
        *desk.routes(world.journal, world.faults, lambda body: Faults.model_validate_json(body).faults, NAMES),
        Route("/_sim/state", admin.state),
        Route("/_sim/settings", admin.change_settings, methods=["POST"]),
        Route("/_sim/reset", admin.reset, methods=["POST"]),
        Route("/_sim/files", admin.add_file, methods=["POST"]),
        Route("/_sim/files/{file_id}/hash", admin.file_hash),
        Route("/_sim/files/{file_id}/bytes", admin.file_bytes),
        Route("/_sim/files/{file_id}/comments", admin.comment, methods=["POST"]),
        Route("/_sim/folders/{folder_id}", admin.delete_folder, methods=["DELETE"]),
    ]


class Admin:
    def __init__(self, world: World) -> None:
        self._world = world

    async def state(self, _: Request) -> Response:
        return JSONResponse(state_json(self._world))

    async def change_settings(self, request: Request) -> Response:
        """Changes what the body names; answers all settings but the tokens."""
        changes = await request.json()
        try:
            settings = Settings.model_validate(self._world.settings.model_dump() | changes)
        except ValidationError as error:
            return desk.not_understood(error)
        if fixed := sorted(_FIXED & set(changes)):
            return desk.errors(422, *(f"{name} is fixed from the start" for name in fixed))
        self._world.settings = settings
        return JSONResponse(settings.model_dump(exclude={"tokens"}))

    async def reset(self, _: Request) -> Response:
        await self._world.clear()
        return Response(status_code=204)

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
        return JSONResponse(_file(self._world, file), 201)

    async def file_hash(self, request: Request) -> Response:
        file = self._world.store.files.get(request.path_params["file_id"])
        if file is None:
            return desk.errors(404, "there is no such file")
        facts = {"size": file.size, "sha256": file.sha256, "media_type": file.media_type}
        return JSONResponse(facts | {"kept": file.kept is not None})

    async def file_bytes(self, request: Request) -> Response:
        file = self._world.store.files.get(request.path_params["file_id"])
        if file is None or file.kept is None:
            return desk.errors(404, "there is no such file with its bytes")
        return Response(file.kept, media_type=file.media_type)

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

    async def delete_folder(self, request: Request) -> Response:
        """What a person does in the web application: the folder goes, with all that is in it."""
        folder = self._world.store.folder(request.path_params["folder_id"])
        if folder is None or folder.parent_id is None:
            return desk.errors(404, "there is no such folder that can be deleted")
        self._world.store.delete_folder(folder, now=self._world.clock())
        return Response(status_code=204)


def state_json(world: World) -> dict[str, Any]:
    store = world.store
    return {
        "account_id": store.account_id,
        "workspace_id": store.workspace_id,
        "user": {"id": store.user.id, "name": store.user.name},
        "projects": [
            {"id": project.id, "name": project.name, "root_folder_id": project.root_folder_id}
            for project in store.projects.values()
        ],
        "folders": [_folder(world, folder) for folder in store.folders.values() if folder.parent_id],
        "files": [_file(world, file) for file in store.files.values()],
        "fetches_under_way": world.fetcher.under_way,
        "violations": world.journal.violations,
    }


def _folder(world: World, folder: Folder) -> dict[str, Any]:
    return {
        "id": folder.id,
        "name": folder.name,
        "path": world.store.path(folder.id),
        "project": world.store.projects[folder.project_id].name,
        "parent_id": folder.parent_id,
        "created_at": iso(folder.created_at),
    }


def _file(world: World, file: File) -> dict[str, Any]:
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
