"""A file is read once, also where choices are made after it was understood."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from shared.core.export.export_row import ExportRow
from shared.core.export.fields import Field
from shared.core.export.file_mapping import Chosen
from shared.core.export.headings.heading import Role
from shared.core.export.map_columns import MappingRules
from shared.core.values.cell import Cell
from shared.flows.intake.understand import Understand
from testing.exports import opened
from tests.flows.small_tenant import csv

TODAY = date(2026, 11, 29)
NUMBERS = ("+49 171 1234567", "+49 30 23125678")


class Counted:
    """An opened export that counts the rows that are read of it."""

    def __init__(self, data: bytes) -> None:
        self._export = opened(data, "staff.csv")
        self.read = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._export, name)

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        for row in self._export.rows():
            self.read += 1
            yield row


def test_the_same_columns_are_not_read_again() -> None:
    """Approved proposals change what is in doubt, and no row; other choices read the rows again."""
    export: Any = Counted(csv("Employee ID,Moblie phone,Office phone", *((f"E{n}", *NUMBERS) for n in range(300))))
    understand = Understand(export, MappingRules(), TODAY)
    first = understand({})
    before = export.read

    approved = understand.again(first, {1: Chosen(None, "someone")})
    assert (before, ()) == (export.read, approved.mapping.concerns())
    assert [row.phones for row in first.rows] == [row.phones for row in approved.rows]

    other = understand.again(first, {1: Chosen(Role(Field.MOBILE), "someone")})
    assert before + 300 == export.read
    assert [2] * 300 == [len(_phones(row)) for row in other.rows]


def _phones(row: ExportRow) -> list[str]:
    return [phone_type for phone_type, _ in row.phones]
