"""Every link from one page of the repository to another leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
FOLDERS = ("docs", "connector", "sandbox", "tests", "bench")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A page that is renamed or never written is missed at once."""
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert [] == missing
