"""Builds the sweep with all that it calls, the timers, and erasure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from shared.clients import Clients
from shared.core.values.ncrontab import Schedule
from shared.flows.intake.done_exports import MoveDoneExport
from shared.flows.intake.lost_exports import LostExports
from shared.flows.intake.split import Split
from shared.flows.notifier import Notifier
from shared.flows.pipeline.decisions import RunDecisions
from shared.flows.upkeep.erasure import Erasure
from shared.flows.upkeep.files_of_person import FilesOfPerson
from shared.flows.upkeep.outbox import Outbox, Receiver
from shared.flows.upkeep.permissions import NotifyMissingPermissions
from shared.flows.upkeep.poison import BLOB_POISON, PoisonMessages, poison_of
from shared.flows.upkeep.retention import Retention, RetentionPeriods
from shared.flows.upkeep.sweep import Sweep
from shared.flows.upkeep.timers import Timers
from shared.flows.upkeep.value_holders import ValueHolders
from shared.notify_settings import ReceiverKind, ReceiverSetting
from shared.wiring.features import features_of
from shared.wiring.person import PersonParts
from shared.wiring.workbooks import Workbooks


def new_sweep(
    clients: Clients, person: PersonParts, split: Split, decisions: RunDecisions, started_at: datetime
) -> Sweep:
    settings = clients.settings
    queues = (settings.plan_queue, settings.apply_queue, settings.steps_queue)
    return Sweep(
        lost_exports=LostExports(
            exports=clients.exports,
            container=settings.exports_container,
            results=clients.results,
            split=split,
            move_done=_move_done(clients) if settings.move_exports else None,
            folders=split.folders,
            read_export=split.read_export,
            runs=clients.runs,
            steps=clients.steps,
            notifier=split.notifier,
            clock=clients.clock,
            started_at=started_at,
        ),
        runs=clients.runs,
        rows=clients.rows,
        changes=person.changes,
        journal=person.journal,
        steps=clients.steps,
        apply_queue=clients.apply_queue,
        notifier=split.notifier,
        poison=PoisonMessages(
            runs=clients.runs,
            rows=clients.rows,
            writer=person.writer_for_rows,
            plan_queue=clients.plan_queue,
            apply_queue=clients.apply_queue,
            notifier=split.notifier,
        ),
        poison_queues=(
            *(clients.storage.queue(poison_of(name)) for name in queues),
            clients.exports_storage.queue(BLOB_POISON),
        ),
        decisions=decisions,
        notify_missing_permissions=NotifyMissingPermissions(
            partial(_missing_permissions, clients), clients.times, split.notifier, clients.clock
        ),
        outbox=_outbox(clients),
        retention=_retention(clients, person),
        clock=clients.clock,
    )


def new_timers(clients: Clients, notifier: Callable[[], Notifier], **work: Callable[[], Awaitable[object]]) -> Timers:
    """`work` has the work of each timer by name; the setting `{name}_schedule` has its schedule."""
    expressions = {name: getattr(clients.settings, f"{name}_schedule") for name in work}
    schedules = {name: Schedule.parse(expression) for name, expression in expressions.items() if expression}
    return Timers(clients.times, notifier, clients.clock, work, schedules)


def new_erasure(clients: Clients, person: PersonParts, workbooks: Workbooks) -> Erasure:
    settings = clients.settings
    return Erasure(
        runs=clients.runs,
        rows=clients.rows,
        people=clients.people,
        holders=_value_holders(clients),
        counted_calls=clients.call_quotas,
        files=FilesOfPerson(
            exports=clients.exports,
            container=settings.exports_container,
            folders=settings.folders_of_exports(),
            done=clients.done,
            returns=clients.returns,
            results=clients.results,
            quarantine=clients.quarantine,
            mentions=workbooks.mentions,
        ),
        journal=person.journal,
        names_of=clients.urgent_graph.names_of,
        clock=clients.clock,
    )


async def _missing_permissions(clients: Clients) -> tuple[str, ...]:
    from shared.adapters.graph.permissions import missing

    claims = await clients.graph.token_claims()
    return tuple(str(one) for one in missing(claims.roles, features_of(clients.settings)))


def _outbox(clients: Clients) -> Outbox:
    settings = clients.settings
    return Outbox(
        store=clients.notifications,
        runs=clients.runs,
        receivers=[_receiver(clients, one) for one in settings.notify_urls],
        clock=clients.clock,
        link_of=settings.link_of,
        names_uploader=settings.notify_uploader,
    )


def _receiver(clients: Clients, setting: ReceiverSetting) -> Receiver:
    from shared.adapters.webhooks.webhook import UnresolvedReceiver, Webhook  # only where something is sent

    settings = clients.settings
    if not settings.is_resolved(setting):
        return UnresolvedReceiver(setting.number)
    key = settings.signing_key() if setting.kind is ReceiverKind.JSON else None
    return Webhook(
        key=setting.key,
        number=setting.number,
        url=setting.url.get_secret_value(),
        signing_key=key,
        clock=clients.clock,
        is_local=settings.notify_local,
    )


def _move_done(clients: Clients) -> MoveDoneExport:
    return MoveDoneExport(clients.exports, clients.done, clients.settings.max_file_bytes)


def _retention(clients: Clients, person: PersonParts) -> Retention:
    settings = clients.settings
    periods = RetentionPeriods(
        exports=timedelta(days=settings.keep_exports_days),
        returns=timedelta(days=settings.keep_returns_days),
        quarantine=timedelta(days=settings.keep_quarantine_days),
        results=timedelta(days=settings.keep_results_days),
        changes=timedelta(days=settings.keep_changes_days),
        rows=timedelta(days=settings.keep_rows_days),
        runs=timedelta(days=settings.keep_runs_days),
    )
    return Retention(
        periods=periods,
        runs=clients.runs,
        rows=clients.rows,
        exports=clients.exports,
        folders=settings.folders_of_exports(),
        container=settings.exports_container,
        done=clients.done,
        returns=clients.returns,
        results=clients.results,
        quarantine=clients.quarantine,
        quotas=clients.quotas,
        call_quotas=clients.call_quotas,
        notifications=clients.notifications,
        holders=_value_holders(clients),
        journal=person.journal,
        clock=clients.clock,
    )


def _value_holders(clients: Clients) -> ValueHolders:
    return ValueHolders(clients.value_index, clients.people, clients.runs)
