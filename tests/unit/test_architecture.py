"""The direction of the design, held against the source; and each rule shown to fail on a tree that breaks it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import architecture, sources
from tests.sources import Sources

ROOT = Path(__file__).resolve().parent.parent.parent

Rule = Callable[[Sources], list[str]]

PROJECT = """\
[project]
name = "{distribution}"
dependencies = {dependencies}
[tool.flit.module]
name = "{name}"
"""

FOLDERS = {
    "postflow": "shared",
    "watcher": "services/watcher",
    "notifier": "services/notifier",
    "simulators": "tests/simulators",
    "onehost": "onehost",
}


@pytest.fixture(scope="module")
def product() -> Sources:
    return sources.read(ROOT)


def tree(root: Path, modules: dict[str, str], **dependencies: list[str]) -> Sources:
    """Write packages of which each module is given as `package/module.py`, and read them."""
    for name, folder in FOLDERS.items():
        (root / folder / name).mkdir(parents=True)
        (root / folder / name / "__init__.py").write_text("")
        distribution = "postflow" if name == "postflow" else f"postflow-{name}"
        project = PROJECT.format(name=name, distribution=distribution, dependencies=dependencies.get(name, []))
        (root / folder / "pyproject.toml").write_text(project)
    for place, text in modules.items():
        path = root / FOLDERS[place.partition("/")[0]] / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return sources.read(root)


def test_every_package_is_looked_at(product: Sources) -> None:
    projects = [path for depth in ("*", "*/*") for path in ROOT.glob(f"{depth}/pyproject.toml")]
    assert {package.folder for package in product.packages.values()} == {path.parent for path in projects}
    assert all(package.modules for package in product.packages.values())


@pytest.mark.parametrize(
    "rule",
    [
        architecture.wrong_directions,
        architecture.impure,
        architecture.unlabelled,
        architecture.too_long,
        architecture.wrongly_declared,
    ],
)
def test_the_product_keeps_the_rule(product: Sources, rule: Rule) -> None:
    assert rule(product) == []


@pytest.mark.parametrize(
    ("place", "text", "breach"),
    [
        pytest.param("watcher/a.py", "import notifier.b", "watcher.a imports notifier", id="a-service-another"),
        pytest.param("watcher/a.py", "from notifier import b", "watcher.a imports notifier", id="from-a-service"),
        pytest.param(
            "watcher/a.py", "def f():\n    import notifier", "watcher.a imports notifier", id="inside-a-function"
        ),
        pytest.param("postflow/a.py", "import watcher", "postflow.a imports watcher", id="shared-a-service"),
        pytest.param("postflow/a.py", "import simulators", "postflow.a imports simulators", id="shared-simulators"),
        pytest.param("postflow/a.py", "import onehost", "postflow.a imports onehost", id="shared-onehost"),
        pytest.param("simulators/a.py", "import postflow", "simulators.a imports postflow", id="simulators-shared"),
        pytest.param("simulators/a.py", "import watcher", "simulators.a imports watcher", id="simulators-a-service"),
        pytest.param("onehost/a.py", "import watcher", "onehost.a imports watcher", id="onehost-a-service"),
        pytest.param("watcher/deep/a.py", "import onehost", "watcher.deep.a imports onehost", id="deep-inside"),
    ],
)
def test_an_import_against_the_direction_is_a_breach(tmp_path: Path, place: str, text: str, breach: str) -> None:
    assert architecture.wrong_directions(tree(tmp_path, {place: text})) == [breach]


def test_a_service_may_import_itself_and_what_is_shared(tmp_path: Path) -> None:
    modules = {"watcher/a.py": "from postflow import b\nfrom watcher import c\nfrom . import d\nimport watcher.e"}
    assert architecture.wrong_directions(tree(tmp_path, modules)) == []


@pytest.mark.parametrize(
    ("text", "breach"),
    [
        pytest.param("import time", "imports time", id="clock"),
        pytest.param("import asyncio", "imports asyncio", id="event-loop"),
        pytest.param("import urllib.request", "imports urllib.request", id="network"),
        pytest.param("from urllib import request", "imports urllib", id="network-by-name"),
        pytest.param("import sqlite3", "imports sqlite3", id="disk"),
        pytest.param("from pathlib import Path", "imports pathlib", id="path-that-touches-the-disk"),
        pytest.param("import random", "imports random", id="chance"),
        pytest.param("import httpx", "imports httpx", id="client"),
        pytest.param("from starlette.requests import Request", "imports starlette.requests", id="framework"),
        pytest.param("from pydantic_settings import BaseSettings", "imports pydantic_settings", id="settings"),
        pytest.param(
            "from datetime import datetime\nx = datetime.now()", "reads the clock with datetime.now", id="datetime-now"
        ),
        pytest.param(
            "from datetime import date as day\nx = day.today()", "reads the clock with day.today", id="renamed-date"
        ),
        pytest.param(
            "import datetime\nx = datetime.datetime.utcnow",
            "reads the clock with datetime.datetime.utcnow",
            id="utcnow",
        ),
        pytest.param("x = open('a')", "calls open()", id="open"),
        pytest.param("print('a')", "calls print()", id="print"),
        pytest.param("from watcher import edge", "imports watcher.edge, which is not", id="an-edge-of-ours"),
        pytest.param("from . import edge", "imports watcher.edge, which is not", id="an-edge-of-ours-relatively"),
        pytest.param("from watcher.edge import f", "imports watcher.edge, which is not", id="a-name-of-an-edge"),
        pytest.param("from watcher.front import f", "imports watcher.front, which is not", id="an-edge-behind-a-front"),
    ],
)
def test_an_effect_in_a_pure_module_is_a_breach(tmp_path: Path, text: str, breach: str) -> None:
    modules = {
        "watcher/a.py": f'"""Pure: sums."""\n{text}\n',
        "watcher/edge.py": '"""Edge: the disk."""\nimport os\n',
        "watcher/front/__init__.py": "from watcher.edge import f\n",
    }
    assert architecture.impure(tree(tmp_path, modules)) == [f"watcher.a is pure and {breach}"]


def test_a_pure_module_may_compute_with_dates_paths_models_and_its_like(tmp_path: Path) -> None:
    text = '''"""Pure: sums."""
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from urllib.parse import quote
from pydantic import BaseModel
from postflow import rules
from watcher.front import other

class Clock:
    now: datetime

def later(clock: Clock) -> datetime:
    return clock.now + timedelta(seconds=1)
'''
    modules = {
        "watcher/a.py": text,
        "watcher/other.py": '"""Pure: more sums."""',
        "watcher/front/__init__.py": "from watcher.other import f\n",
        "postflow/rules.py": '"""Pure: rules."""',
    }
    assert architecture.impure(tree(tmp_path, modules)) == []


@pytest.mark.parametrize("text", ["", "import os", '"""What it does."""', '"""Impure: it."""', '"""Pure:no."""'])
def test_a_module_that_does_not_say_what_it_is_is_a_breach(tmp_path: Path, text: str) -> None:
    assert architecture.unlabelled(tree(tmp_path, {"watcher/a.py": text})) == ["watcher.a says neither Pure: nor Edge:"]


def test_the_front_of_a_package_need_not_say_what_it_is(tmp_path: Path) -> None:
    assert architecture.unlabelled(tree(tmp_path, {"watcher/deep/__init__.py": '"""The deep part."""'})) == []


@pytest.mark.parametrize(("lines", "breaches"), [(250, []), (251, ["watcher.a has 251 lines"])])
def test_a_module_of_more_than_250_lines_is_a_breach(tmp_path: Path, lines: int, breaches: list[str]) -> None:
    assert architecture.too_long(tree(tmp_path, {"watcher/a.py": "\n" * lines})) == breaches


def test_what_is_imported_must_be_declared_by_the_name_it_is_shipped_under(tmp_path: Path) -> None:
    text = (
        "import nats.errors\nfrom opentelemetry.sdk.trace import x\nfrom opentelemetry import trace\nimport postflow.a"
    )
    breaches = architecture.wrongly_declared(tree(tmp_path, {"watcher/a.py": text}, watcher=["nats-py>=2"]))
    assert breaches == [
        "watcher imports opentelemetry-api and does not declare it",
        "watcher imports opentelemetry-sdk and does not declare it",
        "watcher imports postflow and does not declare it",
    ]


def test_what_is_declared_must_be_imported(tmp_path: Path) -> None:
    written = tree(tmp_path, {"watcher/a.py": "import os\nimport httpx"}, watcher=["httpx>=0.28,<1", "Rich[x]>=15"])
    assert architecture.wrongly_declared(written) == ["watcher declares rich and does not import it"]
