"""Reads runs for the doctor. Every storage error becomes an ExplainedError with a remedy."""

from __future__ import annotations

from datetime import datetime

from shared.adapters.ledger.runs import RunsLedger
from shared.adapters.storage.requests import Explaining
from shared.core.run.run import Run
from shared.core.values.states import Source


class RunsOverview:
    def __init__(self, runs: RunsLedger) -> None:
        self._runs = runs

    async def last_reconcile(self, since: datetime) -> Run | None:
        """The newest reconcile that started at `since` or later."""
        with Explaining("Table", "The table of runs"):
            reconciles = [run async for run in self._runs.of_source(Source.RECONCILE, since)]
            return reconciles[-1] if reconciles else None

    async def oldest_open(self) -> Run | None:
        """The oldest run that is not closed."""
        with Explaining("Table", "The table of runs"):
            return await anext(self._runs.not_closed(), None)
