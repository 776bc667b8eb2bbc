"""Edge: exports the demo's movie into a folder, as an artist would. `python -m onehost.demo.exporter FOLDER`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

WATCHED = "UNDLM/EXPORTS"
"""The watch folder of the example rules."""
SHOT = f"{WATCHED}/SQ01/UNDLM_00003/SQ01_UNDLM_00003_v001.mov"

CLIP = Path(__file__).parent / "clip.mov"
PIECES = 24


async def export(target: Path, seconds: float, tell: Callable[[int, int], None]) -> None:
    """Write the clip piece by piece to its final name, as an export does, and tell after each how far it is."""
    content = CLIP.read_bytes()
    piece = -(-len(content) // PIECES)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb", buffering=0) as movie:
        for start in range(0, len(content), piece):
            await asyncio.sleep(seconds / PIECES)
            movie.write(content[start : start + piece])
            tell(min(start + piece, len(content)), len(content))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m onehost.demo.exporter", description=__doc__)
    parser.add_argument("volume", type=Path, help="where the watch folders are")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long the export takes (default: %(default)s)")
    given = parser.parse_args(arguments)
    movie = given.volume / SHOT
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
