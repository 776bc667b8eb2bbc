"""Edge: the source as data: the packages of this repository, their modules, what those import."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("shared", "services/*", "onehost", "tests/simulators")


@dataclass(frozen=True, slots=True)
class Import:
    """`from module import name`, or `import module` with an empty name; relative ones are resolved."""

    module: str
    name: str = ""

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Module:
    """One file of ours. `name` is how it is imported; that of an `__init__` is its package's."""

    name: str
    path: Path
    tree: ast.Module
    line_count: int

    @property
    def is_init(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def docstring(self) -> str:
        return ast.get_docstring(self.tree) or ""

    def imports(self) -> set[Import]:
        return set(_imports(self))


@dataclass(frozen=True, slots=True)
class Package:
    """One folder with a `pyproject.toml`, and the modules in it."""

    name: str
    folder: Path
    distribution: str
    requirements: frozenset[str]
    modules: tuple[Module, ...]

    @property
    def is_service(self) -> bool:
        return self.folder.parent.name == "services"


@dataclass(frozen=True, slots=True)
class Sources:
    packages: dict[str, Package]

    @property
    def modules(self) -> dict[str, Module]:
        return {module.name: module for package in self.packages.values() for module in package.modules}


def read(root: Path) -> Sources:
    projects = [path for pattern in FOLDERS for path in sorted(root.glob(f"{pattern}/pyproject.toml"))]
    packages = [_package(path) for path in projects]
    return Sources({package.name: package for package in packages})


def normalised(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def _package(project: Path) -> Package:
    about = tomllib.loads(project.read_text())
    name = about["tool"]["flit"]["module"]["name"]
    folder = project.parent
    return Package(
        name=name,
        folder=folder,
        distribution=normalised(about["project"]["name"]),
        requirements=frozenset(normalised(wanted) for wanted in about["project"].get("dependencies", [])),
        modules=tuple(_module(path, folder) for path in sorted((folder / name).rglob("*.py"))),
    )


def _module(path: Path, folder: Path) -> Module:
    text = path.read_text()
    parts = path.relative_to(folder).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, ast.parse(text), len(text.splitlines()))


def _imports(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _resolved(module, node)
            yield from (Import(base, alias.name) for alias in node.names)


def _resolved(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    above = parts[: len(parts) - node.level + module.is_init]
    return ".".join([*above, *([node.module] if node.module else [])])
