"""Edge: the routes under /_sim, for tests and people: what was posted, what was called, what shall go wrong."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators import desk
from simulators.discord.faults import Faults
from simulators.discord.messages import Message
from simulators.discord.routes import NAMES
from simulators.discord.world import World


def routes(world: World) -> list[Route]:
    admin = Admin(world)
    return [
        *desk.routes(world.journal, world.faults, lambda body: Faults.model_validate_json(body).faults, NAMES),
        Route("/_sim/messages", admin.messages, methods=["GET"]),
        Route("/_sim/messages/{message_id}", admin.delete_message, methods=["DELETE"]),
        Route("/_sim/webhooks/{webhook_id}", admin.delete_webhook, methods=["DELETE"]),
        Route("/_sim/reset", admin.reset, methods=["POST"]),
    ]


class Admin:
    def __init__(self, world: World) -> None:
        self._world = world

    async def messages(self, _: Request) -> Response:
        messages = [message_json(message) for message in self._world.messages.all.values()]
        return JSONResponse({"messages": messages, "violations": self._world.journal.violations})

    async def delete_message(self, request: Request) -> Response:
        """What a moderator does: the webhook is not told."""
        message = self._world.messages.all.get(request.path_params["message_id"])
        if message is None:
            return desk.errors(404, "there is no such message")
        message.deleted_at = self._world.clock()
        return Response(status_code=204)

    async def delete_webhook(self, request: Request) -> Response:
        if self._world.messages.webhooks.pop(request.path_params["webhook_id"], None) is None:
            return desk.errors(404, "there is no such webhook")
        return Response(status_code=204)

    async def reset(self, _: Request) -> Response:
        self._world.clear()
        return Response(status_code=204)


def message_json(message: Message) -> dict[str, Any]:
    """The message as the API gives it, and what only the simulator knows of it."""
    return message.as_json() | {
        "thread_id": message.thread_id,
        "pings": message.pings.as_json(),
        "mentioned": message.mentioned.as_json(),
        "edits": len(message.earlier),
        "deleted": message.deleted_at is not None,
    }
