"""Edge: what readers put aside: finds it in the stream, shows it to its reader again, lets go of it."""

from collections.abc import Iterator

from console import stream, switches
from console.answers import AllSettled, Looked, Parked, PutAside, Settled
from console.aside import Aside, Became, Fold, LetGo, way_on
from console.original import Original, body_of, headers_of, path_in
from postflow import messages
from postflow.bus import Bus
from postflow.decoding import decode
from postflow.errors import MalformedMessage, PostFlowError
from postflow.logs import without_secrets
from postflow.settling import ORIGINAL_SUBJECT
from postflow.topology import DURABLES, again_subject

NOTES = "postflow.parked.>"
AT_ONCE = 200
"""Subjects of one reader of the stream."""


class NeverParked(PostFlowError):
    """No reader ever put this message aside."""


async def count(bus: Bus) -> int:
    return len(await _open(bus))


async def listed(bus: Bus) -> Parked:
    return Parked(messages=tuple([_told(one, await _original(bus, one)) for one in await _open(bus)]))


async def looked(bus: Bus, message: int) -> Looked:
    """Raises NeverParked."""
    asides = await _of(bus, message)
    original = await _original(bus, asides[0])
    told = tuple(_told(one, original) for one in asides)
    if original is None:
        return Looked(message=message, put_aside=told)
    return Looked(
        message=message,
        subject=original.subject,
        at=original.at,
        headers=headers_of(original, without_secrets),
        body=body_of(original, without_secrets),
        put_aside=told,
    )


async def retry(bus: Bus, message: int | None) -> AllSettled:
    """One, or without a number all that is put aside. Raises NeverParked."""
    wanted = await _wanted(bus, message)
    return AllSettled(messages=tuple([await _retried(bus, one) for one in wanted]))


async def let_go(bus: Bus, message: int | None) -> AllSettled:
    """One, or without a number all that is put aside. Raises NeverParked."""
    every = await _every(bus)
    wanted = await _wanted(bus, message)
    there, given_up = {one.note.place for one in every}, {one.note.place for one in wanted if one.became.is_open}

    def changed(held: LetGo) -> LetGo:
        """Notes that the stream has forgotten need no record either."""
        return LetGo(notes=tuple(sorted((set(held.notes) & there) | given_up)))

    await switches.change(bus, switches.LET_GO, changed)
    return AllSettled(messages=tuple(_settled(one, True, SAID[one.became]) for one in wanted))


async def _retried(bus: Bus, one: Aside) -> Settled:
    note = one.note.parked
    original = await _original(bus, one)
    if one.became in (Became.RETRIED, Became.OVERTAKEN):
        return _settled(one, one.became is Became.RETRIED, SAID[one.became])
    if one.became is Became.FAILED:
        what_to_do = f"`postflow retry {one.note.file_id}` starts a new attempt."
        return _settled(one, False, "its file has failed with it, so this attempt has ended", what_to_do)
    why_not = _why_not(note.durable, original)
    if why_not or original is None:
        return _settled(one, False, why_not, way_on(one, is_there=original is not None))
    headers = {name: value for name, value in original.headers.items() if name == "traceparent"}
    # Two people at once, or one who is in a hurry, show it once.
    headers |= {ORIGINAL_SUBJECT: note.original_subject, "Nats-Msg-Id": f"again.{note.durable}.{one.note.place}"}
    await bus.publish_raw(again_subject(note.durable, note.sequence), original.payload, headers)
    return _settled(one, True, "shown to it again; if it still cannot handle it, `postflow parked` lists it anew")


SAID = {
    Became.ASIDE: "let go of",
    Became.FAILED: "let go of; its file stays failed",
    Became.RETRIED: "it was shown to it again already, and not put aside since",
    Became.OVERTAKEN: "nothing is left to do: its file has arrived, or a later attempt carries it",
    Became.LET_GO: "it was let go of already",
}


def _why_not(durable: str, original: Original | None) -> str:
    if durable not in DURABLES:
        return "there is no such reader any more, so nobody can be shown it"
    return "the stream does not hold it any more" if original is None else ""


async def _open(bus: Bus) -> list[Aside]:
    return [one for one in await _every(bus) if one.became.is_open]


async def _of(bus: Bus, message: int) -> list[Aside]:
    found = [one for one in await _every(bus) if one.note.parked.sequence == message]
    if not found:
        raise NeverParked(f"no reader ever put message {message} aside; `postflow parked` lists what is")
    return found


async def _wanted(bus: Bus, message: int | None) -> list[Aside]:
    return await _open(bus) if message is None else await _of(bus, message)


async def _every(bus: Bus) -> list[Aside]:
    fold = Fold()
    async for one in stream.read(bus, [NOTES]):
        try:
            note = decode(one.subject, one.payload)
        except MalformedMessage:
            continue
        if isinstance(note, messages.Parked):
            fold.note(one.sequence, note)
    for some in _batches(fold.subjects()):
        async for one in stream.read(bus, some, headers_only=True):
            fold.take(one.subject, one.sequence, one.dedupe_id)
    return list(fold.all((await switches.look(bus, switches.LET_GO)).notes))


def _batches(subjects: list[str]) -> Iterator[list[str]]:
    yield from (subjects[start : start + AT_ONCE] for start in range(0, len(subjects), AT_ONCE))


async def _original(bus: Bus, one: Aside) -> Original | None:
    return await stream.one(bus, one.note.parked.sequence)


def _told(one: Aside, original: Original | None) -> PutAside:
    note = one.note.parked
    return PutAside(
        message=note.sequence,
        at=note.at,
        reader=note.durable,
        about=(path_in(original.payload) if original else "") or note.original_subject,
        file_id=one.note.file_id,
        code=note.code,
        why=note.why,
        what_to_do=way_on(one, is_there=original is not None),
        became=one.became,
    )


def _settled(one: Aside, done: bool, said: str, what_to_do: str = "") -> Settled:
    note = one.note.parked
    return Settled(message=note.sequence, reader=note.durable, done=done, said=said, what_to_do=what_to_do)
