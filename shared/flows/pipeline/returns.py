"""Stores and reads result workbooks: returns in HR's container, the results of other runs beside their other files.

Everything in HR's container may be read by HR, so nothing in it is for approvers only; the export that HR uploaded is
never written to.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.core.export.work_corrections import corrections_from_json, corrections_to_json
from shared.core.run.returned import ResultMark, metadata_of, old_result_name, own_result_name, result_name
from shared.core.run.run import Run
from shared.core.values.cell import Cell
from shared.core.values.errors import BlobNotFoundError
from shared.core.values.states import EXPORTS
from shared.core.values.storage import ContainerPort

CORRECTIONS = "corrections.json"
WriteRefusalWorkbook = Callable[[Run], bytes]
"""Writes a workbook that says why the run has no result; runs in a thread."""


@dataclass(frozen=True, slots=True)
class Returns:
    """`container` is that of HR; `results` has the results of other runs, and those that version 0.1.0 wrote."""

    container: ContainerPort
    results: ContainerPort
    write_refusal: WriteRefusalWorkbook

    async def put(self, run: Run, workbook: bytes) -> str:
        """Store the result workbook of the run's present attempt; returns the name of its blob."""
        if run.source not in EXPORTS:
            name = own_result_name(run)
            await self.results.write(name, workbook)
            return name
        name = result_name(run)
        await self.container.write(name, workbook, metadata=metadata_of(run))
        return name

    async def put_refusal(self, run: Run) -> str:
        """Store a workbook that says why the run has no result; returns the name of its blob."""
        return await self.put(run, await asyncio.to_thread(self.write_refusal, run))

    async def read(self, run: Run) -> bytes:
        """The result workbook of the run's last attempt. Raises BlobNotFoundError."""
        if run.result_blob == result_name(run):
            return await self.container.read(run.result_blob)
        return await self.results.read(own_result_name(run))

    async def read_marked(self, run: Run, mark: ResultMark) -> bytes:
        """The result workbook of the run that has this mark, as it was returned. Raises BlobNotFoundError."""
        if mark.attempt:
            return await self.container.read(result_name(run, mark.attempt))
        return await self.results.read(old_result_name(run))


async def store_corrections(results: ContainerPort, run: Run, corrections: Mapping[int, Mapping[int, Cell]]) -> None:
    """Store what HR typed into the sheet of rows that need work, because the result is written with it."""
    await results.write(_corrections_blob(run), json.dumps(corrections_to_json(corrections)).encode())


async def stored_corrections(results: ContainerPort, run: Run) -> Mapping[int, Mapping[int, Cell]]:
    """By row number and column; {} = none were stored."""
    if not run.corrects:
        return {}
    try:
        return corrections_from_json(json.loads(await results.read(_corrections_blob(run))))
    except BlobNotFoundError:
        return {}


def _corrections_blob(run: Run) -> str:
    return f"{run.id}/{CORRECTIONS}"
