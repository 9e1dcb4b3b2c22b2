"""Puts a held run with many rows straight into storage, to measure what a page of it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import batched

from shared.app import App
from shared.core.plan.operations import UpdatePhone
from shared.core.plan.plan import Plan, SlotPlan
from shared.core.plan.verdict import Action, Verdict
from shared.core.run.attempts import Attempt, PlanOfRun
from shared.core.run.row import Row
from shared.core.run.row_index import ROW_INDEX, RowIndex
from shared.core.run.run import ROWS_PER_SHARD, Run
from shared.core.run.safety_limits import PlanFigures
from shared.core.values.said import Said
from shared.core.values.slot import PhoneNumber, PhoneType, Slot
from shared.core.values.states import RowState, RunState, Source

RARE_ROW = 29_871
"""The only refused row."""
RARE_NAME = "Żółć Łukasz"
_ID = "20261121T080000Z-0123456789"
_OLD, _NEW = PhoneNumber(1, "2025550101"), PhoneNumber(1, "2025550102")
_GIVEN = ("Ana", "Bo", "Chloé", "Dieter", "Emre", "Fatou", "Giulia")
_FAMILY = ("Andersson", "Brown", "Chen", "Dupont", "Eze", "Fischer", "García", "Haddad", "Ivanova")


async def put_large_run(app: App, now: datetime, rows: int = 30_000) -> Run:
    run = Run(
        id=_ID,
        state=RunState.READING,
        source=Source.BLOB,
        name="Everybody.xlsx",
        export_time=now,
        attempts=(Attempt("export", plan=_plan_of_run(rows), counts=_counts(rows)),),
        created_at=now,
        updated_at=now,
        message=Said("Held: every run waits for approval."),
        total=rows,
        first_row=2,
        last_row=rows + 1,
    )
    index = RowIndex()
    for portion in batched(_rows(rows), ROWS_PER_SHARD, strict=False):
        await app.rows.put(run.id, portion)
        for row in portion:
            index.add(row)
    await app.results.write(f"{run.folder}/{ROW_INDEX}", index.to_bytes())
    stored = await app.runs.insert(run)
    if stored is None:
        raise LookupError("the run exists already")
    for state in (RunState.PLANNING, RunState.HELD):
        stored = await app.runs.save(replace(stored, state=state))
    return stored


def object_id_of(row: int) -> str:
    return f"{row * 2654435761 % 2**32:08x}-0000-4000-8000-{row:012d}"


def _plan_of_run(rows: int) -> PlanOfRun:
    figures = PlanFigures(rows, rows, creates=0, updates=rows - 1, removals=0, refused=1, unmatched=0)
    return PlanOfRun("d" * 64, figures=figures)


def _counts(rows: int) -> dict[RowState, int]:
    return {RowState.PLANNED: rows - 1, RowState.REFUSED: 1}


def _rows(count: int) -> Iterator[Row]:
    plan = Plan(
        (SlotPlan(Slot.MOBILE, Verdict(Action.UPDATE), _OLD, _NEW),), (UpdatePhone(PhoneType.MOBILE, _OLD, _NEW),)
    )
    for number in range(2, count + 2):
        name = f"{_FAMILY[number % len(_FAMILY)]}, {_GIVEN[number % len(_GIVEN)]}"
        is_rare = number == RARE_ROW
        yield Row(
            _ID,
            number,
            RowState.REFUSED if is_rare else RowState.PLANNED,
            code="numberAmbiguous" if is_rare else "changePlanned",
            reason=Said(f"D{number}: the number has two readings" if is_rare else ""),
            key=f"E{number:06d}",
            object_id=object_id_of(number),
            display_name=RARE_NAME if is_rare else name,
            user_principal_name=f"person{number}@contoso.example",
            plan=None if is_rare else plan,
        )
