"""Edge: the command `python -m simulators.cloudflared`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from simulators import commands, serving
from simulators.cloudflared import CloudflaredSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    return commands.run(_parser(), lambda said: CloudflaredSimulator(commands.settings(Settings, said)), argv)


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


if __name__ == "__main__":
    sys.exit(main())
