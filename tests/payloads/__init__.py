"""Trigger payloads as Azure sends them; README.md names the source of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def payload(name: str) -> Any:
    """The JSON value of a file here, new each time, so that a test may change it."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
