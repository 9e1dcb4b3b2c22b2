"""What goes back to HR: the result of each attempt of an export's run, or the reason why the file was refused.

Called by the closing stage, by the intake and by the HTTP API. Everything in the container may be read by HR, so
nothing in it is for approvers only; the uploaded blob itself is never written to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from shared.core.run.returned import ResultMark, metadata_of, old_result_name, result_name
from shared.core.run.run import Run
from shared.core.values.states import EXPORTS
from shared.core.values.storage import ContainerPort

WriteRefusalWorkbook = Callable[[Run], bytes]
"""Writes a workbook that says why the run's file was refused; runs in a thread."""


@dataclass(frozen=True, slots=True)
class Returns:
    """`container` is that of HR; the results of other runs, and of earlier versions, are in `results`."""

    container: ContainerPort
    results: ContainerPort
    write_refusal: WriteRefusalWorkbook

    async def put(self, run: Run, workbook: bytes) -> str:
        """Store the result workbook of the run's present attempt; returns the name of its blob."""
        if run.source not in EXPORTS:
            name = old_result_name(run)
            await self.results.write(name, workbook)
            return name
        name = result_name(run)
        await self.container.write(name, workbook, metadata=metadata_of(run))
        return name

    async def put_refusal(self, run: Run) -> str:
        """Store a workbook that says why the run's file was refused; returns the name of its blob."""
        return await self.put(run, await asyncio.to_thread(self.write_refusal, run))

    async def read(self, run: Run) -> bytes:
        """The result workbook of the run's last attempt. Raises BlobNotFoundError."""
        if run.result_blob == result_name(run):
            return await self.container.read(run.result_blob)
        return await self.results.read(old_result_name(run))

    async def read_marked(self, run: Run, mark: ResultMark) -> bytes:
        """The result workbook of the run that has this mark, as it was returned. Raises BlobNotFoundError."""
        if mark.attempt:
            return await self.container.read(result_name(run, mark.attempt))
        return await self.results.read(old_result_name(run))
