"""Stores named figures of several commands in a JSON file, and compares them in a Markdown table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

type Figure = int | float

MOST_LINES = 300
"""In one module of `shared`."""

BUDGETS: Mapping[str, Figure] = {
    "cell: files that a number passes": 32,
    "approve: files": 15,
    "reconcile: files": 30,
    "put: files": 40,
    "cell: most frames to a write": 9,
    "put: most frames to a write as one stack": 14,
}
"""The targets, printed beside the figures; a figure above its target is no error."""


@dataclass(slots=True)
class Measured:
    """`numbers` are compared; `lists` hold the names of the counted items."""

    numbers: dict[str, Figure] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def count(self, name: str, items: Sequence[str]) -> None:
        """Count these items and store their names."""
        self.numbers[name] = len(items)
        self.lists[name] = list(items)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Empty when the file does not exist."""
        return cls(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else cls()

    def add_to(self, file: Path) -> Measured:
        """Add these figures to those of other commands in the file; returns all of them."""
        kept = self.read(file)
        merged = Measured(kept.numbers | self.numbers, kept.lists | self.lists)
        file.write_text(json.dumps({"numbers": merged.numbers, "lists": merged.lists}, indent=1), encoding="utf-8")
        return merged


def table(before: Measured, after: Measured, budgets: Mapping[str, Figure]) -> str:
    """A Markdown table of the figures before and after, with the budget of each figure that has one."""
    names = dict.fromkeys([*before.numbers, *after.numbers])
    rows = [
        (name, _shown(before.numbers.get(name)), _shown(after.numbers.get(name)), _shown(budgets.get(name)))
        for name in names
    ]
    head = [("figure", "before", "after", "budget"), ("---", "---:", "---:", "---:")]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*head, *rows])


def _shown(number: Figure | None) -> str:
    return "" if number is None else f"{number:,}"
