"""Builds the verbs that plan and apply one row, and those that do a call for one person. Used by `shared.app`."""

from __future__ import annotations

from collections.abc import Callable

from shared.clients import Clients
from shared.flows.person.call_records import CallRecords
from shared.flows.person.single_call import SingleCalls
from shared.flows.pipeline.apply_row import ApplyRow
from shared.flows.pipeline.plan_row import PlanRow
from shared.flows.pipeline.run_cache import RunCache
from shared.wiring.person import PersonParts
from shared.wiring.runs import RunParts
from shared.wiring.sources import SourceParts


def new_plan_row(clients: Clients, person: PersonParts, runs: RunParts, sources: SourceParts) -> PlanRow:
    return PlanRow(
        runs=RunCache(clients.runs, clients.clock),
        rows=clients.rows,
        lock=person.lock,
        directory=clients.graph,
        graph=clients.graph,
        protected_accounts=person.protected_accounts,
        pilot_group=person.pilot_group,
        pauses=runs.token_pauses,
        waits=runs.waits,
        queue=clients.plan_queue,
        clock=clients.clock,
        rules=person.rules_for_exports,
        untrusted=sources.directory_source.untrusted(clients.settings.directory_trusted),
    )


def new_apply_row(clients: Clients, person: PersonParts, runs: RunParts, calls: Callable[[], SingleCalls]) -> ApplyRow:
    """`calls` continues a call for one person whose row came to the queue."""
    return ApplyRow(
        runs=clients.runs,
        rows=clients.rows,
        writer=person.writer_for_rows,
        pauses=runs.token_pauses,
        waits=runs.waits,
        queue=clients.apply_queue,
        max_failures=clients.settings.max_failures,
        calls=calls,
    )


def new_single_calls(clients: Clients, person: PersonParts) -> SingleCalls:
    return SingleCalls(
        records=CallRecords(clients.runs, clients.rows, person.changes, clients.clock, person.journal),
        directory=clients.urgent_graph,
        graph=clients.urgent_graph,
        protected_accounts=person.protected_accounts,
        writer=person.writer_for_calls,
        rules=person.rules_for_calls,
        admission=person.call_admission,
        default_methods=person.default_methods,
        find=person.find_person,
        queue=clients.apply_queue,
        max_failures=clients.settings.max_failures,
    )
