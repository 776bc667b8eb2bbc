"""What doctor says."""

import pytest

from console.facts import Backlog, Facts, JetStream, Stream
from console.lines import SERVICES, Line, State, of_nats, of_services
from postflow.checks import CheckAnswer, ChecksAnswer
from postflow.pauses import Pause, Pauses
from postflow.topology import BUCKETS, DURABLES
from tests.examples import AT

WELL = Facts(
    version=(2, 15, 0),
    version_text="nats-server 2.15.0",
    jetstream=JetStream(stored_bytes=10, limit_bytes=1000),
    stream=Stream(messages=1, stored_bytes=10),
    durables=tuple(Backlog(name=name, unread=0, in_hand=0) for name in DURABLES),
    buckets=BUCKETS,
)


def answer(service: str, instance: str = "host-1", **check: object) -> ChecksAnswer:
    told = CheckAnswer.model_validate({"name": "nats", "ok": True, "detail": "connected"} | check)
    return ChecksAnswer(service=service, instance=instance, checks=(told,))


def everybody() -> list[ChecksAnswer]:
    return [answer(service) for service in SERVICES]


def states(facts: Facts) -> dict[str, State]:
    return {line.check: line.state for line in of_nats(facts)}


def red(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line.state is State.RED]


def test_nothing_is_red_when_all_is_well() -> None:
    assert red([*of_nats(WELL), *of_services(everybody())]) == []


def test_a_service_that_does_not_answer_is_named() -> None:
    (line,) = red(list(of_services(each for each in everybody() if each.service != "fileserver")))
    assert (line.service, line.detail) == ("fileserver", "no answer")
    assert line.what_to_do


def test_what_is_only_starting_is_not_red() -> None:
    starting = answer("fileserver", ok=False, starting=True, what_to_do="Nothing: it is used in a moment.")
    (line,) = [line for line in of_services([starting]) if line.service == "fileserver"]
    assert line.state is State.LOOK


def test_what_all_replicas_say_alike_is_said_once() -> None:
    lines = list(of_services([*everybody(), answer("uploader", "host-2")]))
    assert [line.service for line in lines if "uploader" in line.service] == ["uploader ×2"]


def test_replicas_that_differ_are_told_apart() -> None:
    lines = list(of_services([*everybody(), answer("uploader", "host-2", ok=False), answer("uploader", "host-3")]))
    said = {line.service: line.state for line in lines if "uploader" in line.service}
    assert said == {"uploader host-1": State.OK, "uploader host-2": State.RED, "uploader host-3": State.OK}


def test_a_check_that_only_one_replica_has_is_told_of_that_one() -> None:
    lines = list(of_services([*everybody(), answer("uploader", "host-2", name="project UNDLM")]))
    assert [(line.service, line.check) for line in lines if "uploader" in line.service] == [
        ("uploader host-1", "nats"),
        ("uploader host-2", "project UNDLM"),
    ]


def test_a_check_that_fails_is_red_and_says_what_to_do() -> None:
    (line,) = red(list(of_services([*everybody()[1:], answer("watcher", ok=False, what_to_do="Mount it.")])))
    assert (line.service, line.what_to_do) == ("watcher", "Mount it.")


def test_advice_of_a_check_that_is_well_is_worth_a_look() -> None:
    lines = list(of_services([*everybody(), answer("watcher", "host-2", what_to_do="Restart it.")]))
    assert [line.what_to_do for line in lines if line.state is State.LOOK] == ["Restart it."]


def test_every_red_line_says_what_to_do() -> None:
    silent = red(list(of_services([answer("watcher", ok=False)])))
    broken = [Facts(version=(2, 9, 0), version_text="nats-server 2.9.0"), WELL.model_copy(update={"stream": None})]
    lines = silent + [line for facts in broken for line in red(list(of_nats(facts)))]
    assert len(lines) == 1 + 3 + 2 + 1
    assert all(line.what_to_do for line in lines)


@pytest.mark.parametrize(
    ("stored_bytes", "state"), [(699, State.OK), (700, State.LOOK), (799, State.LOOK), (800, State.RED)]
)
def test_a_disk_that_fills_up_is_told_before_it_is_full(stored_bytes: int, state: State) -> None:
    filled = WELL.model_copy(update={"jetstream": JetStream(stored_bytes=stored_bytes, limit_bytes=1000)})
    assert states(filled)["disk"] is state


@pytest.mark.parametrize(
    ("missing", "named"),
    [({"durables": WELL.durables[1:]}, WELL.durables[0].name), ({"buckets": BUCKETS[1:]}, BUCKETS[0])],
)
def test_what_provision_did_not_make_is_named(missing: dict[str, object], named: str) -> None:
    (line,) = red(list(of_nats(WELL.model_copy(update=missing))))
    assert named in line.detail
    assert "postflow.provision" in line.what_to_do


def test_what_is_put_aside_is_worth_a_look_until_somebody_sees_to_it() -> None:
    assert states(WELL.model_copy(update={"parked": 2}))["parked"] is State.LOOK
    assert states(WELL)["parked"] is State.OK


def test_a_pause_is_worth_a_look_and_not_red() -> None:
    paused = Pauses(all=(Pause(route=None, by="ada", since=AT),))
    assert states(WELL.model_copy(update={"pauses": paused}))["pause"] is State.LOOK
