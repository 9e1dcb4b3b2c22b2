"""File mappings and columns of layouts as JSON: in a plain form for digests of plans, in a compact one for the ledger.

A table property holds 32 K characters, so the compact form has each text that columns share only once. Its last part
has the templates and values of its sentences for other languages; it is left out where it would be too long.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from shared.core.export.file_mapping import (
    FileMapping,
    MappedColumn,
    Use,
    column_letters,
)
from shared.core.export.layout import LayoutColumn
from shared.core.export.people_sheets import PeopleSheets, SheetsRead
from shared.core.export.role_names import decided_role_named, role_name
from shared.core.numbers.column_reading import Proof
from shared.core.values.said import made_of, said_of

_LONGEST_TEXT = 30_000


def mapping_to_json(mapping: FileMapping) -> dict[str, Any]:
    """The plain form, without data of the people in the file.

    Headings that look like values are left out.
    """
    return {
        "sheet": mapping.sheet,
        "headerRow": mapping.header_row,
        "doubts": list(mapping.doubts),
        "otherKeys": [[column_letters(index), role] for index, role in mapping.other_keys],
        **_sheets_to_json(mapping),
        "columns": [
            {
                "column": column.letters,
                "heading": column.heading,
                "use": column.use.value,
                "role": role_name(column.role),
                "why": column.why,
                "chosenBy": column.chosen_by,
                "kinds": list(column.kinds),
            }
            for column in mapping.columns
        ],
    }


def _sheets_to_json(mapping: FileMapping) -> dict[str, Any]:
    """Nothing if no sheets can be one list, so that digests of earlier versions stay the same."""
    sheets = mapping.people_sheets
    if not sheets.alike:
        return {}
    return {"sheets": {"alike": list(sheets.alike), "read": sheets.read.value, "chosenBy": sheets.chosen_by}}


@dataclass(slots=True)
class _Texts:
    """Distinct texts by number, in the order of their first use."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))

    def all(self, texts: Sequence[str]) -> list[int]:
        return [self.number(text) for text in texts]


def mapping_to_text(mapping: FileMapping) -> str:
    """The compact form."""
    texts = _Texts()
    columns = [
        [
            column.index,
            column.heading,
            *texts.all([column.use.value, role_name(column.role), str(column.why), column.chosen_by]),
            texts.all(column.kinds),
            *([] if column.proof is None else astuple(column.proof)),
        ]
        for column in mapping.columns
    ]
    found = mapping.people_sheets
    sheets = [found.alike, found.read.value, found.chosen_by]
    all_said = (*mapping.doubts, *(column.why for column in mapping.columns))
    made = {str(said): made_of(said) for said in all_said if said.values}
    listed = [mapping.sheet, mapping.header_row, mapping.doubts, mapping.other_keys, list(texts.numbers), columns]
    text = _dumps([*listed, sheets, made])
    return text if len(text) <= _LONGEST_TEXT else _dumps([*listed, sheets])


def mapping_from_text(text: str) -> FileMapping:
    """The inverse of `mapping_to_text`.

    Raises ValueError, TypeError, LookupError or AttributeError on anything else.
    """
    sheet, header_row, doubts, other_keys, texts, columns, *more = json.loads(text)
    alike, read, chosen_by = more[0] if more else ((), SheetsRead.FIRST, "")
    made = more[1] if len(more) > 1 else {}
    return FileMapping(
        sheet=sheet,
        header_row=header_row,
        doubts=tuple(said_of(doubt, made.get(doubt)) for doubt in doubts),
        other_keys=tuple((index, role) for index, role in other_keys),
        columns=tuple(
            MappedColumn(
                index=index,
                heading=heading,
                use=Use(texts[use]),
                role=decided_role_named(texts[role]),
                why=said_of(texts[why], made.get(texts[why])),
                chosen_by=texts[by],
                kinds=tuple(texts[kind] for kind in kinds),
                proof=Proof(*counts) if counts else None,
            )
            for index, heading, use, role, why, by, kinds, *counts in columns
        ),
        people_sheets=PeopleSheets(tuple(alike), SheetsRead(read), chosen_by),
    )


def layout_columns_to_text(columns: Sequence[LayoutColumn]) -> str:
    """The third entry of a column: 0 = nobody decided about it, 1 = a person did, 2 = COLUMN_MAP did."""
    texts = _Texts()
    rows = [
        [one.heading, texts.number(role_name(one.role)), one.was_in_doubt + one.by_setting, texts.all(one.kinds)]
        for one in columns
    ]
    return _dumps([list(texts.numbers), rows])


def layout_columns_from_text(text: str) -> tuple[LayoutColumn, ...]:
    """The inverse of `layout_columns_to_text`.

    Raises ValueError, TypeError, LookupError or AttributeError on anything else.
    """
    texts, rows = json.loads(text)
    return tuple(
        LayoutColumn(
            heading, tuple(texts[kind] for kind in kinds), decided > 0, decided_role_named(texts[role]), decided > 1
        )
        for heading, role, decided, kinds in rows
    )


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
