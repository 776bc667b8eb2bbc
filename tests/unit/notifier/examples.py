"""Pure: the messages that only the notifier reads, for its tests."""

from datetime import timedelta

from postflow.messages import Condition, FilePlayable, FileRejected, FileSuperseded, FileWaiting, Parked
from tests.examples import AT, about_file


def playable(**changed: object) -> FilePlayable:
    told = {"asset_id": "a1", "view_url": "https://next.frame.io/project/p1/view/a1"}
    return FilePlayable.model_validate(about_file(**(told | changed)))


def superseded(**changed: object) -> FileSuperseded:
    return FileSuperseded.model_validate(about_file(**({"why": "it was written again"} | changed)))


def rejected(**changed: object) -> FileRejected:
    told = {"why": "the name has no version", "expected": "SQ01_UNDLM_00003_v001.mov", "attempt": 0}
    return FileRejected.model_validate(about_file(**(told | changed)))


def waiting(**changed: object) -> FileWaiting:
    told = {"waiting_for": "the upload from another machine", "attempt": 0, "at": AT + timedelta(minutes=12)}
    return FileWaiting.model_validate(about_file(**(told | changed)))


def parked(**changed: object) -> Parked:
    told: dict[str, object] = {
        "durable": "watcher",
        "sequence": 7,
        "original_subject": "postflow.file.delivered.abc",
        "code": "MALFORMED_MESSAGE",
        "why": "it cannot be read",
        "what_to_do": "Update every service.",
        "at": AT,
    }
    return Parked.model_validate(told | changed)


def condition(state: str = "raised", **changed: object) -> Condition:
    told: dict[str, object] = {
        "name": "tunnel-down",
        "instance": "one",
        "state": state,
        "what": "the tunnel does not answer",
        "what_to_do": "Look at cloudflared.",
        "since": AT,
        "at": AT,
    }
    return Condition.model_validate(told | changed)
