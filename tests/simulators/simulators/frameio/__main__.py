"""Edge: the command `python -m simulators.frameio`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from simulators import commands, serving
from simulators.frameio import FrameioSimulator, Settings


def main(argv: Sequence[str] | None = None) -> int:
    return commands.run(_parser(), lambda said: FrameioSimulator(commands.settings(Settings, said)), argv)


def _parser() -> ArgumentParser:
    parser = serving.command("python -m simulators.frameio", "A Frame.io V4 that keeps what it is given.")
    add = parser.add_argument
    add("--project", action="append", dest="projects", metavar="NAME", help="a project there is (repeatable)")
    add("--token", action="append", dest="tokens", metavar="TOKEN", help="a bearer that is taken (repeatable)")
    add("--ims", dest="ims_url", metavar="URL", help="a simulated IMS whose access tokens are taken too")
    add("--view-base", metavar="URL", help="start of every view_url; `here`: this simulator")
    add("--allow-http-source", action="store_true", help="fetch http and any port, not only https on 443")
    add("--fetch-delay", type=float, dest="fetch_delay_s", metavar="SECONDS", help="from the 202 to the fetch")
    add("--fetch-rate", type=float, dest="fetch_bytes_per_s", metavar="BYTES_PER_S", help="slow every fetch down")
    add("--head-first", action="store_true", help="HEAD before the GET")
    add("--part-bytes", type=int, metavar="N", help="fetch in ranges of this size")
    add("--parts-at-once", type=int, metavar="N", help="so many ranges at a time")
    add("--uploaded-after", type=float, dest="uploaded_after_s", metavar="SECONDS", help="last byte to uploaded")
    add("--transcoded-after", type=float, dest="transcoded_after_s", metavar="SECONDS", help="on to transcoded")
    add("--early-size", action="store_true", help="the 202 carries the size")
    add("--early-media-type", action="store_true", help="the 202 carries the media type")
    add("--refuse-duplicates", action="store_true", help="409 for a name the folder already has")
    add("--error-answer", choices=["store", "fail"], help="what an error answer of the source becomes")
    add("--truncated", choices=["fail", "store"], help="what a transfer cut short becomes")
    add("--limit-scale", type=float, metavar="FACTOR", help="every rate limit times this")
    return parser


if __name__ == "__main__":
    sys.exit(main())
