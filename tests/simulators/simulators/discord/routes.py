"""Edge: the webhook endpoints: look at it, execute it, and get, edit or delete one of its messages."""

from typing import Any

from starlette.responses import JSONResponse, Response

from simulators.discord import forms, refusals
from simulators.discord.calls import Call, Operation
from simulators.discord.compose import compose, mentions
from simulators.discord.messages import Message, Shown, attachment_json
from simulators.discord.multipart import Body, Upload, read
from simulators.discord.refusals import RateLimited, Refused

_WEBHOOK = "/webhooks/{webhook_id}/{token}"
_MESSAGE = _WEBHOOK + "/messages/{message_id}"
_OLD_S = 3600.0
_TRUE = ("true", "True", "1")


async def get_webhook(call: Call) -> Response:
    webhook = call.webhook
    return JSONResponse(
        {
            "id": webhook.id,
            "type": 1,
            "name": "Captain Hook",
            "avatar": None,
            "channel_id": webhook.channel_id,
            "guild_id": "1000000000000000001",
            "application_id": None,
            "token": webhook.token,
        }
    )


async def execute(call: Call) -> Response:
    body = await _body(call)
    form = _form(call, forms.Execute, body.payload)
    thread_id = _thread(call, form)
    message_id = call.world.messages.snowflake(call.now)
    shown = compose(
        form, Shown(), with_components=_with_components(call, form), attachments=_attached(call, body.files, message_id)
    )
    if thread_id is None and form.thread_name is not None:
        thread_id = call.world.messages.open_thread(call.webhook, form.thread_name, call.now)
    mentioned, pings = mentions(form, shown)
    message = Message(
        id=message_id,
        webhook=call.webhook,
        channel_id=thread_id or call.webhook.channel_id,
        thread_id=thread_id,
        username=form.username or "Captain Hook",
        avatar_url=form.avatar_url,
        tts=form.tts,
        created_at=call.now,
        shown=shown,
        pings=pings,
        mentioned=mentioned,
    )
    call.world.messages.all[message.id] = message
    if call.request.query_params.get("wait") in _TRUE:
        return JSONResponse(message.as_json())
    return Response(status_code=204)


async def get_message(call: Call) -> Response:
    return JSONResponse(_message(call).as_json())


async def edit_message(call: Call) -> Response:
    """Pings nobody, whatever it says; and remembers nothing of the allowed mentions sent before."""
    message = _message(call)
    if call.now - message.created_at > _OLD_S:
        overflow = call.world.limits.old_edit(message.channel_id, call.now)
        if overflow is not None:
            raise RateLimited(overflow, milliseconds=call.milliseconds)
    body = await _body(call)
    form = _form(call, forms.Edit, body.payload)
    attachments = _kept(form, message) + _attached(call, body.files, message.id)
    shown = compose(form, message.shown, with_components=_with_components(call, form), attachments=attachments)
    message.earlier.append(message.shown)
    message.shown, message.edited_at = shown, call.now
    message.mentioned, _ = mentions(form, shown)
    return JSONResponse(message.as_json())


async def delete_message(call: Call) -> Response:
    _message(call).deleted_at = call.now
    return Response(status_code=204)


OPERATIONS = (
    Operation("get_webhook", "GET", _WEBHOOK, get_webhook),
    Operation("execute", "POST", _WEBHOOK, execute),
    Operation("get_message", "GET", _MESSAGE, get_message),
    Operation("edit_message", "PATCH", _MESSAGE, edit_message),
    Operation("delete_message", "DELETE", _MESSAGE, delete_message),
)
NAMES = frozenset(operation.name for operation in OPERATIONS)


def _message(call: Call) -> Message:
    message_id, thread_id = call.request.path_params["message_id"], call.request.query_params.get("thread_id")
    message = call.world.messages.find(call.webhook, message_id, thread_id)
    if message is None:
        raise Refused(refusals.UNKNOWN_MESSAGE, violation=None)
    return message


async def _body(call: Call) -> Body:
    return read(call.request.headers.get("content-type", ""), await call.request.body())


def _form(call: Call, form: type[forms.E], payload: Any) -> forms.E:
    parsed = forms.parse(form, payload)
    for name in forms.unknown_fields(parsed):
        call.world.violate("ignored_field", call.route, f"Discord ignores {name}")
    return parsed


def _with_components(call: Call, form: forms.Edit) -> bool:
    asked = call.request.query_params.get("with_components") in _TRUE
    if form.components and not asked:
        call.world.violate("dropped_components", call.route, "components need ?with_components=true")
    return asked


def _thread(call: Call, form: forms.Execute) -> str | None:
    """The thread that a message goes to, if it is one that exists already."""
    thread_id = call.request.query_params.get("thread_id")
    if call.webhook.forum and thread_id and form.thread_name:
        raise Refused(refusals.ONE_THREAD_ONLY)
    if call.webhook.forum and not thread_id and not form.thread_name:
        raise Refused(refusals.THREAD_NEEDED)
    if form.thread_name and not call.webhook.forum:
        raise Refused(refusals.NO_FORUM)
    if thread_id and not call.world.messages.has_thread(call.webhook, thread_id):
        raise Refused(refusals.UNKNOWN_CHANNEL, violation=None)
    return thread_id


def _attached(call: Call, files: tuple[Upload, ...], message_id: str) -> list[dict[str, Any]]:
    return [attachment_json(file, call.world.messages.snowflake(call.now), message_id) for file in files]


def _kept(form: forms.Edit, message: Message) -> list[dict[str, Any]]:
    """All that were there, unless the form lists those to keep."""
    there = list(message.shown.attachments)
    if "attachments" not in form.model_fields_set:
        return there
    listed = {str(attachment.id) for attachment in form.attachments or []}
    return [attachment for attachment in there if attachment["id"] in listed]
