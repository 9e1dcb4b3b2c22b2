"""The verbs of the app that routes call, each built on first use.

`shared.app.App` is one; the routes find it in `request.app.state.verbs`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime
from typing import Any, Protocol

from shared.core.export.options import RunOptions
from shared.core.run.row import Row
from shared.core.run.run import Run
from shared.core.values.clock import Clock
from shared.core.values.states import RowState, RunState, Source
from shared.core.values.storage import ContainerPort
from shared.doctor.findings import Finding
from shared.flows.intake.upload import Upload
from shared.flows.person.single_call import SingleCalls
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.pipeline.redrive import Redrive
from shared.flows.scheduled.directory import DirectoryRound
from shared.flows.scheduled.reconcile import Reconcile
from shared.flows.upkeep.sweep import Sweep
from shared.settings import Settings


class RunsHistory(Protocol):
    async def get(self, run_id: str) -> Run | None: ...

    def newest_first(
        self,
        now: datetime,
        *,
        before: str = "",
        states: Collection[RunState] = (),
        sources: Collection[Source] = (),
    ) -> AsyncIterator[Run]: ...


class RowsOfRuns(Protocol):
    def in_order(
        self,
        run: Run,
        *,
        after: int = 0,
        states: Collection[RowState] | None = None,
        codes: Collection[str] | None = None,
    ) -> AsyncIterator[Row]: ...


class Verbs(Protocol):
    @property
    def settings(self) -> Settings: ...

    @property
    def run_options(self) -> RunOptions: ...

    @property
    def runs(self) -> RunsHistory: ...

    @property
    def rows(self) -> RowsOfRuns: ...

    @property
    def results(self) -> ContainerPort: ...

    @property
    def single_calls(self) -> SingleCalls: ...

    @property
    def upload(self) -> Upload: ...

    @property
    def reconcile(self) -> Reconcile: ...

    @property
    def directory(self) -> DirectoryRound: ...

    @property
    def decisions(self) -> RunDecisions: ...

    @property
    def redrive(self) -> Redrive: ...

    @property
    def sweep(self) -> Sweep: ...

    async def newest_drift(self) -> dict[str, Any] | None: ...

    async def doctor(self) -> tuple[Finding, ...]: ...

    def template(self) -> bytes: ...

    @property
    def clock(self) -> Clock: ...
