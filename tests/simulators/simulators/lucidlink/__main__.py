"""Edge: the command `python -m simulators.lucidlink`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from simulators import commands, serving
from simulators.lucidlink import LucidlinkSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    return commands.run(_parser(), lambda said: LucidlinkSimulator(commands.settings(Settings, said)), argv)


def _parser() -> ArgumentParser:
    parser = serving.command("python -m simulators.lucidlink", "The local service of LucidLink's daemon.")
    parser.add_argument("--filespace", metavar="NAME", help="the one that is linked (film.studio)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
