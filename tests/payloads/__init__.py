"""Trigger payloads in the shapes that Microsoft documents; README.md names the source of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def payload(name: str) -> Any:
    """The JSON value of a file here, new each time, so that a test may change it."""
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
