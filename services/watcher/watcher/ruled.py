"""Pure: what the rules need of the other services: where files come from, and where all of them go."""

from collections.abc import Awaitable, Callable, Collection, Iterator

from postflow.questions import RulesAnswer, RulesQuestion, Target
from postflow.routing import Rules


def telling(
    rules: Callable[[], Rules], watch_folders: Callable[[], Awaitable[Collection[str]]]
) -> Callable[[RulesQuestion], Awaitable[RulesAnswer]]:
    """
    Args:
        watch_folders: those that are there, as the volume spells them.
    """

    async def answer(_: RulesQuestion) -> RulesAnswer:
        return RulesAnswer(watch_folders=tuple(await watch_folders()), targets=targets(rules()))

    return answer


def targets(rules: Rules) -> tuple[Target, ...]:
    """Each project and folder once, in the order of the rules."""
    shows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, project, folder in _ways(rules):
        sending = shows.setdefault((project, _fixed(folder)), [])
        if name not in sending:
            sending.append(name)
    return tuple(
        Target(project=project, folder=folder, shows=tuple(named)) for (project, folder), named in shows.items()
    )


def _ways(rules: Rules) -> Iterator[tuple[str, str, str]]:
    """Show, project and folder template."""
    for name, show in rules.shows.items():
        for way in (*show.routes, *((show.inbox,) if show.inbox else ())):
            yield name, way.project or show.project, way.folder


def _fixed(template: str) -> tuple[str, ...]:
    """The folders before the first whose name depends on the file."""
    fixed: list[str] = []
    for name in template.split("/") if template else ():
        if "{" in name:
            break
        fixed.append(name)
    return tuple(fixed)
