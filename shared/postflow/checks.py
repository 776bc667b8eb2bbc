"""Pure: what a part of a service says of itself, and the question that every instance answers: how are you?"""

from dataclasses import dataclass

from postflow.destination import Frozen


@dataclass(frozen=True, slots=True)
class Check:
    """What one part says of itself. `what_to_do` is empty when all is well.

    Attributes:
        starting: not well yet, and nobody need do anything: it only takes its time.
    """

    ok: bool
    detail: str
    what_to_do: str = ""
    starting: bool = False


def ask_checks(service: str) -> str:
    return f"postflow.ask.{service}.checks"


class ChecksQuestion(Frozen):
    """What do you say of yourself?"""


class CheckAnswer(Frozen):
    """One part of a service: its name, and what its `Check` says."""

    name: str
    ok: bool
    detail: str
    what_to_do: str = ""
    starting: bool = False


class ChecksAnswer(Frozen):
    """All of `/readyz`.

    Attributes:
        instance: host and process, so that replicas can be told apart.
    """

    service: str
    instance: str
    checks: tuple[CheckAnswer, ...]
