"""Every page, and where its links lead."""

import re
from pathlib import Path

import pytest

from tests.documents import ROOT

PAGES = [
    page
    for pattern in ("*.md", "docs/**/*.md", "services/*/README.md", "tests/simulators/README.md", "benchmarks/*.md")
    for page in sorted(ROOT.glob(pattern))
]


def headings(page: Path) -> set[str]:
    """By the anchors that GitHub gives them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if re.match(r"https?://", link):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent.joinpath(file) if file else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link
