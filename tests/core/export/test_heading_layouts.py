"""The headings of real systems, with what each column truly is.

`layouts/*.json` holds, per system: layout name, source, and heading -> role; "" = known and not used, "open" = the
values decide. `checked` says whether the headings were compared with a copy of the source; the others are the systems'
usual names, which the source is expected to show.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.core.export.headings.reading import read_heading

LAYOUTS: list[dict[str, Any]] = [
    layout
    for file in sorted(Path(__file__).with_name("layouts").glob("*.json"))
    for layout in json.loads(file.read_text(encoding="utf-8"))
]
NOT_UNDERSTOOD = {
    ("Active Directory", "co"),
    ("Active Directory", "st"),
    ("SAP SuccessFactors", "CUSTOM01"),
}
"""Headings that are not known. They are about nothing that matters, so their values decide."""
CALM = 0.95


def understood_as(heading: str) -> str:
    read = read_heading(heading)
    if read.role is not None:
        return str(read.role)
    if read.known:
        return ""
    return "open" if read.weak else f"not known: {', '.join(sorted(read.topics))}"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"{layout['system']}: {layout['layout']}")
def test_each_column_is_what_it_is(layout: dict[str, Any]) -> None:
    """A heading has its true role, or is known and not used, or is in the list of those that are not known."""
    truth = {h: role for h, role in layout["columns"].items() if (layout["system"], h) not in NOT_UNDERSTOOD}
    assert {heading: understood_as(heading) for heading in truth} == truth
    assert layout["source"]


def test_the_list_of_what_is_not_understood_is_exact() -> None:
    """The list names each heading that is not known, and none of them is about phones, people or countries."""
    unknown = {
        (layout["system"], heading): read_heading(heading).topics
        for layout in LAYOUTS
        for heading in layout["columns"]
        if understood_as(heading).startswith("not known")
    }
    assert NOT_UNDERSTOOD == unknown.keys()
    assert set(unknown.values()) == {frozenset()}


def test_plain_layouts_are_calm() -> None:
    """At least 95 in 100 layouts have no heading that is in doubt by itself."""
    in_doubt = [
        f"{layout['system']}: {layout['layout']}: {heading}"
        for layout in LAYOUTS
        for heading in layout["columns"]
        if (read := read_heading(heading)) and not read.known and read.topics and not read.weak
    ]
    layouts_in_doubt = {line.rsplit(": ", 1)[0] for line in in_doubt}
    assert len(layouts_in_doubt) <= (1 - CALM) * len(LAYOUTS), in_doubt


def test_the_systems_are_all_there() -> None:
    """Each system that the app promises to understand has a layout."""
    text = " ".join(layout["system"] for layout in LAYOUTS)
    for system in [
        "Workday",
        "SAP SuccessFactors",
        "SAP HCM",
        "ADP",
        "BambooHR",
        "Personio",
        "HiBob",
        "DATEV",
        "Sage",
        "AFAS",
        "Lucca",
        "UKG",
        "Oracle HCM",
        "Dayforce",
        "Rippling",
        "Microsoft Entra",
        "Microsoft 365",
        "Active Directory",
        "Google Workspace",
    ]:
        assert system in text
