"""A row of an export as JSON, in clear: for the ledger, and for rows packed in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.core.export.export_row import ExportRow, evidence_of
from shared.core.export.fields import Field
from shared.core.numbers.column_reading import ColumnReading
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.slot import PhoneType


def row_to_json(row: ExportRow) -> dict[str, Any]:
    """In clear, for the ledger only; empty parts are left out."""
    parts = {
        "row": row.row,
        "key": None if row.key is None else [row.key.kind.value, row.key.value],
        "phones": [[phone_type.value, *_cell_to_json(cell)] for phone_type, cell in row.phones],
        "email": row.email and _cell_to_json(row.email),
        "country": row.country and _cell_to_json(row.country),
        "smsSignIn": row.sms_sign_in and _cell_to_json(row.sms_sign_in),
        "refusals": [[refusal.code, refusal.reason, refusal.address, refusal.slot] for refusal in row.refusals],
        "parts": [[phone_type.value, part.value, *_cell_to_json(cell)] for phone_type, part, cell in row.parts],
        "phoneType": row.phone_type and row.phone_type.value,
        "appliesFrom": row.applies_from,
        "leftOut": row.left_out,
        "readings": [[phone_type.value, reading.value] for phone_type, reading in row.readings],
        "also": [row_to_json(other) for other in row.also],
    }
    return {name: part for name, part in parts.items() if part}


def row_from_json(data: Mapping[str, Any]) -> ExportRow:
    """The inverse of `row_to_json`; raises ValueError, TypeError or KeyError on anything else."""
    key = data.get("key")
    return ExportRow(
        row=data["row"],
        key=PersonKey(KeyKind(key[0]), key[1]) if key else None,
        phones=tuple((PhoneType(name), _cell_from_json(cell)) for name, *cell in data.get("phones", ())),
        email=_cell_from_json(data["email"]) if "email" in data else None,
        country=_cell_from_json(data["country"]) if "country" in data else None,
        sms_sign_in=_cell_from_json(data["smsSignIn"]) if "smsSignIn" in data else None,
        refusals=tuple(
            Refusal(code, reason, address, slot="".join(slot))
            for code, reason, address, *slot in data.get("refusals", ())
        ),
        parts=tuple(
            (PhoneType(name), Field(part), _cell_from_json(cell)) for name, part, *cell in data.get("parts", ())
        ),
        phone_type=PhoneType(data["phoneType"]) if "phoneType" in data else None,
        applies_from=data.get("appliesFrom", ""),
        left_out=data.get("leftOut", ""),
        readings=tuple((PhoneType(name), ColumnReading(reading)) for name, reading in data.get("readings", ())),
        also=tuple(row_from_json(other) for other in data.get("also", ())),
    )


def _cell_to_json(cell: Cell) -> list[str]:
    return [cell.address, *evidence_of(cell)]


def _cell_from_json(parts: Sequence[str]) -> Cell:
    return Cell(parts[0], CellKind(parts[1]), *parts[2:])
