"""Of several versions of a person's row, the latest one that applies today counts; the earlier ones ask for nothing.

Called by `Understand` for files with a column that says from when a row applies, such as `Effective date`. Versions of
one day stay, so that they are compared like all rows of one person.
"""

from __future__ import annotations

from dataclasses import replace

from shared.core.export.export_row import ExportRow
from shared.core.export.packed_rows import PackedRows


def latest_versions(rows: PackedRows, *, by_phone_type: bool) -> PackedRows:
    """The same rows; those that a later version replaces are left out.

    `by_phone_type` = each row holds one phone, so that only rows of the same type are versions of each other.
    """
    latest: dict[str, str] = {}
    for row in rows:
        subject = _subject(row, by_phone_type=by_phone_type)
        if not row.left_out and row.applies_from > latest.get(subject, ""):
            latest[subject] = row.applies_from
    found = PackedRows()
    for row in rows:
        is_replaced = row.applies_from < latest.get(_subject(row, by_phone_type=by_phone_type), "")
        found.add(replace(row, left_out="rowReplaced") if is_replaced and not row.left_out else row)
    return found


def _subject(row: ExportRow, *, by_phone_type: bool) -> str:
    """What two versions have in common; a row without a key has a subject of its own."""
    if row.key is None:
        return f"row {row.row}"
    types = ",".join(phone_type for phone_type, _ in row.phones) if by_phone_type else ""
    return f"{row.key.folded()} {types}"
