"""Builds the doctor: Graph with the features that the settings enable, and every table, queue and container.

Used by `shared.app`.
"""

from __future__ import annotations

from functools import partial

from shared.adapters.graph.permissions import Feature
from shared.adapters.ledger.runs_overview import RunsOverview
from shared.clients import Clients, explained_as_settings
from shared.core.run.approvers import SecondPerson
from shared.core.values.states import ProtectAdmins
from shared.doctor.callers import CallersSide
from shared.doctor.doctor import Doctor
from shared.doctor.graph import GraphSide
from shared.doctor.storage import StorageSide
from shared.wiring.person import PersonParts


def new_doctor(clients: Clients, person: PersonParts) -> Doctor:
    return Doctor(
        partial(_graph_side, clients, person),
        partial(_storage_side, clients),
        clients.clock,
        callers=partial(_callers_side, clients),
    )


def _callers_side(clients: Clients) -> CallersSide:
    settings = clients.settings
    return CallersSide(
        has_key=settings.auth_mode == "key",
        is_signed_in=settings.auth_mode == "entra" and settings.website_auth_enabled,
        is_tenant_pinned=bool(settings.tenants()),
        wants_second_person=settings.require_second_person is not SecondPerson.FALSE,
        knows_connector=bool(settings.connector_client_id),
    )


def _graph_side(clients: Clients, person: PersonParts) -> GraphSide:
    settings = clients.settings
    enabled = {
        Feature.PROTECTED_ACCOUNTS: settings.protect_admins is not ProtectAdmins.NONE,
        Feature.EMAIL: settings.uses_email_methods(),
        Feature.GROUPS: bool(settings.protected_group_id or settings.pilot_group_id),
    }
    return GraphSide(
        graph=clients.urgent_graph,
        check_protected=person.new_protected_accounts(clients.urgent_graph).check,
        features=frozenset({Feature.CORE, *(feature for feature, on in enabled.items() if on)}),
        narrow_permissions=clients.cloud.narrow_permissions,
        offered=settings.offered,
    )


def _storage_side(clients: Clients) -> StorageSide:
    with explained_as_settings():
        return StorageSide(
            tables=[table.reachable for table in clients.tables()],
            queues=[queue.reachable for queue in clients.queues()],
            containers=[container.reachable for container in clients.containers()],
            runs=RunsOverview(
                clients.runs,
                clients.exports,
                clients.settings.exports_container,
                clients.settings.folders_of_exports(),
            ),
            unused=clients.unused_storage_settings(),
        )
