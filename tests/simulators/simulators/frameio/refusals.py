"""Pure: how Frame.io says no: the envelope of errors, with a pointer to what is wrong."""

import json
from typing import Any

_DETAILS = {
    400: "Bad request",
    401: "Unauthorized",
    402: "Payment required",
    403: "Forbidden",
    404: "Not found",
    409: "Conflict",
    422: "Unprocessable content",
    429: "Too many requests",
}


class Refused(Exception):
    """A call that is answered by an error.

    `violation` names the rule that the caller broke; None where a good client may meet this answer too.
    """

    def __init__(
        self, status: int, errors: list[dict[str, Any]] | None = None, *, violation: str | None = None
    ) -> None:
        self.status = status
        self.errors = errors or [{"detail": _DETAILS.get(status, "Error")}]
        self.violation = violation
        super().__init__(json.dumps(self.errors))

    def body(self) -> dict[str, Any]:
        return {"errors": self.errors}


def malformed(detail: str, pointer: str, status: int = 422) -> Refused:
    return Refused(status, [problem(detail, pointer)], violation="malformed")


def problem(detail: str, pointer: str) -> dict[str, Any]:
    return {"title": "Invalid value", "detail": detail, "source": {"pointer": pointer}}
