"""Edge: a page for people, on standard output."""

import sys

from rich.console import Console
from rich.table import Table

PIPED_WIDTH = 200


def terminal() -> Console:
    """Names of files are no markup; a pipe is not cut at the width of a terminal that is not there."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, markup=False, emoji=False, highlight=False)


def titled(*columns: str) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
