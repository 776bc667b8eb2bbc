"""Edge: exports the demo's movie into a folder, as an artist would. `python -m onehost.demo.exporter FOLDER`."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from onehost.demo.place import export

WATCHED = "UNDLM/EXPORTS"
"""The watch folder of the example rules."""
SHOT = "SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m onehost.demo.exporter", description=__doc__)
    parser.add_argument("volume", type=Path, help="where the watch folders are")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long the export takes (default: %(default)s)")
    given = parser.parse_args(arguments)
    movie = given.volume / WATCHED / SHOT
    print(f"exporting {movie} …", flush=True)
    try:
        asyncio.run(export(movie, given.seconds, lambda done, total: None))
    except OSError as error:
        print(f"cannot write {movie}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"exported {movie}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
