"""Edge: what the commands of the simulators have in common: they read options, and serve until they are told to end."""

from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp

from simulators import serving

M = TypeVar("M", bound=BaseModel)


class Simulator(Protocol):
    @property
    def app(self) -> ASGIApp: ...


def run(
    parser: ArgumentParser, simulator: Callable[[Mapping[str, Any]], Simulator], argv: Sequence[str] | None = None
) -> int:
    """Serve the simulator of the options that were said. Returns the exit code; a wrong option ends the process.

    Args:
        simulator: made from the options by name; those that were not said are left out.
    """
    arguments = parser.parse_args(argv)
    try:
        made = simulator({name: value for name, value in vars(arguments).items() if value is not None})
    except ValidationError as error:
        parser.error(str(error))
    return serving.serve(made.app, host=arguments.host, port=arguments.port)


def settings(kind: type[M], said: Mapping[str, Any]) -> M:
    """What was not said keeps its default; options that are no setting are passed over."""
    return kind.model_validate({name: said[name] for name in said.keys() & kind.model_fields.keys()})
