"""The table of modules in a service's README, held against its package."""

import pytest

from tests import documents
from tests.documents import names


def table(service: str) -> set[str]:
    """Every name in it, without the folder."""
    tables = documents.tables(f"services/{service}/README.md").values()
    rows = [row for rows in tables for row in rows if "module" in row]
    return {name.rpartition("/")[2] for row in rows for cell in row.values() for name in names(cell)}


WITH_A_TABLE = [path.name for path in sorted((documents.ROOT / "services").iterdir()) if table(path.name)]


def test_the_fileserver_has_one() -> None:
    assert "fileserver" in WITH_A_TABLE


@pytest.mark.parametrize("service", WITH_A_TABLE)
def test_every_module_of_the_package_stands_in_it(service: str) -> None:
    package = documents.ROOT / "services" / service / service
    modules = {path.stem for path in package.rglob("*.py")} - {"__init__"}
    assert modules - table(service) == set()
