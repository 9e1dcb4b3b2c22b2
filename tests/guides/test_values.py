"""A value that a guide gives to a setting is one that the app takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.graph.clouds import CLOUDS
from shared.read_settings import read_settings
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "connector/readme.md"]
GIVEN = re.compile(r'`([A-Z_]+)` = `([^`]+)`|`([A-Z_]+)=([^`\s]+)`|"([A-Z_]+)": "([^"$]*)"|env set ([A-Z_]+) (\S+)')
NAMES = {name.upper() for name in Settings.model_fields}


def given(text: str) -> Iterator[tuple[str, str]]:
    for found in GIVEN.finditer(text):
        name, value = filter(None, found.groups(""))
        if name in NAMES and value.strip("0-"):
            yield name, value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_app_takes_every_value(page: Path) -> None:
    """Beside the defaults of the others; an id of zeros stands for one of the reader's own."""
    for name, value in given(page.read_text(encoding="utf-8")):
        read_settings({name: value})


def test_every_cloud_is_spelled_as_the_setting() -> None:
    """Where a page lists the values of GRAPH_CLOUD, each is one."""
    said = [
        value
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if "`GRAPH_CLOUD`" in line
        for value in re.findall(r"`([a-z][a-z-]*)`", line)
    ]
    assert {"usgov", "usgov-dod", "china"} <= set(said) <= CLOUDS.keys()
