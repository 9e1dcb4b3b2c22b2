"""Remembers the layout of an export whose columns a person approved, once its run has finished.

The next export of the same layout then runs through.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.core.export.layout import layout_of
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RunState
from shared.flows.ports import LayoutStore


@dataclass(frozen=True, slots=True)
class RememberLayout:
    layouts: LayoutStore
    clock: Clock

    async def __call__(self, run: Run) -> None:
        if run.state is not RunState.FINISHED or not run.approved_by or run.mapping is None:
            return
        layout = layout_of(run.name, run.mapping, approved_by=run.approved_by, run=run.id, at=self.clock.now())
        await self.layouts.remember(layout)
