"""Edge: the V4 calls on files: remote upload, look, status, delete, comments."""

from typing import TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.faults import Fault
from simulators.frameio import faults, requests, schemas
from simulators.frameio.answers import data
from simulators.frameio.assets import Comment, File, Folder
from simulators.frameio.fetcher import Mishaps
from simulators.frameio.listing import Place
from simulators.frameio.refusals import Refused, malformed
from simulators.frameio.shapes import asset_json, comment_json, file_json, status_json
from simulators.frameio.world import World

_REMOTE_UPLOAD = "remote_upload"
F = TypeVar("F", bound=Fault)


async def remote_upload(world: World, request: Request) -> Response:
    parent = requests.folder(world, request)
    requests.query(request, schemas.NoParameters)
    wanted = (await requests.body(request, schemas.RemoteUpload)).data
    _check_source(wanted.source_url, allow_http=world.settings.allow_http_source)
    if world.settings.refuse_duplicates and world.store.named(parent, wanted.name):
        raise Refused(409)
    if _is_full(world) and world.settings.over_limit != "fail":
        raise Refused(int(world.settings.over_limit))
    file = await _created(world, parent, wanted)
    if world.faults.take(faults.Twice, route=_REMOTE_UPLOAD, name=wanted.name):
        await _created(world, parent, wanted)
    status = f"/v4/accounts/{world.store.account_id}/files/{file.id}/status"
    content = {"data": file_json(file, world.view(request)), "links": {"status": status}}
    return JSONResponse(content, status_code=202)


async def file(world: World, request: Request) -> Response:
    found = requests.file(world, request)
    asked = requests.query(request, schemas.OneFile)
    return data(asset_json(found, world.view(request, asked.included())))


async def file_status(world: World, request: Request) -> Response:
    found = requests.file(world, request)
    requests.query(request, schemas.NoParameters)
    return data(status_json(found, world.clock()))


async def delete_file(world: World, request: Request) -> Response:
    found = requests.file(world, request)
    requests.query(request, schemas.NoParameters)
    world.store.delete_file(found, now=world.clock())
    return Response(status_code=204)


async def list_comments(world: World, request: Request) -> Response:
    found = requests.file(world, request)
    asked = requests.query(request, schemas.ListComments)

    def place(comment: Comment, _: str) -> Place:
        return (comment.created_at, found.comments.index(comment))

    return requests.listed(
        request,
        asked,
        found.comments,
        place=place,
        describe=lambda comment: comment_json(comment, asked.included()),
    )


async def _created(world: World, parent: Folder, wanted: schemas.FileToFetch) -> File:
    """A file that is there, and its fetch under way."""
    now = world.clock()
    mishaps = Mishaps(faults.NeverFetch(upload_failed=True)) if _is_full(world) else _mishaps(world, wanted.name)
    created = world.store.add_file(parent, wanted.name, creator=world.store.user, now=now)
    created.source_url = wanted.source_url
    created.hidden_until, created.unlisted_until = requests.unseen(world, _REMOTE_UPLOAD, wanted.name, now)
    if world.settings.early_size or world.settings.early_media_type:
        await world.fetcher.probe(created, world.settings)
    world.fetcher.start(created, world.settings, mishaps)
    return created


def _check_source(url: str, *, allow_http: bool) -> None:
    """Only what is known to work: public HTTPS on its own port, plain ASCII. The real schema takes any string."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise malformed("Not a URL", "/data/source_url") from None
    if not url.isascii() or any(character <= " " for character in url):
        raise malformed("Only ASCII without spaces is known to be fetched", "/data/source_url")
    if not parts.hostname:
        raise malformed("Not an absolute URL", "/data/source_url")
    if allow_http and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or port not in (None, 443):
        raise malformed("Only https on port 443 is known to be fetched", "/data/source_url")


def _is_full(world: World) -> bool:
    limit = world.settings.storage_limit
    return limit is not None and world.store.used_bytes() >= limit


def _mishaps(world: World, name: str) -> Mishaps:
    def due(kind: type[F]) -> F | None:
        return world.faults.take(kind, route=_REMOTE_UPLOAD, name=name)

    return Mishaps(
        never=due(faults.NeverFetch),
        delay=due(faults.DelayFetch),
        slow=due(faults.SlowFetch),
        reset=due(faults.ResetFetch),
        stall=due(faults.StallFetch),
        truncate=due(faults.TruncateFetch),
        error_page=due(faults.ErrorPage),
        processing=due(faults.SlowProcessing),
    )
