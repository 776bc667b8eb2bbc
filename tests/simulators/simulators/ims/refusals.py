"""Pure: how IMS says no."""


class Refused(Exception):
    """`violation` names the rule that the caller broke; None where a good client may meet this answer too."""

    def __init__(self, error: str, description: str, *, status: int = 400, violation: str | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
        self.violation = violation

    def body(self) -> dict[str, str]:
        return {"error": self.error, "error_description": self.description}
