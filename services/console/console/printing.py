"""Edge: a page for people, on standard output."""

import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from postflow.printable import printable

PIPED_WIDTH = 200


class _Page(Console):
    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(printable(text, "\n\t"), **how)


def terminal() -> Console:
    """Names of files are no markup; a pipe is not cut at the width of a terminal that is not there."""
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return _Page(width=width, markup=False, emoji=False, highlight=False)


def titled(*columns: str) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
