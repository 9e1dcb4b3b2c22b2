"""The days that docs/privacy.md states are those of the app and of its deployment."""

from __future__ import annotations

import re

from shared.core.run.outbox import GIVEN_UP_AFTER
from shared.settings import Settings
from tests.guides.test_walk import page
from tools.infra import INFRA


def test_the_days_are_the_defaults() -> None:
    """A privacy officer copies them into the record of processing."""
    stated = dict(re.findall(r"`((?:KEEP_|FORGET_)\w+)` \((\d+)\)", page("privacy")))
    kept = {name.upper(): field.default for name, field in Settings.model_fields.items() if name.startswith("keep_")}
    assert stated == {name: str(days) for name, days in kept.items()} | {
        "FORGET_DAYS": str(Settings.model_fields["forget_days"].default)
    }
    (notifications,) = re.findall(r"`run-events`.* (\d+) days \|", page("privacy"))
    assert int(notifications) == GIVEN_UP_AFTER.days
    (journal,) = re.findall(r"`journalRetentionDays` \((\d+)\)", page("privacy"))
    assert f"param journalRetentionDays int = {journal}\n" in (INFRA / "main.bicep").read_text(encoding="utf-8")
