"""The mapping of a file with as many long headings as there may be fits a table property, and so does its layout."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.adapters.ledger.layouts import LayoutStore
from shared.adapters.ledger.runs import RunStore
from shared.core.export.column_profile import ValueKind
from shared.core.export.fields import Field
from shared.core.export.file_mapping import MOST_COLUMNS, FileMapping, MappedColumn, Use
from shared.core.export.headings.heading import Role
from shared.core.export.layout import layout_of
from shared.core.run.attempts import Attempt
from shared.core.run.run import Run
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType
from shared.core.values.states import RunState, Source
from testing.doubles import MemoryStorage

NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.mark.parametrize("character", ["x", "ж", '"', "😀"], ids=["x", "Cyrillic", "quote", "beyond 16 bits"])
async def test_the_largest_mapping_fits(character: str) -> None:
    columns = tuple(
        MappedColumn(
            index,
            character * 60,
            Use.IN_DOUBT,
            Role(Field.CALLING_CODE, PhoneType.ALTERNATE_MOBILE),
            why=Said(f"its heading says something about a phone or a person in {index:>20}"),
            chosen_by="00000000-0000-4000-8000-000000000001",
            kinds=tuple(sorted(ValueKind)),
        )
        for index in range(MOST_COLUMNS)
    )
    mapping = FileMapping("s" * 60, 20, columns)
    run = Run(
        "20261129T000000Z-0123456789",
        RunState.HELD,
        Source.BLOB,
        "staff.csv",
        NOW,
        (Attempt("export"),),
        NOW,
        NOW,
        mapping=mapping,
    )
    storage = MemoryStorage(lambda: NOW)
    ledger, known = RunStore(storage.table("Runs")), LayoutStore(storage.table("Layouts"))
    layout = layout_of(run.name, mapping, approved_by="somebody", run=run.id, at=NOW)

    await ledger.insert(run)
    await known.remember(layout)

    stored = await ledger.get(run.id)
    assert stored is not None
    assert (mapping, layout) == (stored.mapping, await known.get(layout.fingerprint))
