"""Pure: how Discord says no: a code, a tree of form errors, or how long to wait."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulators.discord.limits import Overflow, overflow_body, overflow_headers

UNKNOWN_CHANNEL = (404, 10003, "Unknown Channel")
UNKNOWN_MESSAGE = (404, 10008, "Unknown Message")
UNKNOWN_WEBHOOK = (404, 10015, "Unknown Webhook")
TOO_LARGE = (413, 40005, "Request entity too large")
BLOCKED_CLIENT = (403, 40333, "internal network error")
EMPTY_MESSAGE = (400, 50006, "Cannot send an empty message")
INVALID_TOKEN = (401, 50027, "Invalid Webhook Token")
INVALID_JSON = (400, 50109, "The request body contains invalid JSON.")
THREAD_NEEDED = (400, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id")
ONE_THREAD_ONLY = (400, 220002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id")
NO_FORUM = (400, 220003, "Webhooks can only create threads in forum channels")


@dataclass(frozen=True, slots=True)
class FormError:
    """One thing wrong in a form; `place` leads there, list positions included."""

    place: tuple[str | int, ...]
    code: str
    message: str


class Refused(Exception):
    """`violation` names the rule that the caller broke; None where a good client may meet this answer too."""

    def __init__(self, kind: tuple[int, int, str], *, violation: str | None = "malformed") -> None:
        self.status, self.code, self.message = kind
        self.violation = violation
        super().__init__(f"{self.code} {self.message}")

    def body(self) -> dict[str, Any]:
        return {"message": self.message, "code": self.code}

    def headers(self) -> dict[str, str]:
        return {}


class InvalidForm(Refused):
    def __init__(self, errors: Iterable[FormError]) -> None:
        super().__init__((400, 50035, "Invalid Form Body"))
        self.errors = tuple(errors)
        self.args = (str(self.tree()),)

    def tree(self) -> dict[str, Any]:
        """`errors.<path>._errors[]`, as Discord nests them."""
        tree: dict[str, Any] = {}
        for error in self.errors:
            branch = tree
            for part in error.place:
                branch = branch.setdefault(str(part), {})
            branch.setdefault("_errors", []).append({"code": error.code, "message": error.message})
        return tree

    def body(self) -> dict[str, Any]:
        return super().body() | {"errors": self.tree()}


class RateLimited(Refused):
    def __init__(self, overflow: Overflow, *, milliseconds: bool) -> None:
        super().__init__((429, overflow.code or 0, "You are being rate limited."), violation="rate_limited")
        self.overflow = overflow
        self._milliseconds = milliseconds

    def body(self) -> dict[str, Any]:
        return overflow_body(self.overflow, milliseconds=self._milliseconds)

    def headers(self) -> dict[str, str]:
        return overflow_headers(self.overflow, milliseconds=self._milliseconds)
