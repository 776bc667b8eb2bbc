"""Edge: answer questions about the mount, in a process of its own: `python -m watcher.apart.child ROOT`.

A call on a mount whose daemon hangs cannot be interrupted, only left behind with its process. A question is a line of
JSON on standard input, its kind first, the answer one on standard output; before it a line with a dot for each call
that came back, so that slow is told from hanging. It ends when its input does, and imports little, as it runs beside
the watcher all the time.
"""

import json
import signal
import sys
from collections.abc import Callable, Mapping
from typing import IO

from watcher.contents import reading
from watcher.guard import showing

ALIVE = b".\n"

ANSWERS: Mapping[str, Callable[..., object]] = {"contents": reading.answer, "guard": showing.answer}


def serve(root: str, questions: IO[bytes], answers: IO[bytes]) -> None:
    def alive() -> None:
        answers.write(ALIVE)
        answers.flush()

    for question in questions:
        kind, *arguments = json.loads(question)
        answer = ANSWERS[kind](root, alive, *arguments)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):  # meant for the watcher, which closes our input when it ends
        signal.signal(number, signal.SIG_IGN)
    serve(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
