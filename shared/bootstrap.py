"""From the environment to settings, clients and verbs: the only place where things are built and wired.

Called by the triggers through `app_of_process`, and by the sandbox's commands. Everything is built on first use and
lives as long as the process, on the one event loop that the Functions worker gives it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from shared.adapters.ledger.people import SLICES, PeopleLedger
from shared.adapters.ledger.rows import RowsLedger
from shared.adapters.ledger.runs import RunsLedger
from shared.adapters.ledger.runs_overview import RunsOverview
from shared.adapters.ledger.write_budget import WriteBudget
from shared.adapters.storage_connection import data_connection_name, resolve
from shared.adapters.storage_ports import ContainerPort, QueuePort, StoragePort
from shared.core.clock import Clock
from shared.core.columns import ColumnMap, explain_missing, recognise_header
from shared.core.desired import WishRules
from shared.core.errors import NeverError
from shared.core.permissions import Feature
from shared.core.report import Heading, RowReport, summary_of
from shared.core.run import Run, RunOptions
from shared.flows.apply import ApplyRow
from shared.flows.approval import Approval
from shared.flows.doctor import Doctor, Finding, GraphSide, StorageSide
from shared.flows.finish import Finish
from shared.flows.gate import Gate
from shared.flows.person_lock import PersonLock
from shared.flows.plan import PlanRow
from shared.flows.planning import Planning
from shared.flows.reconcile import Reconcile
from shared.flows.redrive import Redrive
from shared.flows.release import Release
from shared.flows.report import Reports
from shared.flows.single_user import SingleUser
from shared.flows.split import Split
from shared.flows.steps import MoveOn
from shared.flows.sweep import Sweep
from shared.flows.wall import Wall

if TYPE_CHECKING:
    from azure.identity.aio import ManagedIdentityCredential

    from shared.adapters.graph.gateway import GraphGateway
    from shared.adapters.workbook import Export as WorkbookExport
    from shared.adapters.workbook import Limits as WorkbookLimits
    from shared.settings import Settings

VERSION = "0.1.0"

data_connection = data_connection_name


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class App:
    """The verbs, wired from one environment."""

    def __init__(
        self, environment: Mapping[str, str], *, clock: Clock | None = None, storage: StoragePort | None = None
    ) -> None:
        self._environment = environment
        self._clock = clock or SystemClock()
        self._given_storage = storage

    @cached_property
    def settings(self) -> Settings:
        """Raises NeverError `badSettings` with every complaint."""
        from shared.settings import read_settings

        return read_settings(self._environment)

    # The verbs.

    @cached_property
    def split(self) -> Split:
        return Split(
            exports=self.exports,
            container=self.settings.exports_container,
            results=self.results,
            quarantine=self._storage.container(self.settings.quarantine_container),
            runs=self.runs,
            rows=self.rows,
            steps=self._steps,
            open_export=self._open_export,
            options=self._run_options(),
            clock=self._clock,
        )

    @cached_property
    def plan_row(self) -> PlanRow:
        return PlanRow(
            runs=self.runs,
            rows=self.rows,
            people=self.people,
            directory=self.graph,
            graph=self.graph,
            wall=self._wall,
            queue=self._storage.queue(self.settings.plan_queue),
            rules=self._wish_rules,
        )

    @cached_property
    def apply_row(self) -> ApplyRow:
        return ApplyRow(
            runs=self.runs,
            rows=self.rows,
            lock=self._lock,
            graph=self.graph,
            wall=self._wall,
            queue=self._storage.queue(self.settings.apply_queue),
            clock=self._clock,
            settle_seconds=self.settings.settle_seconds,
            max_attempts=self.settings.max_attempts,
        )

    @cached_property
    def move_on(self) -> MoveOn:
        return MoveOn(
            runs=self.runs,
            queue=self._steps,
            events=self._events,
            clock=self._clock,
            planning=self._planning(),
            applying=self._release(),
            closing=Finish(self.runs, self.rows, self._reports),
        )

    @cached_property
    def approval(self) -> Approval:
        return Approval(self.runs, self._steps, self._clock, self.settings.require_second_person)

    @cached_property
    def redrive(self) -> Redrive:
        return Redrive(self.runs, self.rows, self._steps, self._clock)

    @cached_property
    def reconcile(self) -> Reconcile:
        return Reconcile(
            people=self.people,
            slices=SLICES,
            graph=self.graph,
            runs=self.runs,
            results=self.results,
            events=self._events,
            clock=self._clock,
        )

    @cached_property
    def sweep(self) -> Sweep:
        queues = (self.settings.plan_queue, self.settings.apply_queue)
        return Sweep(
            exports=self.exports,
            container=self.settings.exports_container,
            split=self.split,
            runs=self.runs,
            rows=self.rows,
            steps=self._steps,
            events=self._events,
            poison=tuple(self._storage.queue(f"{name}-poison") for name in queues),
            approval=self.approval,
            clock=self._clock,
        )

    @cached_property
    def single_user(self) -> SingleUser:
        from shared.adapters.graph import Priority

        urgent = self.graph.with_priority(Priority.HIGH)
        return SingleUser(
            runs=self.runs,
            rows=self.rows,
            directory=urgent,
            graph=urgent,
            lock=self._lock,
            wall=self._wall,
            clock=self._clock,
            settle_seconds=self.settings.settle_seconds,
            rules=WishRules(app_region=self.settings.default_region or None, offers=self._wish_rules.offers),
        )

    async def doctor(self) -> tuple[Finding, ...]:
        """Looks at everything anew: nothing that an earlier call has read is trusted."""
        return await Doctor(self._graph_side, self._storage_side, self._clock)()

    def template(self) -> bytes:
        """An empty form for HR, as .xlsx."""
        from shared.adapters.workbook import write_template

        return write_template()

    # What the verbs need.

    @cached_property
    def _storage(self) -> StoragePort:
        return self._given_storage or resolve(data_connection_name(self._environment), self._environment)

    @cached_property
    def exports(self) -> ContainerPort:
        return self._storage.container(self.settings.exports_container)

    @cached_property
    def results(self) -> ContainerPort:
        return self._storage.container(self.settings.results_container)

    @cached_property
    def runs(self) -> RunsLedger:
        return RunsLedger(self._storage.table(self.settings.runs_table))

    @cached_property
    def rows(self) -> RowsLedger:
        return RowsLedger(self._storage.table(self.settings.rows_table))

    @cached_property
    def people(self) -> PeopleLedger:
        return PeopleLedger(self._storage.table(self.settings.people_table))

    @cached_property
    def _steps(self) -> QueuePort:
        return self._storage.queue(self.settings.steps_queue)

    @cached_property
    def _events(self) -> QueuePort:
        return self._storage.queue(self.settings.notify_queue)

    @cached_property
    def _lock(self) -> PersonLock:
        return PersonLock(self.people, self._clock)

    @cached_property
    def _wall(self) -> Wall:
        return self._new_wall(self.graph)

    def _new_wall(self, directory: GraphGateway) -> Wall:
        return Wall(
            directory,
            self._clock,
            protect_admins=self.settings.protect_admins,
            protected_group_id=self.settings.protected_group_id,
            protected_ids=self.settings.protected_ids,
        )

    @cached_property
    def _wish_rules(self) -> WishRules:
        from shared.adapters.graph import CLOUDS

        return WishRules(
            app_region=self.settings.default_region or None,
            allow_removals=self.settings.allow_removals,
            sms_sign_in=self.settings.sms_sign_in,
            offers=CLOUDS[self.settings.graph_cloud].offers,
        )

    @cached_property
    def _credential(self) -> ManagedIdentityCredential:
        from azure.identity.aio import ManagedIdentityCredential

        return ManagedIdentityCredential(client_id=self.settings.azure_client_id or None)

    @cached_property
    def graph(self) -> GraphGateway:
        """Raises NeverError `badSettings`."""
        from shared.adapters.graph import Pacing, open_gateway

        pace = Pacing(expected_workers=self.settings.expected_workers, max_concurrency=self.settings.max_concurrency)
        with _complaints():
            return open_gateway(
                cloud=self.settings.graph_cloud,
                base_url=self.settings.graph_base_url or None,
                credential=self._credential,
                user_agent=f"phone-methods/{VERSION} process/{uuid.uuid4().hex[:8]}",
                pace=pace,
            )

    def _graph_side(self) -> GraphSide:
        from shared.adapters.graph import CLOUDS, Priority

        settings, urgent = self.settings, self.graph.with_priority(Priority.HIGH)
        switched_on = {
            Feature.ADMIN_WALL: settings.protect_admins,
            Feature.GROUPS: bool(settings.protected_group_id),
        }
        return GraphSide(
            graph=urgent,
            wall=self._new_wall(urgent),
            features=frozenset({Feature.CORE, *(feature for feature, on in switched_on.items() if on)}),
            narrow_permissions=CLOUDS[settings.graph_cloud].narrow_permissions,
        )

    def _storage_side(self) -> StorageSide:
        with _complaints():
            return StorageSide(
                tables=[self._storage.table(name) for name in self._tables()],
                queues=[self._storage.queue(name) for name in self._queues()],
                containers=[self._storage.container(name) for name in self._containers()],
                runs=RunsOverview(self.runs),
            )

    def _planning(self) -> Planning:
        gate = Gate(
            runs=self.runs,
            rows=self.rows,
            clock=self._clock,
            limits=self.settings.gate_limits(),
            max_same_mobile=self.settings.max_same_mobile,
            held_days=self.settings.held_days,
            reports=self._reports,
        )
        plan_queue = self._storage.queue(self.settings.plan_queue)
        return Planning(self.rows, plan_queue, self.settings.plan_window, gate)

    def _release(self) -> Release:
        return Release(
            rows=self.rows,
            people=self.people,
            queue=self._storage.queue(self.settings.apply_queue),
            budget=WriteBudget(self._storage.table(self.settings.runs_table)),
            clock=self._clock,
            window=self.settings.apply_window,
        )

    @cached_property
    def _reports(self) -> Reports:
        return Reports(self.rows, self.results, self._write_workbook, self._clock)

    def _run_options(self) -> RunOptions:
        return RunOptions(
            full=self.settings.export_scope == "full",
            approval=self.settings.approval,
            on_existing=self.settings.on_existing,
            default_phone_type=self.settings.default_phone_type,
        )

    def _open_export(self, data: bytes, name: str, options: RunOptions) -> WorkbookExport[ColumnMap]:
        from shared.adapters.workbook import open_export

        headers: Any = {
            "column_map": self.settings.columns_by_header(),
            "default_phone_type": options.default_phone_type,
        }
        return open_export(
            data,
            name,
            recognise=partial(recognise_header, **headers),
            explain_missing=partial(explain_missing, **headers),
            limits=self._file_limits(),
            table_name=self.settings.table_name or None,
        )

    def _write_workbook(self, data: bytes, run: Run, reports: Mapping[int, RowReport], heading: Heading) -> bytes:
        from shared.adapters.workbook import write_result

        return write_result(
            data,
            run.name,
            self._open_export(data, run.name, run.options),
            reports,
            heading=heading,
            summary=summary_of(run),
            full_rows=self.settings.result_full_rows,
            limits=self._file_limits(),
        )

    def _file_limits(self) -> WorkbookLimits:
        from shared.adapters.workbook import Limits as WorkbookLimits

        return WorkbookLimits(
            max_file_bytes=self.settings.max_file_bytes,
            max_unpacked_bytes=self.settings.max_unpacked_bytes,
            max_ratio=self.settings.max_ratio,
            max_rows=self.settings.max_rows,
            max_columns=self.settings.max_columns,
            max_cell_characters=self.settings.max_cell_characters,
        )

    async def prepare_storage(self) -> None:
        """Create the containers, queues and tables; in Azure the infrastructure does this."""
        for container in self._containers():
            await self._storage.container(container).ensure()
        for queue in self._queues():
            await self._storage.queue(queue).ensure()
        for table in self._tables():
            await self._storage.table(table).ensure()

    def _containers(self) -> tuple[str, ...]:
        return self.settings.exports_container, self.settings.results_container, self.settings.quarantine_container

    def _queues(self) -> tuple[str, ...]:
        names = self.settings
        return names.plan_queue, names.apply_queue, names.steps_queue, names.notify_queue

    def _tables(self) -> tuple[str, ...]:
        return self.settings.runs_table, self.settings.rows_table, self.settings.people_table

    async def close(self) -> None:
        """Close every socket that was opened."""
        built = vars(self)
        if "graph" in built:
            await self.graph.close()
        if "_credential" in built:
            await self._credential.close()
        if "_storage" in built:
            await self._storage.close()


@contextmanager
def _complaints() -> Iterator[None]:
    """What only the clients can judge of the settings, as the settings' own complaints."""
    try:
        yield
    except ValueError as error:
        raise NeverError(
            "badSettings", f"Settings cannot be used: {error}", remedy="Correct them and restart the app."
        ) from None


@cache
def app_of_process() -> App:
    """The one app of this process, from its environment."""
    logging.getLogger("azure").setLevel(logging.WARNING)  # the SDKs log whole addresses at INFO
    return App(os.environ)
