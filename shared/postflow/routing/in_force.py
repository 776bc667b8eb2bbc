"""Pure: the rules in force, in one place. They may be others at the next question: nobody keeps the answer."""

from postflow.routing.rules import Rules


class InForce:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def __call__(self) -> Rules:
        return self._rules

    def put(self, rules: Rules) -> None:
        """From now on these."""
        self._rules = rules
