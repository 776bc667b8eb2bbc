"""docs/telemetry.md, held against the attributes, the spans and the metrics in the code."""

import ast
import re
from collections.abc import Iterator

from postflow import attributes
from tests import documents, sources
from tests.documents import name, names
from tests.sources import Module

PAGE = documents.tables("docs/telemetry.md")
MODULES = sources.read(documents.ROOT).modules

SPAN_METHODS = {"stage", "step", "past", "root"}
METRICS = {"Counter", "Gauge", "Histogram", "Summary"}


def constants() -> dict[str, str]:
    return {key: value for key, value in vars(attributes).items() if key.isupper()}


def calls(module: Module, called: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function)) if function in called:
                yield node


def template(text: ast.expr) -> str | None:
    """A text with `<>` for each part that is filled in; None if it is not written there."""
    match text:
        case ast.Constant(value=str(value)):
            return value
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "<>" for part in parts)
        case _:
            return None


def test_every_attribute_is_on_the_page_and_nothing_else() -> None:
    assert [name(row["attribute"]) for row in PAGE["Attributes"]] == list(constants().values())


def test_every_attribute_is_set_somewhere() -> None:
    used = {
        node.attr
        for module in MODULES.values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "attributes"
    }
    assert set(constants()) - used == set()


def test_no_attribute_is_spelled_out_where_it_is_set() -> None:
    spelled = [
        f"{module.name}:{node.lineno}"
        for module in MODULES.values()
        if module.name != "postflow.attributes"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and node.value in constants().values()
    ]
    assert spelled == []


def test_every_span_that_is_named_in_the_code_is_on_the_page() -> None:
    told = {re.sub(r"<[^>]*>", "<>", name(row["span"])) for row in PAGE["Spans"]}
    started = {
        template(call.args[0])
        for module in MODULES.values()
        if module.name.startswith(("postflow", "watcher", "fileserver", "uploader", "notifier"))
        for call in calls(module, SPAN_METHODS)
        if call.args
    }
    assert started - {None} <= told


def test_every_span_on_the_page_is_named_in_its_service() -> None:
    for row in PAGE["Spans"]:
        package = row["service"] if row["service"].isalpha() and row["service"] != "any" else "postflow"
        wanted = re.sub(r"<[^>]*>", "<>", name(row["span"]))
        written = {
            template(node)
            for module in MODULES.values()
            if module.name.partition(".")[0] == package
            for node in ast.walk(module.tree)
            if isinstance(node, ast.expr)
        }
        assert wanted in written, f"{package} names no span {wanted}"


def test_every_metric_is_on_the_page_with_its_labels() -> None:
    told = {name(row["metric"]): names(row["labels"]) for row in PAGE["Logs and metrics"]}
    assert told == {
        str(template(call.args[0])): [str(template(label)) for label in _labels(call)]
        for module in MODULES.values()
        if "prometheus_client" in {imported.module for imported in module.imports()}
        for call in calls(module, METRICS)
    }


def _labels(call: ast.Call) -> list[ast.expr]:
    match call.args[2:]:
        case [ast.List(elts=labels), *_]:
            return labels
        case _:
            return []
