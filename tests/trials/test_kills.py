"""Kills, in short: a few kills, a restarted Graph and a restarted Azurite under a small run on real processes."""

from __future__ import annotations

from pathlib import Path

from trials.kills import SHORT, killing


async def test_killed_hosts_and_restarted_services_change_nothing_about_the_outcome(tmp_path: Path) -> None:
    """Everybody in the planned end state, every row one outcome, no message left."""
    assert () == (await killing(SHORT, tmp_path)).wrong
