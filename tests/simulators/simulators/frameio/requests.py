"""Edge: reads a V4 call: the things its path names, its query, its body; and answers lists page by page."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.frameio import faults, listing, schemas
from simulators.frameio.assets import File, Folder, Project, VersionStack
from simulators.frameio.refusals import Refused, malformed
from simulators.frameio.world import World

M = TypeVar("M", bound=BaseModel)
Q = TypeVar("Q", bound=schemas.Query)
T = TypeVar("T")


def query(request: Request, model: type[Q]) -> Q:
    return schemas.parse(model, dict(request.query_params))


async def body(request: Request, model: type[M]) -> M:
    """
    Raises:
        Refused: 400 for what is not JSON, 422 for what the schema does not allow.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise malformed("Invalid content-type. Expected application/json", "/", status=400)
    try:
        content = json.loads(await request.body())
    except ValueError:
        raise malformed("Bad request: the body is not JSON", "/", status=400) from None
    return schemas.parse(model, content)


def check_account(world: World, request: Request) -> None:
    if _id(request, "account_id") != world.store.account_id:
        raise Refused(404)


def check_workspace(world: World, request: Request) -> None:
    check_account(world, request)
    if _id(request, "workspace_id") != world.store.workspace_id:
        raise Refused(404)


def project(world: World, request: Request) -> Project:
    check_account(world, request)
    found = world.store.projects.get(_id(request, "project_id"))
    if found is None:
        raise Refused(404)
    return found


def folder(world: World, request: Request) -> Folder:
    check_account(world, request)
    folder_id = _id(request, "folder_id")
    if world.store.file(folder_id) is not None:
        raise malformed("The entity is not a folder", "/folder_id")
    if world.store.stack(folder_id) is not None:
        raise malformed("The entity is not a folder", "/folder_id")
    found = world.store.folder(folder_id)
    if found is None or world.clock() < found.hidden_until:
        raise Refused(404)
    return found


def file(world: World, request: Request) -> File:
    """Also 404 for a new file while a fault hides it."""
    check_account(world, request)
    file_id = _id(request, "file_id")
    if world.store.folder(file_id) is not None:
        raise malformed("The entity is not a file", "/file_id")
    found = world.store.file(file_id)
    if found is None or world.clock() < found.hidden_until:
        raise Refused(404)
    return found


def stack(world: World, request: Request) -> VersionStack:
    check_account(world, request)
    found = world.store.stack(_id(request, "version_stack_id"))
    if found is None:
        raise Refused(404)
    return found


def unseen(world: World, route: str, name: str, now: float) -> tuple[float, float]:
    """Until when what was just created is not found by its id, and until when no list has it."""
    hidden = world.faults.take(faults.NotFoundFor, route=route, name=name)
    unlisted = world.faults.take(faults.UnlistedFor, route=route, name=name)
    hidden_s = hidden.seconds if hidden else world.settings.not_found_for_s
    return now + hidden_s, now + (unlisted.seconds if unlisted else 0.0)


def listed(
    request: Request,
    asked: schemas.List,
    items: Sequence[T],
    *,
    place: Callable[[T, str], listing.Place],
    describe: Callable[[T], dict[str, Any]],
) -> Response:
    """`links.next` keeps only `after`: whoever follows it gives page_size, sort, type and include again."""
    page = listing.page(items, sort=asked.order(), place=place, after=asked.after, size=asked.page_size)
    following = None if page.after is None else f"{request.url.path}?after={quote(page.after)}"
    content: dict[str, Any] = {"data": [describe(item) for item in page.items], "links": {"next": following}}
    if asked.include_total_count == "true":
        content["total_count"] = page.total
    return JSONResponse(content)


def _id(request: Request, name: str) -> str:
    """Ids are UUIDs, or begin with `adobe:` where the asset lives in Adobe's storage (here none does)."""
    value = str(request.path_params[name])
    if value.startswith("adobe:"):
        raise Refused(404)
    try:
        return str(UUID(value))
    except ValueError:
        raise malformed("Invalid format. Expected :uuid", f"/{name}") from None
