"""Builds the stages of a run, the work on its rows, and their shared parts: notifications, pauses.

`sources` builds the parts that differ by source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from shared.adapters.ledger.write_budget import WriteBudget
from shared.clients import Clients
from shared.core.values.states import RunState
from shared.flows.journal import RunJournal
from shared.flows.notifier import Notifier
from shared.flows.person.single_call import SingleCalls
from shared.flows.pipeline.advance import Stage
from shared.flows.pipeline.apply_row import ApplyRow
from shared.flows.pipeline.content_age import ContentAge
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.pipeline.finish import Finish
from shared.flows.pipeline.gate import Gate
from shared.flows.pipeline.plan_row import PlanRow
from shared.flows.pipeline.planning import Planning
from shared.flows.pipeline.release import Release
from shared.flows.pipeline.row_work import RowVerb, RowWork
from shared.flows.pipeline.run_cache import RunCache
from shared.flows.pipeline.waits import TokenPauses, Waits
from shared.wiring.person import PersonParts
from shared.wiring.sources import SourceParts


class RunParts:
    """One per process. Each part is built on first use."""

    def __init__(self, clients: Clients, person: PersonParts, sources: SourceParts) -> None:
        self._clients = clients
        self._person = person
        self._sources = sources

    @cached_property
    def notifier(self) -> Notifier:
        clients = self._clients
        drift_from = clients.settings.notify_drift
        return Notifier(clients.notifications, clients.events, clients.clock, drift_from, clients.journal)

    @cached_property
    def token_pauses(self) -> TokenPauses:
        clients = self._clients

        async def check_token() -> None:
            await clients.graph.check_token()

        return TokenPauses(clients.runs, self.notifier, clients.clock, check_token)

    @cached_property
    def waits(self) -> Waits:
        clients = self._clients
        return Waits(clients.runs, clients.clock, self.token_pauses.step, clients.graph.throttle_in_words)

    def new_plan_row(self) -> PlanRow:
        clients, person = self._clients, self._person
        return PlanRow(
            runs=RunCache(clients.runs, clients.clock),
            rows=clients.rows,
            lock=person.lock,
            directory=clients.graph,
            graph=clients.graph,
            protected_accounts=person.protected_accounts,
            pilot_group=person.pilot_group,
            pauses=self.token_pauses,
            waits=self.waits,
            queue=clients.plan_queue,
            clock=clients.clock,
            rules=person.rules_for_exports,
            untrusted=self._sources.directory_source.untrusted(clients.settings.directory_trusted),
        )

    def new_apply_row(self, calls: Callable[[], SingleCalls]) -> ApplyRow:
        """`calls` returns the verb that continues a call for one person when a message of the call comes."""
        clients = self._clients
        return ApplyRow(
            runs=clients.runs,
            rows=clients.rows,
            writer=self._person.writer_for_rows,
            pauses=self.token_pauses,
            waits=self.waits,
            queue=clients.apply_queue,
            max_failures=clients.settings.max_failures,
            calls=calls,
        )

    def planning(self, plan: RowVerb | None = None) -> Planning:
        """`plan` plans a row in the step itself; None = every row goes to the queue."""
        clients, settings = self._clients, self._clients.settings
        gate = Gate(
            runs=clients.runs,
            rows=clients.rows,
            clock=clients.clock,
            limits=settings.safety_limits(),
            second_person=settings.require_second_person,
            accidents=settings.accident_limits(),
            quotas=self._sources.quotas,
            people=clients.people,
            sharing=self._person.shared_values,
            max_unmanaged_replaced=settings.max_unmanaged_replaced,
            held_days=settings.held_days,
            content_age=self._content_age,
            delivery=settings.delivery(),
            hooks=self._sources.hooks,
        )
        return Planning(
            rows=clients.rows,
            plan_rows=RowWork(clients.plan_queue, plan),
            protected_accounts=self._person.protected_accounts,
            clock=clients.clock,
            window=settings.plan_window,
            look_up_retry_seconds=settings.look_up_retry_seconds,
            gate=gate,
        )

    def release(self, apply: RowVerb | None = None) -> Release:
        """`apply` applies a row in the step itself; None = every row goes to the queue."""
        clients = self._clients
        return Release(
            rows=clients.rows,
            people=clients.people,
            content_age=self._content_age,
            sharing=self._person.shared_values,
            apply_rows=RowWork(clients.apply_queue, apply),
            budget=WriteBudget(clients.runs_table),
            clock=clients.clock,
            window=clients.settings.apply_window,
            journal=self._person.journal,
        )

    def by_messages(self) -> dict[RunState, Stage]:
        """The stages in which every row goes to its queue."""
        return {RunState.PLANNING: self.planning(), RunState.APPLYING: self.release()}

    def closing(self) -> Finish:
        return Finish(
            self._clients.runs,
            self._clients.rows,
            self._person.changes,
            self._clients.apply_queue,
            self._sources.hooks,
            self._clients.results,
            self._person.journal,
        )

    @cached_property
    def _content_age(self) -> ContentAge:
        return ContentAge(self._clients.runs, self._clients.rows, self._clients.people)


def new_decisions(clients: Clients, journal: RunJournal) -> RunDecisions:
    return RunDecisions(
        runs=clients.runs,
        steps=clients.steps,
        clock=clients.clock,
        second_person=clients.settings.require_second_person,
        email_methods=clients.settings.uses_email_methods(),
        journal=journal,
    )
