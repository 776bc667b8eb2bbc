"""Edge: the routes under /_sim, for tests and people: what is there, what was called, what shall go wrong."""

from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators import desk
from simulators.frameio import byhand
from simulators.frameio.assets import Folder
from simulators.frameio.byhand import describe
from simulators.frameio.faults import Faults
from simulators.frameio.routes import NAMES
from simulators.frameio.settings import Settings
from simulators.frameio.world import World
from simulators.instants import with_microseconds_z as iso

_FIXED = {"projects", "ims_url", "user_name"}


def routes(world: World) -> list[Route]:
    admin = Admin(world)
    return [
        *desk.routes(world.journal, world.faults, lambda body: Faults.model_validate_json(body).faults, NAMES),
        Route("/_sim/state", admin.state),
        Route("/_sim/settings", admin.change_settings, methods=["POST"]),
        Route("/_sim/reset", admin.reset, methods=["POST"]),
        Route("/_sim/files/{file_id}/hash", admin.file_hash),
        Route("/_sim/files/{file_id}/bytes", admin.file_bytes),
        *byhand.routes(world),
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
        self._world.bearers.take_only(settings.tokens)
        return JSONResponse(settings.model_dump(exclude={"tokens"}))

    async def reset(self, _: Request) -> Response:
        await self._world.clear()
        return Response(status_code=204)

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
        "folders": [
            _folder(world, folder) for folder in store.folders.values() if folder.parent_id and not folder.deleted_at
        ],
        "files": [describe(world, file) for file in store.files.values()],
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
