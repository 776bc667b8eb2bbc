"""Pure: one trace as a small page: its spans as a tree, each with its share of the time."""

from collections.abc import Iterator
from html import escape
from typing import Any

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Trace {trace_id}</title>
<style>body{{font:14px/1.6 system-ui,sans-serif;margin:2rem}}table{{border-collapse:collapse;width:100%}}
td,th{{padding:.15rem .6rem;text-align:left;white-space:nowrap}}td.time{{width:50%}}
tr:nth-child(even){{background:#f6f6f8}}
.bar{{position:relative;height:.7rem;background:#e8e8ee}}
.bar i{{position:absolute;height:100%;min-width:2px;background:#5b7fff}}
.error i{{background:#d33}}summary{{cursor:pointer}}pre{{white-space:pre-wrap;color:#555;margin:0}}</style></head>
<body><h1>One file, one trace</h1><p><code>{trace_id}</code> &middot; {count} spans &middot; {whole}</p>
<table><tr><th>Span</th><th>Service</th><th>Took</th><th>When</th></tr>{rows}</table></body></html>
"""
_ROW = """<tr class="{status}"><td style="padding-left:{indent}rem"><details><summary>{name}</summary><pre>{facts}</pre>
</details></td><td>{service}</td><td>{took}</td><td class="time"><div class="bar">
<i style="left:{left:.2f}%;width:{width:.2f}%"></i></div></td></tr>"""


def trace_page(trace_id: str, spans: list[dict[str, Any]]) -> str:
    """`spans` are flat ones, at least one."""
    start = min(span["start_unix_ns"] for span in spans)
    end = max(span["end_unix_ns"] for span in spans)
    rows = "".join(_row(span, depth, start, max(1, end - start)) for span, depth in as_tree(spans))
    return _PAGE.format(trace_id=escape(trace_id), count=len(spans), whole=duration(end - start), rows=rows)


def as_tree(spans: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """Each span with its depth, children below their parents in order of start; an absent parent makes a root."""
    known = {span["span_id"] for span in spans}
    children: dict[str | None, list[dict[str, Any]]] = {}
    for span in sorted(spans, key=lambda one: one["start_unix_ns"]):
        parent = span["parent_span_id"]
        children.setdefault(parent if parent in known and parent != span["span_id"] else None, []).append(span)

    waiting = [(root, 0) for root in reversed(children.pop(None, []))]
    while waiting:
        span, depth = waiting.pop()
        yield span, depth
        waiting += [(child, depth + 1) for child in reversed(children.pop(span["span_id"], []))]


def duration(nanoseconds: int) -> str:
    seconds = nanoseconds / 1e9
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.2f} ms"


def _row(span: dict[str, Any], depth: int, start: int, whole: int) -> str:
    facts = "\n".join(f"{name} = {value}" for name, value in sorted(span["attributes"].items()))
    return _ROW.format(
        status="error" if span["status"]["code"] == "error" else "",
        indent=0.6 + 1.2 * depth,
        name=escape(span["name"]),
        facts=escape(facts or "no attributes"),
        service=escape(span["service"]),
        took=duration(span["end_unix_ns"] - span["start_unix_ns"]),
        left=100 * (span["start_unix_ns"] - start) / whole,
        width=100 * (span["end_unix_ns"] - span["start_unix_ns"]) / whole,
    )
