"""Store what an attempt changed: write its changes.json, then delete the numbers of rows that need no more work.

The closing stage of a run, a call for one person and the sweep use it, in whatever state the attempt ends.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from shared.adapters.ledger.rows import RowStore
from shared.core.run.kept_changes import KeptChanges, changes_blob
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.errors import AlreadyExistsError
from shared.core.values.states import NEEDS_NO_WORK
from shared.core.values.storage import ContainerPort


@dataclass(frozen=True, slots=True)
class Changes:
    rows: RowStore
    results: ContainerPort

    async def store(self, run: Run) -> None:
        """Store the changes of an attempt whose rows are all complete.

        The file is written once: after a crash, or beside another delivery, plans may have been deleted already.
        """
        kept, done = KeptChanges(), list[int]()
        async for row in self.rows.in_order(run):
            if row.plan is None and not row.before:
                continue
            kept.add(row)
            if row.state in NEEDS_NO_WORK:
                done.append(row.number)
        with suppress(AlreadyExistsError):
            await self._write(run, kept, overwrite=False)
        await self.rows.forget_numbers(run.id, done)

    async def store_call(self, run: Run, row: Row) -> None:
        """Store the change of a complete call; a call that is continued replaces it."""
        kept = KeptChanges()
        kept.add(row)
        await self._write(run, kept, overwrite=True)

    async def _write(self, run: Run, kept: KeptChanges, *, overwrite: bool) -> None:
        if content := kept.to_json(run):
            data = json.dumps(content, ensure_ascii=False).encode()
            await self.results.write(changes_blob(run), data, overwrite=overwrite)
