"""Edge: the pages of docs/, so that tests can hold their tables against the code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

Row = dict[str, str]


def tables(page: str) -> dict[str, list[Row]]:
    """The tables of a page by the heading above them; a row's cells by their column's heading."""
    found: dict[str, list[Row]] = {}
    heading, columns = "", list[str]()
    for line in (ROOT / page).read_text().splitlines():
        if line.startswith("#"):
            heading, columns = line.lstrip("# "), []
        elif not line.startswith("|"):
            columns = []
        elif not columns:
            columns = _cells(line)
        elif not set(line) <= set("|-: "):
            found.setdefault(heading, []).append(dict(zip(columns, _cells(line), strict=True)))
    return found


def names(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]+)`", cell)


def name(cell: str) -> str:
    (only,) = names(cell)
    return only


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
