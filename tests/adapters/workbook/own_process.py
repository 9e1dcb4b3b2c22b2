"""Runs a module of these tests in a process of its own, so that its memory and its end are its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[3]
_LONGEST_SECONDS = 1_800


def run(module: str, *arguments: object) -> dict[str, Any]:
    """What the module prints as JSON; fails when it writes to the error stream."""
    done = subprocess.run(  # noqa: S603 - our own modules, with arguments from the tests
        [sys.executable, "-m", f"tests.adapters.workbook.{module}", *map(str, arguments)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
