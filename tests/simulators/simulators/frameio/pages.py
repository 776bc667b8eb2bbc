"""Edge: what a person sees behind a view_url: one plain page for a file, with the movie when its bytes were kept."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulators.frameio.assets import File
from simulators.frameio.world import World

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:3rem auto;padding:0 1rem}}
video{{width:100%}}dt{{color:#777}}dd{{margin:0 0 .5rem;overflow-wrap:anywhere}}</style></head>
<body><h1>{name}</h1>{player}<dl>{facts}</dl><p>A simulated Frame.io. No file has left this machine.</p></body></html>
"""


def routes(world: World) -> list[Route]:
    async def view(request: Request) -> Response:
        file = world.store.file(request.path_params["file_id"])
        if file is None:
            return HTMLResponse("<h1>There is no such file</h1>", 404)
        return HTMLResponse(_page(world, file))

    return [Route("/project/{project_id}/view/{file_id}", view)]


def _page(world: World, file: File) -> str:
    facts = {
        "Project": world.store.projects[file.project_id].name,
        "Folder": world.store.path(file.parent_id),
        "Status": file.status(world.clock()),
        "Size": f"{file.size:,} bytes",
        "Media type": file.media_type or "not known yet",
        "SHA-256": file.sha256 or "not known yet",
    }
    shown = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in facts.items())
    return _PAGE.format(name=escape(file.name), player=_player(file), facts=shown)


def _player(file: File) -> str:
    if file.kept is None or not (file.media_type or "").startswith("video/"):
        return ""
    return f'<video controls src="/_sim/files/{escape(file.id)}/bytes"></video>'
