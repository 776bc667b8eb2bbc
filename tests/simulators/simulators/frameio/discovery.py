"""Edge: the V4 reads that lead from a token to a project's root folder."""

from starlette.requests import Request
from starlette.responses import Response

from simulators.frameio import requests, schemas
from simulators.frameio.answers import data
from simulators.frameio.assets import Project
from simulators.frameio.listing import Place
from simulators.frameio.shapes import account_json, profile_json, project_json, workspace_json
from simulators.frameio.world import World


async def me(world: World, request: Request) -> Response:
    requests.query(request, schemas.NoParameters)
    return data(profile_json(world.store.user))


async def accounts(world: World, request: Request) -> Response:
    asked = requests.query(request, schemas.ListAccounts)
    account = account_json(world.store, world.settings.account_name, world.settings.storage_limit)
    return requests.listed(request, asked, [account], place=_only_one, describe=dict)


async def workspaces(world: World, request: Request) -> Response:
    requests.check_account(world, request)
    asked = requests.query(request, schemas.ListWorkspaces)
    workspace = workspace_json(world.view(request, asked.included()))
    return requests.listed(request, asked, [workspace], place=_only_one, describe=dict)


async def account_projects(world: World, request: Request) -> Response:
    requests.check_account(world, request)
    return _projects(world, request)


async def workspace_projects(world: World, request: Request) -> Response:
    requests.check_workspace(world, request)
    return _projects(world, request)


async def project(world: World, request: Request) -> Response:
    found = requests.project(world, request)
    asked = requests.query(request, schemas.OneProject)
    return data(project_json(found, world.view(request, asked.included())))


def _projects(world: World, request: Request) -> Response:
    asked = requests.query(request, schemas.ListProjects)
    view = world.view(request, asked.included())
    order = {project_id: number for number, project_id in enumerate(world.store.projects)}

    def place(project: Project, by: str) -> Place:
        return (project.name if by == "name" else project.created_at, order[project.id])

    projects = list(world.store.projects.values())
    return requests.listed(request, asked, projects, place=place, describe=lambda one: project_json(one, view))


def _only_one(_: object, by: str) -> Place:
    return (by, 0)
