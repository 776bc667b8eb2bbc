"""Pure: the rules of the design about the source. Each takes the sources and returns the breaches, a sentence each."""

import ast
import sys
from collections.abc import Iterator

from tests.sources import Import, Module, Sources, normalised


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LONGEST_MODULE_LINES = 250

SHARED = "postflow"
ONEHOST = "onehost"

UNFIT_FOR_PURE = _words(
    "asyncio concurrent ctypes fcntl fileinput ftplib getpass glob http imaplib importlib io logging mmap "
    "multiprocessing os platform poplib queue random resource runpy sched secrets select selectors shelve shutil "
    "signal smtplib socket socketserver sqlite3 ssl subprocess tempfile threading time uuid webbrowser"
)
"""Of the standard library: clocks, networks, disks, processes, threads, chance and the event loop."""

FIT_PARTS = {
    "pathlib": _words("PurePath PurePosixPath PureWindowsPath"),
    "urllib": _words("parse"),
}
"""Of these only the named parts are free of effects."""

FIT_THIRD_PARTIES = _words("annotated_types pydantic pydantic_core typing_extensions")
"""A message or a rule is a pydantic model; every other library belongs to an edge."""

EFFECTFUL_BUILTINS = _words("open print input")
CLOCK_METHODS = _words("now utcnow today")

DISTRIBUTIONS = {
    "dns": "dnspython",
    "dotenv": "python-dotenv",
    "google.protobuf": "protobuf",
    "nats": "nats-py",
    "opentelemetry": "opentelemetry-api",
    "opentelemetry.exporter.otlp.proto.http": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.proto": "opentelemetry-proto",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "pydantic_core": "pydantic",
}
"""Who ships what is imported, where it is not the same name with hyphens; the longest that fits counts."""


def wrong_directions(sources: Sources) -> list[str]:
    """Services and onehost import `postflow`; nobody imports anything else of ours but itself."""
    breaches = []
    for package in sources.packages.values():
        allowed = {package.name} | ({SHARED} if package.is_service or package.name == ONEHOST else set())
        for module in package.modules:
            ours = {imported.top for imported in module.imports()} & set(sources.packages)
            breaches += [f"{module.name} imports {top}" for top in sorted(ours - allowed)]
    return breaches


def impure(sources: Sources) -> list[str]:
    """A module that calls itself pure does nothing but compute, and neither does anything of ours that it imports."""
    return sorted(
        {
            f"{module.name} is pure and {breach}"
            for module in sources.modules.values()
            if module.docstring.startswith("Pure:")
            for breach in _impurities(module, sources)
        }
    )


def unlabelled(sources: Sources) -> list[str]:
    return [
        f"{module.name} says neither Pure: nor Edge:"
        for module in sources.modules.values()
        if not module.is_init and not module.docstring.startswith(("Pure: ", "Edge: "))
    ]


def too_long(sources: Sources) -> list[str]:
    return [
        f"{module.name} has {module.line_count} lines"
        for module in sources.modules.values()
        if module.line_count > LONGEST_MODULE_LINES
    ]


def wrongly_declared(sources: Sources) -> list[str]:
    """A package declares what its modules import, no more and no less."""
    breaches = []
    ours = {package.name: package.distribution for package in sources.packages.values()}
    for package in sources.packages.values():
        imported = {
            ours.get(found.top) or _distribution(found)
            for module in package.modules
            for found in module.imports()
            if found.top not in sys.stdlib_module_names and found.top != package.name
        }
        undeclared, unused = imported - package.requirements, package.requirements - imported
        breaches += [f"{package.name} imports {name} and does not declare it" for name in undeclared]
        breaches += [f"{package.name} declares {name} and does not import it" for name in unused]
    return sorted(breaches)


def _impurities(module: Module, sources: Sources) -> Iterator[str]:
    for imported in module.imports():
        if imported.top in sources.packages:
            yield from _of_ours(imported, sources)
        elif not _is_fit(imported):
            yield f"imports {imported.module}"
    yield from _effects(module)


def _of_ours(imported: Import, sources: Sources) -> Iterator[str]:
    """A module of ours must be pure itself; the front of a package need only import what is."""
    modules = sources.modules
    target = modules.get(f"{imported.module}.{imported.name}") or modules.get(imported.module)
    if target is None or target.docstring.startswith("Pure:"):
        return
    if not target.is_init or any(_impurities(target, sources)):
        yield f"imports {target.name}, which is not"


def _is_fit(imported: Import) -> bool:
    if imported.top in FIT_PARTS:
        part = imported.module.partition(".")[2] or imported.name
        return part in FIT_PARTS[imported.top]
    if imported.top in sys.stdlib_module_names:
        return imported.top not in UNFIT_FOR_PURE
    return imported.top in FIT_THIRD_PARTIES


def _effects(module: Module) -> Iterator[str]:
    clocks = {"datetime", "date"} | {
        alias.asname
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.module == "datetime"
        for alias in node.names
        if alias.asname and alias.name in ("datetime", "date")
    }
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in EFFECTFUL_BUILTINS:
                yield f"calls {name}()"
            case ast.Attribute(value=base, attr=name) if name in CLOCK_METHODS:
                if ast.unparse(base).rpartition(".")[2] in clocks:
                    yield f"reads the clock with {ast.unparse(node)}"


def _distribution(imported: Import) -> str:
    dotted = f"{imported.module}.{imported.name}" if imported.name else imported.module
    fitting = [known for known in DISTRIBUTIONS if dotted == known or dotted.startswith(f"{known}.")]
    return DISTRIBUTIONS[max(fitting, key=len)] if fitting else normalised(imported.top)
