"""Edge: the V4 calls on folders: look, create, list what is in one."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulators.frameio import requests, schemas
from simulators.frameio.answers import data
from simulators.frameio.assets import Asset, File, Folder
from simulators.frameio.listing import Place
from simulators.frameio.refusals import Refused
from simulators.frameio.shapes import View, asset_json
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
    return _assets(world, request, asked, world.store.folders_in(parent.id, _listed_at(world)))


async def list_files(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    asked = requests.query(request, schemas.ListFiles)
    return _assets(world, request, asked, world.store.files_in(parent.id, _listed_at(world)))


async def list_children(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    asked = requests.query(request, schemas.ListChildren)
    kinds = asked.type.split(",")
    at = _listed_at(world)
    children: list[Asset] = []
    if "folder" in kinds:
        children += world.store.folders_in(parent.id, at)
    if "file" in kinds:
        children += world.store.files_in(parent.id, at)
    return _assets(world, request, asked, children)


def _assets(
    world: World,
    request: Request,
    asked: schemas.ListFolders | schemas.ListFiles,
    assets: list[Asset] | list[Folder] | list[File],
) -> Response:
    view = replace(world.view(request, asked.included()), now=_listed_at(world))

    def describe(asset: Asset) -> dict[str, Any]:
        return asset_json(asset, view)

    def place(asset: Asset, by: str) -> Place:
        return (_value(asset, by, view), asset.sequence)

    return requests.listed(request, asked, assets, place=place, describe=describe)


def _listed_at(world: World) -> float:
    """The moment whose state lists show."""
    return world.clock() - world.settings.listing_lag_s


def _value(asset: Asset, by: str, view: View) -> str | float:
    match by:
        case "name":
            return asset.name
        case "file_size":
            return asset.size_at(view.now) if isinstance(asset, File) else 0
        case "updated_at":
            return asset.updated_at(view.now) if isinstance(asset, File) else asset.created_at
        case _:
            return asset.created_at
