"""Edge: one line that a person pastes, however long. A terminal alone gives no more than it keeps of a line: 4095 bytes
on Linux, 1024 on a Mac, and it says of nothing that it cut the rest off."""

import os
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

ERASE = ("\x7f", "\b")
ERASE_ALL = "\x15"
END_OF_FILE = "\x04"

TRIES = 5
PASTED_WRONG = frozenset({"LOGIN_STATE_WRONG", "LOGIN_INCOMPLETE", "LOGIN_REDIRECT_MISMATCH"})
"""Refusals that leave the sign-in under way: the right address may still be pasted."""


def pasted(prompt: str) -> str:
    """What was pasted, up to the end of the line. Raises EOFError, KeyboardInterrupt."""
    print(prompt, end="", flush=True)
    if not sys.stdin.isatty():
        return piped()
    with _by_character(sys.stdin.fileno()):
        return _typed(sys.stdin.fileno())


def piped() -> str:
    """The first line of standard input. Raises EOFError if there is none."""
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")


@contextmanager
def _by_character(terminal: int) -> Iterator[None]:
    """Ctrl-C still interrupts."""
    before = termios.tcgetattr(terminal)
    now = termios.tcgetattr(terminal)
    now[3] &= ~(termios.ICANON | termios.ECHO)
    now[6][termios.VMIN], now[6][termios.VTIME] = 1, 0
    termios.tcsetattr(terminal, termios.TCSADRAIN, now)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        print(flush=True)


def _typed(terminal: int) -> str:
    line: list[str] = []
    while True:
        held = os.read(terminal, 4096)
        if not held:
            raise EOFError
        for character in held.decode(errors="replace"):
            if character in "\r\n":
                return "".join(line)
            if character == END_OF_FILE and not line:
                raise EOFError
            _take(line, character)


def _take(line: list[str], character: str) -> None:
    """Do with the line, and show, what a terminal would."""
    if character in ERASE or character == ERASE_ALL:
        gone = len(line) if character == ERASE_ALL else min(len(line), 1)
        del line[len(line) - gone :]
        print("\b \b" * gone, end="", flush=True)
    elif character.isprintable():
        line.append(character)
        print(character, end="", flush=True)
