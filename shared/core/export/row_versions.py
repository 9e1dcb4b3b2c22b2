"""Leaves out the versions of a person's row that a later version replaces today.

Versions of the same day stay, and so do rows without a day, unless the person has left; they are joined like all rows
of one person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from shared.core.export.export_row import ExportRow
from shared.core.export.row_json import PackedRows
from shared.core.values.cell import Refusal


def latest_versions(rows: PackedRows, *, by_phone_type: bool) -> PackedRows:
    """The rows; those that a later version replaces ask for nothing.

    `by_phone_type` = each row holds one phone, so only rows of the same type are versions of each other. A row that
    says that the person has left replaces rows of all types. If the day of one row is not clear, the person's other
    rows are refused too.
    """
    versions = _Versions.of(rows, by_phone_type=by_phone_type)
    found = PackedRows()
    for row in rows:
        found.add(row if row.left_out else versions.judged(row))
    return found


@dataclass(slots=True)
class _Versions:
    by_phone_type: bool
    latest: dict[tuple[str, str], str] = field(default_factory=dict)
    """By person and phone type: the first day of the latest row that applies."""
    left: dict[str, str] = field(default_factory=dict)
    """By person: the first day of the latest row that says that the person has left."""
    unclear: dict[str, Refusal] = field(default_factory=dict)
    """By person: the refusal of a row with an unclear day and without a clear first day."""

    @classmethod
    def of(cls, rows: Iterable[ExportRow], *, by_phone_type: bool) -> _Versions:
        versions = cls(by_phone_type)
        for row in rows:
            person, _ = subject = versions.subject(row)
            if row.left_out == "personHasLeft":
                versions.left[person] = max(row.applies_from, versions.left.get(person, ""))
            elif not row.left_out:
                versions.latest[subject] = max(row.applies_from, versions.latest.get(subject, ""))
            unclear = next((refusal for refusal in row.row_refusals if refusal.code == "dateUnclear"), None)
            if unclear is not None and not row.applies_from:
                versions.unclear[person] = unclear
        return versions

    def subject(self, row: ExportRow) -> tuple[str, str]:
        """Person and phone type, which are equal in all versions of a row. A row without a key has one version."""
        person = f"row {row.row}" if row.key is None else row.key.folded()
        return person, (row.phone_type or "") if self.by_phone_type else ""

    def judged(self, row: ExportRow) -> ExportRow:
        person, _ = subject = self.subject(row)
        if person in self.left and row.applies_from <= self.left[person]:
            return replace(row, left_out="personHasLeft")
        if row.applies_from and row.applies_from < self.latest[subject]:
            return replace(row, left_out="rowReplaced")
        unclear = self.unclear.get(person)
        if unclear is None or unclear in row.refusals:
            return row
        return replace(row, refusals=(*row.refusals, unclear))
