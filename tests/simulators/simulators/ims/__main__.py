"""Edge: the command `python -m simulators.ims`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from simulators import commands, serving
from simulators.ims import ImsSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    return commands.run(_parser(), lambda said: ImsSimulator(commands.settings(Settings, said)), argv)


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


if __name__ == "__main__":
    sys.exit(main())
