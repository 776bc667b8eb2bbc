"""Edge: the V4 calls on version stacks, and those that bring a file into one or elsewhere."""

from starlette.requests import Request
from starlette.responses import Response

from simulators.frameio import requests, schemas
from simulators.frameio.answers import data
from simulators.frameio.assets import File, Folder, VersionStack
from simulators.frameio.children import listed_assets, listed_at
from simulators.frameio.refusals import malformed
from simulators.frameio.shapes import asset_json, file_json
from simulators.frameio.world import World


async def create_version_stack(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    requests.query(request, schemas.NoParameters)
    wanted = (await requests.body(request, schemas.CreateVersionStack)).data
    files = [_child(world, parent, file_id) for file_id in wanted.file_ids]
    stack = world.store.add_stack(parent, files, now=world.clock())
    return data(asset_json(stack, world.view(request)), status=201)


async def version_stack(world: World, request: Request) -> Response:
    found = requests.stack(world, request)
    asked = requests.query(request, schemas.OneAsset)
    return data(asset_json(found, world.view(request, asked.included())))


async def version_stack_children(world: World, request: Request) -> Response:
    found = requests.stack(world, request)
    asked = requests.query(request, schemas.ListFiles)
    there = [file for file in found.files if file.created_at <= listed_at(world)]
    return listed_assets(world, request, asked, there)


async def rename_file(world: World, request: Request) -> Response:
    found = requests.file(world, request)
    requests.query(request, schemas.NoParameters)
    found.name = (await requests.body(request, schemas.RenameFile)).data.name
    return data(file_json(found, world.view(request)))


async def move_file(world: World, request: Request) -> Response:
    """Into a folder, or on top of a stack."""
    found = requests.file(world, request)
    requests.query(request, schemas.NoParameters)
    parent_id = (await requests.body(request, schemas.MoveFile)).data.parent_id
    world.store.move_file(found, _container(world, parent_id), now=world.clock())
    return data(file_json(found, world.view(request)))


def _child(world: World, parent: Folder, file_id: str) -> File:
    file = world.store.file(file_id)
    if file is None or file.parent_id != parent.id:
        raise malformed("Files must exist in the parent folder", "/data/file_ids")
    return file


def _container(world: World, parent_id: str) -> Folder | VersionStack:
    found = world.store.folder(parent_id) or world.store.stack(parent_id)
    if found is None:
        raise malformed("There is no such folder or version stack", "/data/parent_id")
    return found
