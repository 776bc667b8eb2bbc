"""Edge: lists of assets, as of the moment that lists show."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulators.frameio import requests, schemas
from simulators.frameio.assets import Asset, File, Folder
from simulators.frameio.listing import Place
from simulators.frameio.shapes import View, asset_json
from simulators.frameio.world import World


def listed_at(world: World) -> float:
    """The moment whose state lists show."""
    return world.clock() - world.settings.listing_lag_s


def listed_assets(
    world: World, request: Request, asked: schemas.ListFolders | schemas.ListFiles, assets: Sequence[Asset]
) -> Response:
    view = replace(world.view(request, asked.included()), now=listed_at(world))

    def describe(asset: Asset) -> dict[str, Any]:
        return asset_json(asset, view)

    def place(asset: Asset, by: str) -> Place:
        return (_value(asset, by, view), asset.sequence)

    return requests.listed(request, asked, assets, place=place, describe=describe)


def _value(asset: Asset, by: str, view: View) -> str | float:
    match by:
        case "name":
            return asset.name
        case "file_size":
            return asset.size_at(view.now) if isinstance(asset, File) else 0
        case "updated_at":
            return asset.created_at if isinstance(asset, Folder) else asset.updated_at(view.now)
        case _:
            return asset.created_at
