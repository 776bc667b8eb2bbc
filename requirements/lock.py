"""Edge: write the hash-locked sets of third-party packages beside this file: `make lock`, `make lock UPGRADE=1`.

A set is what one image, the demo or the checks install. It follows from the `dependencies` of the local packages
and from the `[dependency-groups]` of the root's `pyproject.toml`. Local packages never reach the resolver, so that
nobody can slip us one of the same name from an index; and no set holds the address of an index.
"""

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("shared", "onehost", "tests/simulators", "services/*")
EVERYTHING = "dev"
"""The set with all others in it. It is resolved first and binds them, so that all agree on every version."""

APART = ("nats", "sdk")
"""Sets that never meet the others in one environment, and so need not agree with them."""


@dataclass(frozen=True, slots=True)
class Set:
    """One file of locked requirements.

    Attributes:
        wants: requirements as they are declared, third parties only.
        options: what `uv pip compile` is told besides.
    """

    name: str
    wants: tuple[str, ...]
    options: tuple[str, ...] = field(default=("--python-version", "3.11"))

    @property
    def file(self) -> Path:
        return ROOT / "requirements" / f"{self.name}.txt"


def sets(root: Path = ROOT) -> list[Set]:
    """Every set, in the order in which they are resolved."""
    packages = local_packages(root)
    groups = _read(root / "pyproject.toml")["dependency-groups"]
    everything = third_parties(set(packages), packages)
    services = [name for name, folder in packages.items() if folder.parent.name == "services"]
    return [
        Set(EVERYTHING, (*everything, *groups[EVERYTHING])),
        Set("demo", everything),
        Set("postflow", third_parties({"postflow"}, packages)),
        *(Set(name.removeprefix("postflow-"), third_parties({name}, packages)) for name in services),
        Set("build", tuple(groups["build"])),
        Set("lock", tuple(groups["lock"])),
        # Only the binary in it is used, so that what it needs and the Python it asks for are of no concern.
        Set("nats", tuple(groups["nats"]), ("--python-version", "3.12", "--no-deps", "--only-binary", ":all:")),
        Set("sdk", tuple(groups["sdk"])),
    ]


def local_packages(root: Path) -> dict[str, Path]:
    """The folder of each package of ours, by the name it has for pip."""
    projects = sorted(path for pattern in FOLDERS for path in root.glob(f"{pattern}/pyproject.toml"))
    return {_read(path)["project"]["name"]: path.parent for path in projects}


def third_parties(names: set[str], packages: dict[str, Path]) -> tuple[str, ...]:
    """What these local packages, and the local ones that they need, declare of others; sorted, each once."""
    found: set[str] = set()
    waiting, seen = list(names), set(names)
    while waiting:
        for requirement in declared(packages[waiting.pop()]):
            name = name_of(requirement)
            if name not in packages:
                found.add(requirement)
            elif name not in seen:
                seen.add(name)
                waiting.append(name)
    return tuple(sorted(found))


def declared(folder: Path) -> list[str]:
    return list(_read(folder / "pyproject.toml")["project"].get("dependencies", []))


def name_of(requirement: str) -> str:
    """The name in a requirement, normalised: `Pydantic_Core[x]>=2` is `pydantic-core`."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
    if found is None:
        raise ValueError(f"{requirement!r} names no package")
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def _compile(wanted: Set, *, upgrade: bool) -> int:
    command = [sys.executable, "-m", "uv", "pip", "compile", "-", "--output-file", str(wanted.file)]
    command += ["--quiet", "--universal", "--generate-hashes", "--no-emit-index-url", "--custom-compile-command"]
    command += ["make lock", *wanted.options]
    if wanted.name not in (EVERYTHING, *APART):
        command += ["--constraint", str(ROOT / "requirements" / f"{EVERYTHING}.txt")]
    if upgrade:
        command += ["--upgrade"]
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    return subprocess.run(command, input="\n".join(wanted.wants), text=True, env=environment, cwd=ROOT).returncode


def main() -> int:
    upgrade = "--upgrade" in sys.argv[1:]
    for wanted in sets():
        print(f"requirements/{wanted.name}.txt")
        if _compile(wanted, upgrade=upgrade):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
