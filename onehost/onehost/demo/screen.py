"""Edge: the terminal. With colours and bars for a person; plain lines where there is no terminal."""

import io
import re
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from rich.box import Box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.style import Style
from rich.table import Table
from rich.text import Text

from onehost.demo.card import Seen
from onehost.demo.story import Told, Tone, duration
from onehost.demo.trace import Row
from postflow.logs import without_secrets
from postflow.wording import size

PLAIN_WIDTH = 110
WIDEST_CARD = 92
INDENT = 12
TRACE_BAR = 24
TOOK = 8
"""Columns for a duration."""
QUARTERS = 4
"""How often a plain screen speaks of one bar."""

_ADDRESS = re.compile(r"https?://\S+")
_SIDE_BAR = Box("▌   \n" * 8)
_TONES = {Tone.PLAIN: "", Tone.GOOD: "green", Tone.BAD: "bold red"}


class Screen:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="replace")  # where the locale knows no more than ASCII
        self.is_terminal = out.isatty()
        width = None if self.is_terminal else PLAIN_WIDTH
        self._console = Console(
            file=out, force_terminal=self.is_terminal, width=width, highlight=False, soft_wrap=not self.is_terminal
        )
        self._bars = _bars(self._console) if self.is_terminal else None
        self._tasks: dict[str, TaskID] = {}
        self._quarters: dict[str, int] = {}

    def say(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(_clean(text), style))

    def heading(self, text: str) -> None:
        self._console.print()
        self._console.print(Text(f"── {_clean(text)} ──", "bold"))

    def fact(self, label: str, text: str) -> None:
        self._line(f"{label:<20}", "dim", text, "")

    def told(self, at_s: float | None, told: Told) -> None:
        """One line of a file's story, `at_s` seconds after its beginning; None for what is about no file."""
        when = " " * 10 if at_s is None else f"{at_s:>8.1f} s"
        self._line(f"{when}  {told.step:<10} ", "cyan", told.text, _TONES[told.tone])

    def bar(self, key: str, at_s: float, step: str, name: str, done: int, total: int) -> None:
        """Show how far something has come, until `bar_over`."""
        if self._bars is None:
            self._quarter(key, at_s, step, name, done, total)
            return
        if key not in self._tasks:
            self._tasks[key] = self._bars.add_task("", total=max(total, 1), step=step, sizes="")
            self._bars.start()
        sizes = _clean(f"{size(done)} of {size(total)}  {name.rstrip(': ')}")
        self._bars.update(self._tasks[key], completed=done, total=max(total, 1), sizes=sizes, refresh=True)

    def bar_over(self, key: str) -> None:
        self._quarters.pop(key, None)
        if self._bars is not None and key in self._tasks:
            self._bars.remove_task(self._tasks.pop(key))
            if not self._tasks:
                self.close()

    def card(self, seen: Seen) -> None:
        """A card as Discord shows it."""
        facts = Table.grid(padding=(0, 2))
        facts.add_column(style="dim", no_wrap=True)
        facts.add_column(overflow="fold")
        for label, text in (*seen.facts, *((f"[{label}]", url) for label, url in seen.buttons)):
            facts.add_row(Text(_clean(label)), _linked(_clean(text)))
        words = Table.grid()
        for text, style in ((seen.title, "bold"), (seen.says, "")):
            if text:
                words.add_row(Text(_clean(text), style))
        words.add_row(facts)
        width = min(self._console.width - INDENT - 1, WIDEST_CARD)
        panel = Panel(words, box=_SIDE_BAR, border_style=f"#{seen.colour:06x}", width=max(width, 40))
        self._block(panel)

    def trace(self, rows: Sequence[Row]) -> None:
        """A trace as a tree: name, service, duration, and when each span was, if there is room for that."""
        has_room = self._console.width >= INDENT + WIDEST_CARD
        services = max((len(row.span.service) for row in rows), default=0)
        others = INDENT + services + TOOK + 4 + (TRACE_BAR + 2 if has_room else 0)
        table = Table.grid(padding=(0, 2))
        table.add_column(overflow="ellipsis", no_wrap=True, max_width=max(self._console.width - others, 20))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right", no_wrap=True, min_width=TOOK)
        for row in rows:
            name = Text(row.guide, "dim")
            name.append(_clean(row.span.name), "red" if row.span.failed else "bold" if not row.guide else "default")
            cells = [name, Text(row.span.service), Text(duration(row.span.seconds))]
            table.add_row(*cells, *([_time_bar(row)] if has_room else []))
        self._block(table)

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._bars is not None:
            self._bars.stop()

    def _block(self, block: RenderableType) -> None:
        """Something of several lines, below the texts; where nobody sees it, without blanks at their ends."""
        placed = Padding(block, (0, 0, 0, INDENT), expand=False)
        if self.is_terminal:
            self._console.print(placed)
            return
        with self._console.capture() as drawn:
            self._console.print(placed, soft_wrap=False)
        for line in drawn.get().splitlines():
            self._console.print(Text(line.rstrip()))

    def _line(self, label: str, label_style: str, text: str, style: str) -> None:
        """A label and a text, which is wrapped below itself where somebody sees it."""
        if not self.is_terminal:
            self._console.print(Text(label + _clean(text)))
            return
        line = Table.grid()
        line.add_column(style=label_style, no_wrap=True)
        line.add_column(style=style, overflow="fold")
        line.add_row(Text(label), _linked(_clean(text)))
        self._console.print(line)

    def _quarter(self, key: str, at_s: float, step: str, name: str, done: int, total: int) -> None:
        quarter = QUARTERS * done // max(total, 1)
        if self._quarters.get(key, 0) < quarter < QUARTERS:
            self._quarters[key] = quarter
            self.told(at_s, Told(step, f"{name}{100 * done // max(total, 1):3d} %  {size(done)} of {size(total)}"))


def _bars(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.fields[step]:>18}", style="cyan", markup=False),
        BarColumn(bar_width=40),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[sizes]}", markup=False),
        console=console,
        transient=True,
    )


def _linked(text: str) -> Text:
    """An address can be opened with a click where the terminal knows how, also one that is wrapped."""
    linked = Text(text)
    for found in _ADDRESS.finditer(text):
        linked.stylize(Style(link=found[0]), *found.span())
    return linked


def _time_bar(row: Row) -> Text:
    """Where on the whole of the trace a span lies; the shortest is still to be seen."""
    start = min(int(row.begins * TRACE_BAR), TRACE_BAR - 1)
    length = max(1, min(round(row.takes * TRACE_BAR), TRACE_BAR - start))
    return Text("·" * start, "dim") + Text("━" * length, "cyan") + Text("·" * (TRACE_BAR - start - length), "dim")


def _clean(text: str) -> str:
    """No signed address, and no character that a terminal would obey: a file's name may hold any."""
    return "".join(_printable(without_secrets(text)))


def _printable(text: str) -> Iterable[str]:
    return (character if character.isprintable() or character == "\n" else "\ufffd" for character in text)
