"""Edge: the command `python -m simulators.ims`."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from pydantic import ValidationError

from simulators import serving
from simulators.ims import ImsSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        simulator = ImsSimulator(_settings(arguments))
    except ValidationError as error:
        parser.error(str(error))
    return serving.serve(simulator.app, host=arguments.host, port=arguments.port)


def _parser() -> ArgumentParser:
    parser = serving.command("python -m simulators.ims", "An Adobe IMS with one application.")
    add = parser.add_argument
    add("--client-id", metavar="ID", help="of the application (simulated-client)")
    add("--client-secret", metavar="SECRET", help="of the application (simulated-secret)")
    add("--redirect-uri", action="append", dest="redirect_uris", metavar="URL", help="that is registered (repeatable)")
    add("--expires-in", type=int, dest="expires_in_s", metavar="SECONDS", help="life of an access token (86399)")
    add("--refresh-expires-in", type=int, dest="refresh_expires_in_s", metavar="SECONDS", help="of a refresh token")
    add("--grace", type=float, dest="grace_s", metavar="SECONDS", help="a rotated refresh token is taken again (0)")
    add("--kill-family", action="store_true", help="a used refresh token kills all that came of its login")
    return parser


def _settings(arguments: Namespace) -> Settings:
    """What was not said on the command line keeps the default of Settings."""
    said = {name: value for name, value in vars(arguments).items() if value is not None}
    return Settings.model_validate({name: said[name] for name in said.keys() & Settings.model_fields.keys()})


if __name__ == "__main__":
    sys.exit(main())
