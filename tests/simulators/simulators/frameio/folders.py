"""Edge: the V4 calls on folders: look, create, list what is in one."""

from starlette.requests import Request
from starlette.responses import Response

from simulators.frameio import requests, schemas
from simulators.frameio.answers import data
from simulators.frameio.assets import Asset
from simulators.frameio.children import listed_assets, listed_at
from simulators.frameio.refusals import Refused
from simulators.frameio.shapes import asset_json
from simulators.frameio.world import World


async def folder(world: World, request: Request) -> Response:
    found = requests.folder(world, request)
    asked = requests.query(request, schemas.OneAsset)
    return data(asset_json(found, world.view(request, asked.included())))


async def create_folder(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    requests.query(request, schemas.NoParameters)
    wanted = (await requests.body(request, schemas.CreateFolder)).data
    if world.settings.refuse_duplicates and world.store.named(parent, wanted.name):
        raise Refused(409)
    now = world.clock()
    created = world.store.add_folder(parent, wanted.name, now=now)
    created.hidden_until, created.unlisted_until = requests.unseen(world, "create_folder", wanted.name, now)
    return data(asset_json(created, world.view(request)), status=201)


async def list_folders(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    asked = requests.query(request, schemas.ListFolders)
    return listed_assets(world, request, asked, world.store.folders_in(parent.id, listed_at(world)))


async def list_files(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    asked = requests.query(request, schemas.ListFiles)
    return listed_assets(world, request, asked, world.store.files_in(parent.id, listed_at(world)))


async def list_version_stacks(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    asked = requests.query(request, schemas.ListVersionStacks)
    return listed_assets(world, request, asked, world.store.stacks_in(parent.id, listed_at(world)))


async def list_children(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    asked = requests.query(request, schemas.ListChildren)
    kinds = asked.type.split(",")
    at = listed_at(world)
    children: list[Asset] = []
    if "version_stack" in kinds:
        children += world.store.stacks_in(parent.id, at)
    if "folder" in kinds:
        children += world.store.folders_in(parent.id, at)
    if "file" in kinds:
        children += world.store.files_in(parent.id, at)
    return listed_assets(world, request, asked, children)
