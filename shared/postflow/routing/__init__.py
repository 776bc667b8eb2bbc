"""Pure: which files count, what their names mean and where they go, as `postflow.toml` says it.

`docs/rules.md` is the file format in words.
"""

from postflow.routing.in_force import InForce
from postflow.routing.problems import Problem, RulesError
from postflow.routing.reading import load_rules, read_rules
from postflow.routing.renewing import NO_RULES, Renewed, renewed
from postflow.routing.route import Rejected, Routed, route
from postflow.routing.rules import (
    WHOLE_FILESPACE,
    Channel,
    Inbox,
    Lookup,
    Pattern,
    Route,
    Rules,
    Show,
    WatchFolder,
)
from postflow.routing.sequences import sequence_of
from postflow.routing.spelling import folded
from postflow.routing.watched import Unwatched, Watched, takes, watched

__all__ = [
    "NO_RULES",
    "WHOLE_FILESPACE",
    "Channel",
    "InForce",
    "Inbox",
    "Lookup",
    "Pattern",
    "Problem",
    "Rejected",
    "Renewed",
    "Route",
    "Routed",
    "Rules",
    "RulesError",
    "Show",
    "Unwatched",
    "WatchFolder",
    "Watched",
    "folded",
    "load_rules",
    "read_rules",
    "renewed",
    "route",
    "sequence_of",
    "takes",
    "watched",
]
