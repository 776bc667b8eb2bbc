"""Edge: the command `python -m simulators.cloudflared`."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from pydantic import ValidationError

from simulators import serving
from simulators.cloudflared import CloudflaredSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        simulator = CloudflaredSimulator(_settings(arguments))
    except ValidationError as error:
        parser.error(str(error))
    return serving.serve(simulator.app, host=arguments.host, port=arguments.port)


def _parser() -> ArgumentParser:
    parser = serving.command("python -m simulators.cloudflared", "A tunnel's metrics port and its public front.")
    add = parser.add_argument
    add("--origin", metavar="URL", help="what the tunnel leads to (http://127.0.0.1:8080)")
    add("--answers-after", type=float, dest="answers_after_s", metavar="SECONDS", help="metrics port closed (0.2)")
    add("--linked-after", type=float, dest="linked_after_s", metavar="SECONDS", help="then, without a link (1.5)")
    add("--named", metavar="NAME", help="a named tunnel instead of a quick one")
    add("--rule", action="append", dest="rules", metavar="HOST", help="a host name it serves (repeatable)")
    add("--front", metavar="URL", help="base address of the front, if not the one the asker used")
    return parser


def _settings(arguments: Namespace) -> Settings:
    """What was not said on the command line keeps the default of Settings."""
    said = {name: value for name, value in vars(arguments).items() if value is not None}
    return Settings.model_validate({name: said[name] for name in said.keys() & Settings.model_fields.keys()})


if __name__ == "__main__":
    sys.exit(main())
