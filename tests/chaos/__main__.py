"""Edge: one run, or several one after the other: `python -m tests.chaos --seed 7 --films 300 --over 600`."""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.chaos.plan import Absence, drawn
from tests.chaos.site import carried_out


def main(arguments: Sequence[str]) -> int:
    asked = _asked(arguments)
    for number in range(asked.runs):
        seed = asked.seed + number if asked.seed is not None else secrets.randbelow(1_000_000)
        print(f"seed {seed}: {asked.films} films over {asked.over:.0f} s", flush=True)
        began_s = time.monotonic()
        wrong = asyncio.run(_once(seed, asked))
        print("\n".join(wrong), flush=True)
        verdict = "the books balance" if not wrong else f"{len(wrong)} promises broken"
        print(f"seed {seed}: {verdict}, after {time.monotonic() - began_s:.0f} s", flush=True)
        if wrong:
            return 1
    return 0


async def _once(seed: int, asked: argparse.Namespace) -> list[str]:
    plan = drawn(seed, films=asked.films, over_s=asked.over, slow=asked.slow)
    if asked.without_nats:
        plan = replace(plan, absence=Absence(asked.over / 2, asked.without_nats))
    folder = Path(asked.keep or tempfile.mkdtemp(prefix="postflow-chaos-")) / str(seed)
    print(f"logs: {folder}", flush=True)
    return await carried_out(plan, folder, settle_s=asked.settle, say=lambda line: print(line, flush=True))


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the first run; the next runs count up. None: a random one each")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--films", type=int, default=300)
    parser.add_argument("--over", type=float, default=480.0, help="seconds within which all of it begins")
    parser.add_argument("--settle", type=float, default=900.0, help="seconds after that until all must be well")
    parser.add_argument("--slow", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument(
        "--without-nats", type=float, default=0.0, help="seconds that NATS is away for, from the middle on"
    )
    parser.add_argument("--keep", help="a folder for volumes and logs")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
