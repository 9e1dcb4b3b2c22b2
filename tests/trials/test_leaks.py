"""Leaks: the canaries' story through the command itself, in a process of its own because spans are for all of one."""

from __future__ import annotations

import subprocess
import sys


def test_no_canary_is_found_where_it_must_not_be() -> None:
    """`python -m trials leaks` ends with 0 and says that every promise was kept."""
    command = [sys.executable, "-m", "trials", "leaks"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    assert (0, True) == (done.returncode, "1 of 1 scenarios kept every promise" in done.stdout), done.stdout
