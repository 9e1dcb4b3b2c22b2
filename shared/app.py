"""The app: every verb that a caller can start, built on first use from the clients of one process.

`shared.wiring` builds the larger verbs and the parts that several verbs share.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, cached_property
from typing import Any

from shared.adapters.ledger.layouts import LayoutStore
from shared.adapters.ledger.people import PeopleStore
from shared.adapters.ledger.rows import RowStore
from shared.adapters.ledger.runs import RunStore
from shared.adapters.ledger.times import TimeStore
from shared.clients import Clients
from shared.core.export.options import RunOptions
from shared.core.report.texts import Language
from shared.core.values.clock import Clock
from shared.core.values.errors import PermanentError
from shared.core.values.states import Source
from shared.core.values.storage import ContainerPort, StoragePort
from shared.doctor.findings import Finding
from shared.flows.intake.split import Split
from shared.flows.intake.upload import Upload
from shared.flows.journal import RunJournal
from shared.flows.person.people_by_id import PeopleById
from shared.flows.person.protected_accounts import ProtectedAccounts
from shared.flows.person.single_call import SingleCalls
from shared.flows.pipeline.advance import AdvanceRun
from shared.flows.pipeline.apply_row import ApplyRow
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.pipeline.plan_row import PlanRow
from shared.flows.pipeline.redrive import Redrive
from shared.flows.pipeline.returns import Returns
from shared.flows.scheduled.cleanup import CleanUp
from shared.flows.scheduled.directory import DirectoryRound
from shared.flows.scheduled.one_run_per_source import ScheduledStart
from shared.flows.scheduled.questions import Answers
from shared.flows.scheduled.undo import Undo
from shared.flows.upkeep.erasure import Erasure
from shared.flows.upkeep.sweep import Sweep
from shared.flows.upkeep.timers import Timers
from shared.settings import Settings
from shared.wiring.doctor import new_doctor
from shared.wiring.person import PersonParts
from shared.wiring.runs import RunParts, new_decisions
from shared.wiring.sources import SourceParts
from shared.wiring.upkeep import new_erasure, new_sweep, new_timers
from shared.wiring.workbooks import Workbooks


@cache
def app_of_process() -> App:
    """The app of this process, built from its environment variables."""
    logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs log whole URLs at INFO
    return App(os.environ)


class App:
    """One per process. Tests pass `storage` and `clock` to replace the real ones."""

    def __init__(
        self, environment: Mapping[str, str], *, clock: Clock | None = None, storage: StoragePort | None = None
    ) -> None:
        self.clients = Clients(environment, clock=clock, storage=storage)
        self._started_at = self.clients.clock.now()

    @cached_property
    def person_parts(self) -> PersonParts:
        return PersonParts(self.clients)

    @cached_property
    def run_parts(self) -> RunParts:
        return RunParts(self.clients, self.person_parts, self.source_parts)

    @cached_property
    def source_parts(self) -> SourceParts:
        return SourceParts(self.clients, self.person_parts, self._workbooks)

    @cached_property
    def _workbooks(self) -> Workbooks:
        return Workbooks(self.clients)

    # A run, from its export to its result

    @cached_property
    def split(self) -> Split:
        clients = self.clients
        return Split(
            exports=clients.exports,
            container=clients.settings.exports_container,
            results=clients.results,
            runs=clients.runs,
            steps=clients.steps,
            notifier=self.run_parts.notifier,
            read_export=self.source_parts.read_export,
            options=self.run_options,
            folders=clients.settings.folders_of_exports(),
            max_file_bytes=clients.settings.max_file_bytes,
            clock=clients.clock,
        )

    @cached_property
    def upload(self) -> Upload:
        return Upload(self.clients.results, self.clients.runs, self.clients.steps, self.clients.clock)

    @cached_property
    def advance_run(self) -> AdvanceRun:
        return AdvanceRun(
            runs=self.clients.runs,
            queue=self.clients.steps,
            notifier=self.run_parts.notifier,
            clock=self.clients.clock,
            hooks=self.source_parts.hooks,
            planning=self.run_parts.planning(lambda *work: self.plan_row.plan(*work)),  # noqa: PLW0108 - on first use
            applying=self.run_parts.release(lambda *work: self.apply_row.apply(*work)),  # noqa: PLW0108 - on first use
            closing=self.run_parts.closing(),
            by_messages=self.run_parts.by_messages(),
            step=self.run_parts.waits.step,
            note_redelivery=self.run_parts.waits.note_redelivery,
            journal=self.journal,
        )

    @cached_property
    def plan_row(self) -> PlanRow:
        return self.run_parts.new_plan_row()

    @cached_property
    def apply_row(self) -> ApplyRow:
        return self.run_parts.new_apply_row(lambda: self.single_calls)

    @cached_property
    def decisions(self) -> RunDecisions:
        return new_decisions(self.clients, self.journal)

    @property
    def answer_questions(self) -> Answers:
        return self.source_parts.answer_questions

    @cached_property
    def redrive(self) -> Redrive:
        return Redrive(self.clients.runs, self.clients.rows, self.clients.steps, self.clients.clock)

    @property
    def undo(self) -> Undo:
        return self.source_parts.undo

    # Runs that no file starts, and upkeep

    @cached_property
    def reconcile(self) -> ScheduledStart:
        return self.source_parts.new_start(Source.RECONCILE)

    @cached_property
    def directory(self) -> DirectoryRound:
        parts = self.source_parts
        return DirectoryRound(
            parts.one_run_per_source, self.clients.runs, parts.directory_source, parts.options_of_scheduled_runs
        )

    @cached_property
    def readiness(self) -> ScheduledStart:
        return self.source_parts.new_start(Source.READINESS)

    @property
    def clean_up(self) -> CleanUp:
        return self.source_parts.clean_up

    @cached_property
    def sweep(self) -> Sweep:
        return new_sweep(self.clients, self.person_parts, self.split, self.decisions, self._started_at)

    @cached_property
    def erasure(self) -> Erasure:
        return new_erasure(self.clients, self.person_parts, self._workbooks)

    @cached_property
    def timers(self) -> Timers:
        return new_timers(
            self.clients,
            lambda: self.run_parts.notifier,
            sweep=lambda: self.sweep(),  # noqa: PLW0108 - on first use
            reconcile=lambda: self.reconcile(),  # noqa: PLW0108 - on first use
            directory=lambda: self.directory(),  # noqa: PLW0108 - on first use
            readiness=lambda: self.readiness(),  # noqa: PLW0108 - on first use
        )

    async def run_timer(self, name: str) -> None:
        await self.timers.run(name)

    async def look_after_timers(self) -> None:
        await self.timers.look_after()

    def look_after_timers_meanwhile(self) -> None:
        """As `Timers.look_after_meanwhile`. Does nothing while the settings are invalid; answers to calls report
        that."""
        with suppress(PermanentError):
            self.timers.look_after_meanwhile()

    # One person

    @property
    def protected_accounts(self) -> ProtectedAccounts:
        return self.person_parts.protected_accounts

    @property
    def people_by_id(self) -> PeopleById:
        return self.person_parts.people_by_id

    @cached_property
    def single_calls(self) -> SingleCalls:
        return self.person_parts.new_single_calls()

    # The app itself

    @property
    def journal(self) -> RunJournal:
        return self.person_parts.journal

    async def doctor(self) -> tuple[Finding, ...]:
        """Run every check; results of earlier calls are not used."""
        return await new_doctor(self.clients, self.person_parts)()

    async def newest_drift(self) -> dict[str, Any] | None:
        """The newest drift report of a reconcile, with masked numbers; None = there is none yet."""
        return await self.source_parts.drift_reports.newest()

    async def newest_readiness(self) -> dict[str, Any] | None:
        """The newest readiness report; None = there is none yet."""
        return await self.source_parts.readiness_reports.newest()

    def template(self, language: Language | None = None) -> bytes:
        """An empty form for HR, as .xlsx; in `language`, else in that of the settings, else in English."""
        return self._workbooks.template(language)

    async def prepare_storage(self) -> None:
        """Create the containers, queues and tables; in Azure the infrastructure does this."""
        await self.clients.prepare_storage()

    async def close(self) -> None:
        """Close every socket that was opened."""
        await self.clients.close()

    @cached_property
    def run_options(self) -> RunOptions:
        """The options from the settings, which a file or a caller may change for one run."""
        return self.settings.run_options()

    @property
    def settings(self) -> Settings:
        """Raises PermanentError `invalidSettings`."""
        return self.clients.settings

    @property
    def clock(self) -> Clock:
        return self.clients.clock

    @property
    def runs(self) -> RunStore:
        return self.clients.runs

    @property
    def rows(self) -> RowStore:
        return self.clients.rows

    @property
    def times(self) -> TimeStore:
        return self.clients.times

    @property
    def people(self) -> PeopleStore:
        return self.clients.people

    @property
    def layouts(self) -> LayoutStore:
        return self.clients.layouts

    async def forget_layout(self, fingerprint: str, by: str) -> bool:
        """Forget an approved layout, and record by whom; returns whether it existed."""
        await self.journal.decided_without_run("ForgetLayout", by)
        return await self.clients.layouts.forget(fingerprint, by, self.clients.clock.now())

    @property
    def exports(self) -> ContainerPort:
        return self.clients.exports

    @property
    def results(self) -> ContainerPort:
        return self.clients.results

    @property
    def returns(self) -> Returns:
        return self.source_parts.returns
