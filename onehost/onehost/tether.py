"""Edge: what a child runs first on Linux: tie its life to its parent's, then become the program it is named after.

Run as a file, by an interpreter without site packages: `tether.py <pid of the parent> <program> <arguments…>`.
The kernel keeps the tie across the exec, and a parent that is killed can do nothing for its children any more.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From `linux/prctl.h`: which signal the kernel sends when the parent ends."""

EXIT_NO_PROGRAM = 127
"""What shells answer when there is no such program."""


def main(parent: int, program: list[str]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the tie was made
        sys.exit(EXIT_NO_PROGRAM)
    try:
        os.execvp(program[0], program)
    except OSError as error:
        print(f"cannot start {program[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(EXIT_NO_PROGRAM)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
