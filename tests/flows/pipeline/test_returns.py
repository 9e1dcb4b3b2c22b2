"""What goes back to HR: named by the run, nothing overwritten, a reason instead of a refused file's own bytes."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from shared.core.run.documents import report_row
from shared.core.run.run import Run
from shared.core.values.codes import CODES
from shared.core.values.states import RowState, RunState
from testing.doubles.container import MemoryContainer
from testing.in_memory import InMemory
from tests.flows.intake.test_layouts import five_people
from tests.flows.small_tenant import csv, number, person, tenant_of

EXPORT = csv("employeeId,mobile", ("E1", number(11)))
MARK = "not for the way back"
_ASKED_AGAIN = 185
"""The end of the earlier number that the export asks for too."""


def returns(world: InMemory) -> MemoryContainer:
    return world.storage.container("hr-returns")


def texts(workbook: bytes) -> str:
    book = load_workbook(BytesIO(workbook))
    return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None)


async def refused(world: InMemory, name: str, data: bytes) -> Run:
    run = await world.run_to_end(name, data)
    assert RunState.FAILED is run.state
    return run


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("staff.csv", "staff"),
        ("preview/staff.2026.csv", "preview/staff.2026"),
        ("HR Export für Oslo.csv", "HR Export für Oslo"),
        (f"full/{'x' * 250}.csv", f"full/{'x' * 120}"),
        ("full/staff 20260301T090500Z-0123456789 2 result.csv", "full/staff"),
        ("staff 20260301T090500Z-0123456789 1 result (2).csv", "staff (2)"),
    ],
)
async def test_a_result_is_named_by_its_run(name: str, stem: str) -> None:
    """Folder and name of the export, then run id and attempt; the metadata say the same, and the state.

    Excel opens no file whose path has more than 218 characters, so names stay short, also of results of results.
    """
    async with five_people() as world:
        run = await world.run_to_end(name, EXPORT)

        (blob,) = returns(world).blobs.values()
        assert f"{stem} {run.id} 1 result.xlsx" == blob.info.name == run.result_blob
        assert {"run": run.id, "attempt": "1", "state": "finished"} == blob.info.metadata
        assert await world.app.returns.read(run) == blob.data
        assert not any(name.endswith("result.xlsx") for name in world.storage.container("results").blobs)


async def test_the_second_file_of_a_name_overwrites_nothing() -> None:
    """Nor does a file with another ending."""
    async with five_people() as world:
        exports = [csv("employeeId,mobile", ("E1", number(11 + turn))) for turn in range(3)]
        runs = [await world.run_to_end("staff.csv", export) for export in exports]
        runs.append(await refused(world, "staff.xlsx", b"PK no workbook"))

        assert {run.result_blob for run in runs} == set(returns(world).blobs)
        assert 4 == len(returns(world).blobs)


async def test_each_attempt_comes_back() -> None:
    """A redrive adds a result and leaves the first one as it was."""
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", csv("employeeId,mobile", ("E1", number(11)), ("E99", number(12))))
        first = dict(returns(world).blobs)
        await world.app.redrive(run.id, "a test")
        await world.pump()
        again = await world.stored(run.id)

        assert {**first, again.result_blob: returns(world).blobs[again.result_blob]} == returns(world).blobs
        assert again.result_blob.endswith(f" {run.id} 2 result.xlsx")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("staff.xlsx", f"PK {MARK}".encode(), "wrongExtension"),
        ("staff.csv", csv(f"employeeId,{MARK}", ("E1", MARK)), "noPhoneColumn"),
        ("old/staff.csv", EXPORT + MARK.encode(), "folderNotForExports"),
        ("staff.csv", EXPORT + MARK.encode() * 400, "fileTooLarge"),
    ],
)
async def test_a_refused_file_comes_back_as_a_reason(name: str, data: bytes, code: str) -> None:
    """Never as its own bytes: reason, place and remedy in a workbook of the app."""
    async with five_people(MAX_FILE_BYTES="5000") as world:
        run = await refused(world, name, data)
        written = returns(world).blobs[run.result_blob]

        assert code == run.code
        assert run.result_blob.startswith(name.rpartition(".")[0])
        assert {"run": run.id, "attempt": "1", "state": "failed"} == written.info.metadata
        reason = run.message.removesuffix(CODES[code].remedy).strip()
        shown = re.sub(r"(?<=\d),(?=\d{3})", "", texts(written.data))  # a message has no thousands separators
        assert all(text in shown for text in (reason, CODES[code].remedy, name))
        assert MARK not in shown.replace(reason, "")
        assert written.data == await world.app.returns.read(run)


async def test_the_uploaded_blob_is_never_written_to() -> None:
    """Its ETag and time are the identity of its run; a day later the sweep starts nothing."""
    async with five_people() as world:
        run = await world.run_to_end("staff.csv", EXPORT)
        await refused(world, "broken.xlsx", b"PK")
        exports = world.storage.container("hr-exports")
        before = dict(exports.blobs)
        world.clock.leap_to(world.clock.now() + timedelta(days=1))
        await world.app.sweep()
        await world.pump()

        assert before == exports.blobs
        assert 2 == len([found async for found in world.app.runs.all()])
        assert {RowState.CREATED: 1} == run.counts


async def test_no_earlier_value_comes_back() -> None:
    """In no part of any workbook of HR's: of a preview, an approved, rejected or repeated run, or of outcomes alone."""
    old = {one: f"+1 2025550{180 + one}" for one in range(1, 6)}
    people = [person(one, phones={"mobile": old[one], "office": f"+1 2025550{170 + one}"}) for one in old]
    export = csv(
        "employeeId,mobile,office",
        ("E1", number(11), number(21)),
        ("E2", "remove", ""),
        ("E3", "call me", number(23)),
        ("E4", "+1 202555018", ""),
        ("E5", old[5], ""),
    )
    async with tenant_of(people, (), None, ALLOW_REMOVALS="true", ON_EXISTING="overwrite", APPROVAL="always") as world:
        await world.run_to_end("preview/staff.csv", export)
        rejected = await world.run_to_end("rejected.csv", export)
        await world.app.decisions.reject(rejected.id, "a test")
        await world.pump()
        held = await world.run_to_end("staff.csv", export)
        await world.app.decisions.approve(held.id, held.digest, "a test")
        await world.pump()
        again = await world.run_to_end("again.xlsx", await world.app.returns.read(await world.stored(held.id)))
        await world.app.decisions.approve(again.id, again.digest, "a test")
        await world.pump()
        outcomes = vars(world.app.source_parts)["_workbooks"].write_outcomes(
            held, {row.number: report_row(row) async for row in world.app.rows.in_order(held)}
        )
        written = [blob.data for blob in returns(world).blobs.values()]
        assert 4 <= len(written)
        for workbook in (*written, outcomes):
            with ZipFile(BytesIO(workbook)) as parts:
                content = b" ".join(parts.read(name) for name in parts.namelist()).decode(errors="replace")
            digits = content.replace(" ", "")
            earlier = [f"2025550{base + one}" for base in (170, 180) for one in old if base + one != _ASKED_AGAIN]
            assert [] == [value for value in earlier if value in digits]
