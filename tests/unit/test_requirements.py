"""The locked sets hold what the packages declare, all of it by hash, and say nothing of where it comes from."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from requirements import lock

FOLDER = Path(__file__).resolve().parent.parent.parent / "requirements"
SETS = {wanted.name: wanted for wanted in lock.sets()}


@dataclass(frozen=True, slots=True)
class Locked:
    """One entry of a set: a requirement and the hashes of its files."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (only,) = self.requirement.specifier
        assert only.operator == "=="
        return only.version


def entries(name: str) -> list[Locked]:
    """Comments aside, an entry is a line and those it is continued on."""
    lines = [line for line in (FOLDER / f"{name}.txt").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [_entry(line) for line in joined if line.strip()]


def _entry(line: str) -> Locked:
    requirement, *options = re.split(r"\s+--hash=", line.strip())
    return Locked(Requirement(requirement), tuple(options))


def test_there_is_a_set_for_each_thing_that_is_installed_apart_and_none_besides() -> None:
    services = {package.removeprefix("postflow-") for package in lock.local_packages(lock.ROOT)}
    services -= {"postflow", "onehost", "simulators"}
    assert set(SETS) == services | {"dev", "demo", "postflow", "build", "lock", "nats", "sdk"}
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_every_declared_third_party_is_in_the_set_at_a_version_that_fits(name: str) -> None:
    locked = {entry.name: entry for entry in entries(name)}
    for wanted in map(Requirement, SETS[name].wants):
        entry = locked.get(canonicalize_name(wanted.name))
        assert entry is not None, f"{wanted} is not in requirements/{name}.txt: run make lock"
        assert wanted.specifier.contains(entry.version, prereleases=True), f"{wanted} against {entry.version}"


@pytest.mark.parametrize("name", SETS)
def test_every_entry_has_its_hashes(name: str) -> None:
    assert entries(name)
    for entry in entries(name):
        assert entry.hashes, entry.requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in entry.hashes), entry.requirement


@pytest.mark.parametrize("name", SETS)
def test_no_set_says_where_things_come_from(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text()
    assert "://" not in text
    options = set(re.findall(r"(?:^|\s)--?[a-z][a-z-]*", re.sub(r"#.*", "", text)))
    assert {option.strip() for option in options} <= {"--hash"}


@pytest.mark.parametrize("name", SETS)
def test_nothing_of_ours_is_looked_up_anywhere(name: str) -> None:
    assert not {entry.name for entry in entries(name)} & set(lock.local_packages(lock.ROOT))


def test_all_sets_that_meet_agree_on_every_version() -> None:
    versions: dict[str, set[str]] = {}
    for name in SETS.keys() - set(lock.APART):
        for entry in entries(name):
            versions.setdefault(entry.name, set()).add(entry.version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_a_package_brings_what_the_local_packages_it_needs_declare(tmp_path: Path) -> None:
    _project(tmp_path / "shared", "postflow", ["pydantic>=2"])
    _project(tmp_path / "services" / "watcher", "postflow-watcher", ["postflow", "watchfiles"])
    packages = lock.local_packages(tmp_path)
    assert lock.third_parties({"postflow-watcher"}, packages) == ("pydantic>=2", "watchfiles")
    assert lock.third_parties({"postflow"}, packages) == ("pydantic>=2",)


@pytest.mark.parametrize(
    ("requirement", "name"),
    [
        ("Pydantic_Core[x]>=2", "pydantic-core"),
        (" nats-py ", "nats-py"),
        ("zope.interface; a", "zope-interface"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(requirement: str, name: str) -> None:
    assert lock.name_of(requirement) == name


def test_a_requirement_without_a_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="names no package"):
        lock.name_of(">=2")


def _project(folder: Path, name: str, dependencies: list[str]) -> None:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\ndependencies = {dependencies}\n')
