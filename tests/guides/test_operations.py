"""The runbook has an entry for each event, alert, finding and outcome that needs people, and for nothing else."""

from __future__ import annotations

import re

import pytest

from shared.core.run.notifications import NotificationKind
from shared.core.values.codes import CODES
from shared.doctor.findings import DoctorCheck
from tools.infra import INFRA

PAGE = (INFRA.parent / "docs/operations.md").read_text(encoding="utf-8")
ALERTS = re.findall(r"^    name: '([\w-]+)'$", (INFRA / "monitor.bicep").read_text(encoding="utf-8"), re.MULTILINE)
SECTIONS = {
    "What each notification means": list(NotificationKind),
    "Alerts": ALERTS,
    "When the doctor complains": list(DoctorCheck),
    "Outcomes that need people": sorted(code for code, info in CODES.items() if info.for_admins),
}


def entries(section: str) -> list[list[str]]:
    """The cells of each row of the section's table; the first is a name."""
    text = re.split(r"^## ", PAGE.partition(f"\n## {section}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in rows]


@pytest.mark.parametrize("section", SECTIONS)
def test_each_thing_has_one_entry(section: str) -> None:
    """In both directions: nothing is missing, and nothing is explained that does not exist."""
    assert sorted(f"`{name}`" for name in SECTIONS[section]) == sorted(row[0] for row in entries(section))


@pytest.mark.parametrize("section", SECTIONS)
def test_each_entry_is_complete(section: str) -> None:
    """What it means, how to look, what to do, and when to call whom."""
    columns = 3 if section == "Outcomes that need people" else 5
    assert all(len(row) == columns and all(row) for row in entries(section))
