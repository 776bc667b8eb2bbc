"""Edge: Python as a user who may not read what is closed to them, whoever runs the tests."""

import sys

_WITHOUT_THE_RIGHTS_OF_ROOT = """
import ctypes, os, sys

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
if os.getuid() == 0:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "cannot give up the rights of root")
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def python(*arguments: str) -> list[str]:
    """`python *arguments`, to which the modes of files mean something: 0 is closed, also to root."""
    return [sys.executable, "-c", _WITHOUT_THE_RIGHTS_OF_ROOT, *arguments]
