"""A row of an export as JSON, in clear: for the ledger, and for rows that are packed in memory."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from shared.core.export.export_row import ExportRow, evidence_of
from shared.core.export.fields import Field
from shared.core.numbers.column_reading import ColumnReading
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.said import made_of, said_of
from shared.core.values.slot import PhoneType


def row_to_json(row: ExportRow) -> dict[str, Any]:
    """The row, without empty parts."""
    parts = {
        "row": row.row,
        "key": None if row.key is None else [row.key.kind, row.key.value],
        "phones": [[phone_type, *_cell_to_json(cell)] for phone_type, cell in row.phones],
        "email": row.email and _cell_to_json(row.email),
        "country": row.country and _cell_to_json(row.country),
        "smsSignIn": row.sms_sign_in and _cell_to_json(row.sms_sign_in),
        "refusals": [[refusal.code, str(refusal.reason), refusal.address, refusal.slot] for refusal in row.refusals],
        "said": [made_of(refusal.reason) for refusal in row.refusals],
        "parts": [[phone_type, part, *_cell_to_json(cell)] for phone_type, part, cell in row.parts],
        "phoneType": row.phone_type,
        "appliesFrom": row.applies_from,
        "leftOut": row.left_out,
        "readings": [list(reading) for reading in row.readings],
        "also": [row_to_json(other) for other in row.also],
    }
    return {name: part for name, part in parts.items() if part}


def row_from_json(data: Mapping[str, Any]) -> ExportRow:
    """The inverse of `row_to_json`.

    Raises ValueError, TypeError, LookupError or AttributeError on anything else.
    """
    row: dict[str, Any] = {"key": None}
    for name, part in data.items():
        if name in _PARTS:
            field, read = _PARTS[name]
            row[field] = read(part)
    if refusals := data.get("refusals"):
        made = data.get("said", [None] * len(refusals))
        row["refusals"] = tuple(map(_refusal_from_json, refusals, made))
    return ExportRow(**row)


def _cell_to_json(cell: Cell) -> list[str]:
    return [cell.address, *evidence_of(cell)]


def _cell_from_json(parts: Sequence[str]) -> Cell:
    address, kind, text, *number_format = parts
    return Cell(address, _KINDS[kind], text, number_format[0]) if number_format else Cell(address, _KINDS[kind], text)


def _refusal_from_json(parts: Sequence[str], made: list[Any] | None) -> Refusal:
    code, reason, address, *slot = parts
    return Refusal(code, said_of(reason, made), address, slot="".join(slot))


_KINDS = {kind.value: kind for kind in CellKind}
_KEY_KINDS = {kind.value: kind for kind in KeyKind}
_PHONE_TYPES = {phone_type.value: phone_type for phone_type in PhoneType}
_PARTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "row": ("row", int),
    "key": ("key", lambda key: PersonKey(_KEY_KINDS[key[0]], key[1])),
    "phones": ("phones", lambda found: tuple([(_PHONE_TYPES[name], _cell_from_json(cell)) for name, *cell in found])),
    "email": ("email", _cell_from_json),
    "country": ("country", _cell_from_json),
    "smsSignIn": ("sms_sign_in", _cell_from_json),
    "parts": (
        "parts",
        lambda found: tuple([(PhoneType(name), Field(part), _cell_from_json(cell)) for name, part, *cell in found]),
    ),
    "phoneType": ("phone_type", PhoneType),
    "appliesFrom": ("applies_from", str),
    "leftOut": ("left_out", str),
    "readings": ("readings", lambda found: tuple([(PhoneType(name), ColumnReading(one)) for name, one in found])),
    "also": ("also", lambda found: tuple(map(row_from_json, found))),
}
"""By name in JSON, the field of `ExportRow` and its parser."""


_TOGETHER = 500
"""Rows that are compressed at once."""
_FAST = 1


class PackedRows:
    """Rows in the order in which they were added, compressed.

    A row takes some 40 bytes. Unpacking is many times faster than reading the workbook again.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[ExportRow] = []

    def add(self, row: ExportRow) -> None:
        self._last.append(row)
        if len(self._last) == _TOGETHER:
            text = json.dumps([row_to_json(one) for one in self._last], ensure_ascii=False)
            self._packed.append(zlib.compress(text.encode("utf-8", "surrogatepass"), _FAST))
            self._last.clear()

    def __iter__(self) -> Iterator[ExportRow]:
        for portion in self._packed:
            yield from map(row_from_json, json.loads(zlib.decompress(portion)))
        yield from self._last
