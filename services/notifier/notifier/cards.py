"""Pure: a message → what a person should read about it. The words on the cards are here and nowhere else.

A card holds plain words; whoever shows it makes them safe for its channel.
"""

from pathlib import PurePosixPath

from notifier import wording
from notifier.card import Card, Line, State, Wish
from postflow.destination import Destination
from postflow.messages import (
    Condition,
    ConditionState,
    FileDelivered,
    FileFailed,
    FileMessage,
    FilePlayable,
    FileRejected,
    FileSuperseded,
    FileWaiting,
    Message,
    Parked,
)
from postflow.topology import DURABLES
from postflow.wording import size

OURSELVES = "notifier"
OPERATORS = "default"
"""The channel for what is about no file."""


def wish_for(message: Message, *, jaeger_url: str | None = None) -> Wish | None:
    """What people should see of a message; None if nothing."""
    match message:
        case FileDelivered() | FilePlayable():
            return _about_file(message, message.destination.channel, _arrived(message), jaeger_url)
        case FileFailed():
            return _about_file(message, message.destination.channel, _failed(message), jaeger_url)
        case FileSuperseded():
            card = _superseded(message)
            return _about_file(message, message.destination.channel, card, jaeger_url, opens=False)
        case FileRejected():
            return _about_file(message, message.channel, _rejected(message), None)
        case FileWaiting():
            return _about_file(message, message.channel, _waiting(message), None)
        case Condition():
            return _condition(message)
        case Parked():
            return _parked(message)
        case _:
            return None


def _about_file(message: FileMessage, channel: str, card: Card, jaeger_url: str | None, *, opens: bool = True) -> Wish:
    trace = f"{jaeger_url}/trace/{message.file_id}" if jaeger_url else None
    return Wish(message.file_id, channel, card.model_copy(update={"trace": trace}), opens)


def _arrived(message: FileDelivered | FilePlayable) -> Card:
    destination = message.destination
    playable = isinstance(message, FilePlayable)
    lines = [Line(label="Show", text=destination.show)]
    if destination.version is not None:
        lines.append(Line(label="Version", text=f"v{destination.version:03d}"))
    lines += [
        Line(label="Size", text=size(message.size_bytes)),
        Line(label="Route", text=destination.route),
        Line(label="In Frame.io", text=_place(destination)),
        *_from(message),
    ]
    if isinstance(message, FileDelivered):
        took = wording.duration(message.at - message.changed_at)
        lines.append(Line(label="Took", text=f"{took} from the last change of the file"))
    return Card(
        state=State.PLAYABLE if playable else State.DELIVERED,
        attempt=message.attempt,
        at=message.at,
        title=f"{'Playable' if playable else 'Delivered'}: {destination.name}",
        says=_where_it_is(destination, playable=playable),
        lines=(*lines, *_attempt(message)),
        link=message.view_url,
    )


def _where_it_is(destination: Destination, *, playable: bool) -> str:
    says = "It is in Frame.io, ready to watch." if playable else "It is in Frame.io, complete and checked."
    if destination.inbox_reason is None:
        return says
    why = wording.sentence(destination.inbox_reason)
    return f"{says} It lies in the inbox. {why} Please move it by hand, or export it again under the right name."


def _failed(message: FileFailed) -> Card:
    return Card(
        state=State.FAILED,
        attempt=message.attempt,
        at=message.at,
        title=f"Not delivered: {message.destination.name}",
        says=wording.sentence(message.why),
        lines=(
            Line(label="What to do", text=wording.sentence(message.what_to_do)),
            Line(label="Show", text=message.destination.show),
            Line(label="Size", text=size(message.size_bytes)),
            Line(label="Should go to", text=_place(message.destination)),
            *_from(message),
            Line(label="Code", text=f"{message.code} ({message.service})"),
            *_attempt(message),
        ),
    )


def _superseded(message: FileSuperseded) -> Card:
    return Card(
        state=State.SUPERSEDED,
        attempt=message.attempt,
        at=message.at,
        title=f"Replaced: {message.destination.name}",
        says=f"Nothing to do here: a newer state of the file is on its way instead. {wording.sentence(message.why)}",
        lines=(Line(label="Show", text=message.destination.show), *_from(message)),
    )


def _rejected(message: FileRejected) -> Card:
    return Card(
        state=State.REJECTED,
        attempt=message.attempt,
        at=message.at,
        title=f"Cannot be delivered as it is: {PurePosixPath(message.path).name}",
        says=wording.sentence(message.why),
        lines=(
            Line(label="What would be right", text=message.expected),
            *_from(message),
            Line(label="Size", text=size(message.size_bytes)),
        ),
    )


def _waiting(message: FileWaiting) -> Card:
    return Card(
        state=State.WAITING,
        attempt=message.attempt,
        at=message.at,
        title=f"Still waiting: {PurePosixPath(message.path).name}",
        says="It goes on by itself as soon as it can.",
        lines=(
            Line(label="Waits for", text=message.waiting_for),
            *((Line(label="What to do", text=message.what_to_do),) if message.what_to_do else ()),
            Line(label="Waited", text=f"{wording.duration(message.at - message.changed_at)} since its last change"),
            *_from(message),
            Line(label="Size", text=size(message.size_bytes)),
        ),
    )


def _parked(message: Parked) -> Wish | None:
    """Of a file that will not arrive because of it, `failed` tells already; of our own there is only the log."""
    durable = DURABLES.get(message.durable)
    told_by_failed = durable is not None and durable.carries and message.code != "MALFORMED_MESSAGE"
    if message.durable == OURSELVES or told_by_failed:
        return None
    card = Card(
        state=State.PARKED,
        at=message.at,
        title=f"Put aside by {message.durable}: a message it could not handle",
        says=wording.sentence(message.why),
        lines=(
            Line(label="What to do", text=wording.sentence(message.what_to_do)),
            Line(label="Code", text=message.code),
            Line(label="Message", text=f"{message.sequence}, {message.original_subject}"),
            Line(label="Commands", text=f"postflow parked {message.sequence}; once mended, with --retry"),
        ),
    )
    return Wish(f"parked.{message.durable}.{message.sequence}", OPERATORS, card)


def _condition(message: Condition) -> Wish:
    raised = message.state is ConditionState.RAISED
    lasted = wording.duration(message.at - message.since)
    card = Card(
        state=State.RAISED if raised else State.CLEARED,
        # What is "still so" each minute is one state since one moment, and changes nothing.
        at=message.since if raised else message.at,
        title=f"Trouble: {message.what}" if raised else f"Over: {message.what}",
        says=wording.sentence(message.what_to_do) if raised else f"It lasted {lasted}. Nothing to do any more.",
        lines=(Line(label="Where", text=f"{message.name}, {message.instance}"),),
    )
    return Wish(f"condition.{message.name}", OPERATORS, card)


def _place(destination: Destination) -> str:
    return " / ".join((destination.project, *destination.folder))


def _from(message: FileMessage) -> tuple[Line, ...]:
    by = (Line(label="Written by", text=message.written_by),) if message.written_by else ()
    return (Line(label="From", text=message.path), *by)


def _attempt(message: FileMessage) -> tuple[Line, ...]:
    return (Line(label="Attempt", text=str(message.attempt)),) if message.attempt > 1 else ()
