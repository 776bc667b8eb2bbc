"""Pure: what an operator has paused."""

from pydantic import AwareDatetime

from postflow.destination import Frozen

BUCKET = "switches"
KEY = "pauses"


class Pause(Frozen):
    """One thing that was paused.

    Attributes:
        route: a route of the rules, as `shots` in every show or `undlm/shots` in one; None is everything.
    """

    route: str | None
    by: str
    since: AwareDatetime

    def holds(self, show: str, route: str) -> bool:
        return self.route in (None, route, f"{show}/{route}")

    def __str__(self) -> str:
        what = "" if self.route is None else f" --route {self.route}"
        return f"paused by {self.by} since {self.since:%Y-%m-%d %H:%M} UTC; `postflow resume{what}` ends it"


class Pauses(Frozen):
    """A record in the bucket `switches`; only the console writes it."""

    all: tuple[Pause, ...] = ()

    def why(self, show: str, route: str) -> str | None:
        """Why a file of this route is not released now; None if it may be."""
        held = next((pause for pause in self.all if pause.holds(show, route)), None)
        return str(held) if held else None

    @property
    def what_to_do(self) -> str:
        """About whatever `why` says."""
        return "Resume first."

    @property
    def everything(self) -> Pause | None:
        return next((pause for pause in self.all if pause.route is None), None)

    def paused(self, pause: Pause) -> "Pauses":
        """The first pause of a thing stays: it says since when."""
        return self if any(each.route == pause.route for each in self.all) else Pauses(all=(*self.all, pause))

    def resumed(self, route: str | None) -> "Pauses":
        """Without a route everything goes on, also the routes that were paused one by one."""
        return Pauses(all=tuple(each for each in self.all if route is not None and each.route != route))
