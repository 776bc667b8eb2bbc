"""Pure: what doctor says, a line for each check."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from console.facts import Facts
from postflow.checks import CheckAnswer, ChecksAnswer
from postflow.destination import Frozen
from postflow.fullness import ALARM, RELEASE_NOTHING
from postflow.topology import BUCKETS, DURABLES, OLDEST_SERVER
from postflow.wording import size

PROVISION = "Run `python -m postflow.provision`; in compose, `docker compose up provision`."

SERVICES = {
    "watcher": "Start it; if it ends again, the last lines of its log name each wrong setting, rule or folder.",
    "fileserver": "Start it; if it ends again, the last lines of its log name each wrong setting.",
    "uploader": "Start one or more; if they end again, the last lines of their logs name each wrong setting.",
    "notifier": "Start it; if it ends again, the last lines of its log name each wrong setting.",
}
"""Every service, and what to do if it does not answer."""


class State(StrEnum):
    OK = "ok"
    LOOK = "look"
    """Nothing is broken; somebody may want to know."""
    RED = "red"


class Line(Frozen):
    service: str
    check: str
    state: State
    detail: str
    what_to_do: str = ""


def of_services(answers: Iterable[ChecksAnswer]) -> Iterator[Line]:
    """What the services say of themselves, and who is silent."""
    ordered = sorted(answers, key=lambda answer: (answer.service, answer.instance))
    replicas = {name: [each for each in ordered if each.service == name] for name in SERVICES}
    for name, instances in replicas.items():
        if not instances:
            yield Line(service=name, check="answers", state=State.RED, detail="no answer", what_to_do=SERVICES[name])
        yield from _of(name, instances)


def _of(name: str, replicas: list[ChecksAnswer]) -> Iterator[Line]:
    """What all of them say alike is said once."""
    said = {(answer.instance, check.name): check for answer in replicas for check in answer.checks}
    for check_name in dict.fromkeys(check.name for answer in replicas for check in answer.checks):
        checks = {answer.instance: said.get((answer.instance, check_name)) for answer in replicas}
        first = next(iter(checks.values()))
        if first is not None and all(check == first for check in checks.values()):
            yield _line_of(name if len(replicas) == 1 else f"{name} ×{len(replicas)}", first)
            continue
        yield from (_line_of(f"{name} {instance}", check) for instance, check in checks.items() if check is not None)


def _line_of(label: str, check: CheckAnswer) -> Line:
    state = State.LOOK if check.what_to_do or check.starting else State.OK
    state = state if check.ok or check.starting else State.RED
    what_to_do = check.what_to_do or ("" if check.ok else "Look into its log.")
    return Line(service=label, check=check.name, state=state, detail=check.detail, what_to_do=what_to_do)


def of_nats(facts: Facts) -> Iterator[Line]:
    """What the console itself sees of NATS."""
    yield _version(facts)
    if facts.jetstream is None:
        yield _line("jetstream", State.RED, "it is not enabled", "Start nats-server with `jetstream` in its config.")
        return
    yield _disk(facts.jetstream.stored_bytes, facts.jetstream.limit_bytes)
    if facts.stream is None:
        yield _line("stream", State.RED, "the stream POSTFLOW is not there: provision has not run", PROVISION)
        return
    yield _line("stream", State.OK, f"{facts.stream.messages:,} messages, {size(facts.stream.stored_bytes)}")
    yield from _missing(facts)
    for durable in facts.durables:
        yield _line(f"backlog {durable.name}", State.OK, f"{durable.unread:,} to read, {durable.in_hand:,} in hand")
    yield _parked(facts)
    for pause in facts.pauses.all:
        what = "everything" if pause.route is None else pause.route
        yield _line("pause", State.LOOK, f"{what} is {pause}")


def _version(facts: Facts) -> Line:
    if facts.version[:2] < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        return _line("version", State.RED, f"{facts.version_text} is too old", f"Run nats-server {oldest} or later.")
    return _line("version", State.OK, facts.version_text)


def _disk(stored_bytes: int, limit_bytes: int | None) -> Line:
    if limit_bytes is None:
        return _line("disk", State.OK, f"{size(stored_bytes)} used; set NATS_MAX_FILE_STORE here to see of how much")
    share = stored_bytes / limit_bytes
    detail = f"{size(stored_bytes)} of {size(limit_bytes)} used, {share:.0%}"
    what_to_do = "Give NATS a larger disk and raise max_file_store; a full one refuses every new message."
    if share >= RELEASE_NOTHING:
        return _line("disk", State.RED, detail, what_to_do)
    return _line("disk", State.LOOK, detail, what_to_do) if share >= ALARM else _line("disk", State.OK, detail)


def _missing(facts: Facts) -> Iterator[Line]:
    durables = set(DURABLES) - {durable.name for durable in facts.durables}
    if durables:
        yield _line("durables", State.RED, f"not there: {', '.join(sorted(durables))}", PROVISION)
    buckets = set(BUCKETS) - set(facts.buckets)
    if buckets:
        yield _line("buckets", State.RED, f"not there: {', '.join(sorted(buckets))}", PROVISION)
    if not durables and not buckets:
        yield _line("provision", State.OK, f"{len(DURABLES)} durables and {len(BUCKETS)} buckets are there")


def _parked(facts: Facts) -> Line:
    if not facts.parked:
        return _line("parked", State.OK, "no message is put aside")
    detail = f"{facts.parked:,} put aside: messages that their readers could not handle"
    return _line("parked", State.LOOK, detail, "See `postflow parked`: it lists them, and says for each what to do.")


def _line(check: str, state: State, detail: str, what_to_do: str = "") -> Line:
    return Line(service="nats", check=check, state=state, detail=detail, what_to_do=what_to_do)
