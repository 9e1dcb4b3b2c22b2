"""Every link from one page of the repository to another leads somewhere."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
FOLDERS = ("docs", "connector", "sandbox", "tests", "bench")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])


def sections(page: Path) -> set[str]:
    """The names under which GitHub knows the headings of a page; the second of one name ends with `-1`."""
    seen: Counter[str] = Counter()
    names = set()
    for heading in HEADING.findall(CODE.sub("", page.read_text())):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        names.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names


def lead_somewhere(page: Path, link: str, section: str) -> bool:
    target = page.parent / link if link else page
    return target.exists() and (target.suffix != ".md" or not section or section in sections(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A page that is renamed or never written is missed at once, and so is a heading."""
    links = set(LINK.findall(CODE.sub("", page.read_text())))
    assert [] == [f"{link}#{section}" for link, section in links if not lead_somewhere(page, link, section)]
