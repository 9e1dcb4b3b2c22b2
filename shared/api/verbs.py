"""The interface by which routes get the verbs, stores and settings that they use; each is built on first use.

`shared.app.App` implements it; the routes find it in `request.app.state.verbs`.
"""

from __future__ import annotations

from typing import Any, Protocol

from shared.adapters.ledger.layouts import LayoutStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.adapters.ledger.times import TimeStore
from shared.core.export.options import RunOptions
from shared.core.report.texts import Language
from shared.core.values.clock import Clock
from shared.core.values.storage import ContainerPort
from shared.doctor.findings import Finding
from shared.flows.intake.upload import Upload
from shared.flows.journal import RunJournal
from shared.flows.person.people_by_id import PeopleById
from shared.flows.person.protected_accounts import ProtectedAccounts
from shared.flows.person.single_call import SingleCalls
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.pipeline.redrive import Redrive
from shared.flows.pipeline.returns import Returns
from shared.flows.scheduled.cleanup import CleanUp
from shared.flows.scheduled.directory import DirectoryRound
from shared.flows.scheduled.one_run_per_source import ScheduledStart
from shared.flows.scheduled.questions import Answers
from shared.flows.scheduled.undo import Undo
from shared.flows.upkeep.erasure import Erasure
from shared.flows.upkeep.sweep import Sweep
from shared.settings import Settings


class Verbs(Protocol):
    @property
    def settings(self) -> Settings: ...

    @property
    def run_options(self) -> RunOptions: ...

    @property
    def runs(self) -> RunStore: ...

    @property
    def rows(self) -> RowStore: ...

    @property
    def times(self) -> TimeStore: ...

    @property
    def layouts(self) -> LayoutStore: ...

    async def forget_layout(self, fingerprint: str, by: str) -> bool: ...

    @property
    def results(self) -> ContainerPort: ...

    @property
    def returns(self) -> Returns: ...

    @property
    def journal(self) -> RunJournal: ...

    @property
    def single_calls(self) -> SingleCalls: ...

    @property
    def people_by_id(self) -> PeopleById: ...

    @property
    def protected_accounts(self) -> ProtectedAccounts: ...

    @property
    def upload(self) -> Upload: ...

    @property
    def reconcile(self) -> ScheduledStart: ...

    @property
    def directory(self) -> DirectoryRound: ...

    @property
    def decisions(self) -> RunDecisions: ...

    @property
    def answer_questions(self) -> Answers: ...

    @property
    def redrive(self) -> Redrive: ...

    @property
    def erasure(self) -> Erasure: ...

    @property
    def undo(self) -> Undo: ...

    @property
    def sweep(self) -> Sweep: ...

    @property
    def clean_up(self) -> CleanUp: ...

    @property
    def readiness(self) -> ScheduledStart: ...

    async def newest_readiness(self) -> dict[str, Any] | None: ...

    async def newest_drift(self) -> dict[str, Any] | None: ...

    async def doctor(self) -> tuple[Finding, ...]: ...

    def template(self, language: Language | None = None) -> bytes: ...

    @property
    def clock(self) -> Clock: ...
