"""Edge: the command `python -m simulators.ngrok`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from simulators import commands, serving
from simulators.ngrok import NgrokSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    return commands.run(_parser(), lambda said: NgrokSimulator(commands.settings(Settings, said)), argv)


def _parser() -> ArgumentParser:
    parser = serving.command("python -m simulators.ngrok", "ngrok's agent with its web interface, and its front.")
    add = parser.add_argument
    add("--origin", metavar="URL", help="what it leads to (http://127.0.0.1:8080)")
    add("--answers-after", type=float, dest="answers_after_s", metavar="SECONDS", help="web interface closed (0.2)")
    add("--online-after", type=float, dest="online_after_s", metavar="SECONDS", help="then, without a session (1)")
    add("--month-bytes", type=int, dest="most_bytes", metavar="BYTES", help="what its plan carries (1,000,000,000)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
