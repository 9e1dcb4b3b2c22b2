"""Builds the doctor from clients and settings: what its checks of callers, delivery, Graph and storage need."""

from __future__ import annotations

import asyncio
from functools import partial

from azure.core.exceptions import AzureError

from shared.adapters.storage.requests import Explaining
from shared.api.roles import CallerRole
from shared.clients import Clients, explained_as_settings
from shared.core.export.directory_source import DirectorySource, is_trusted
from shared.core.numbers.numbering_plan import region_of
from shared.core.person.privilege import ProtectionMemory
from shared.core.run.approvers import SecondPerson
from shared.core.values.errors import ExplainedError
from shared.core.values.phone_delivery import PhoneDelivery
from shared.core.values.said import counted
from shared.core.values.slot import PhoneNumber
from shared.doctor.approvers import ApproversInputs
from shared.doctor.callers import CallersInputs
from shared.doctor.countries import CountriesInputs
from shared.doctor.doctor import Doctor
from shared.doctor.graph import GraphInputs
from shared.doctor.runs_overview import RunsOverview
from shared.doctor.storage import StorageInputs
from shared.flows.upkeep.timers import SWEEP, SWEEP_INSTEAD
from shared.settings import Settings
from shared.wiring.features import features_of
from shared.wiring.person import PersonParts

_PEOPLE_READ = 1_000
"""One page of the table. Object ids are random, so these people are a sample of all."""


def new_doctor(clients: Clients, person: PersonParts) -> Doctor:
    return Doctor(
        partial(_graph_inputs, clients, person),
        partial(_storage_inputs, clients),
        clients.clock,
        callers=partial(_callers_inputs, clients),
        delivery=partial(_delivery, clients),
    )


def _delivery(clients: Clients) -> PhoneDelivery:
    return clients.settings.delivery()


def _callers_inputs(clients: Clients) -> CallersInputs:
    settings = clients.settings
    return CallersInputs(
        has_key=settings.auth_mode == "key",
        is_signed_in=settings.auth_mode == "entra" and settings.website_auth_enabled,
        is_tenant_pinned=bool(settings.tenants()),
        wants_second_person=_wants_second_person(settings),
        knows_connector=bool(settings.connector_client_id),
    )


def _graph_inputs(clients: Clients, person: PersonParts) -> GraphInputs:
    settings, graph = clients.settings, clients.urgent_graph
    return GraphInputs(
        token_claims=graph.token_claims,
        look_up=graph.look_up,
        sign_in_policy=graph.sign_in_policy,
        protected=person.new_protected_accounts(graph, _MemoryIfReadable(clients)).report,
        admins=settings.protect_admins,
        unproven=_unproven(settings),
        features=features_of(settings),
        narrow_permissions=clients.cloud.narrow_permissions,
        offered=settings.offered,
        countries=CountriesInputs(
            graph.usage_locations,
            partial(_regions_of_numbers, clients),
            frozenset(settings.allowed_calling_codes),
        ),
        approvers=ApproversInputs(
            role=CallerRole.APPROVE,
            is_second_person_wanted=_wants_second_person(settings),
            is_registration_known=bool(settings.api_client_id),
            holders=partial(person.privilege(graph).holders_of_own_role, CallerRole.APPROVE),
        ),
        deliverer=settings.phone_delivery,
    )


class _MemoryIfReadable:
    """The app's memory of protected accounts; empty if storage fails, which another check reports."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def protection(self) -> ProtectionMemory:
        try:
            return await self._clients.protection.protection()
        except (AzureError, ExplainedError, ValueError):
            return ProtectionMemory()

    async def remember_protection(self, _: ProtectionMemory) -> None:
        """The doctor changes nothing."""


def _wants_second_person(settings: Settings) -> bool:
    return settings.require_second_person is not SecondPerson.FALSE


async def _regions_of_numbers(clients: Clients) -> frozenset[str]:
    """The regions of the numbers of the first people in `People`; none if it cannot be read."""
    try:
        people = await clients.people.first(_PEOPLE_READ)
    except (AzureError, ExplainedError):
        return frozenset()
    written = (slot.written for person in people for slot in person.slots.values())
    regions = {region_of(one.country_code, one.national) for one in written if isinstance(one, PhoneNumber)}
    return frozenset(filter(None, regions))


def _unproven(settings: Settings) -> tuple[str, ...]:
    """The properties in DIRECTORY_SOURCE that are not trusted."""
    pairs = DirectorySource.parse(settings.directory_source).pairs
    return tuple(source for _, source in pairs if not is_trusted(source, settings.directory_trusted))


async def _notify_faults(clients: Clients) -> tuple[str, ...]:
    settings, faults = clients.settings, dict[int, str]()
    for receiver in settings.notify_urls:
        with Explaining("Table", "The table of runs"):
            fault = await clients.notifications.fault(receiver.key)
        if fault is not None:
            times = counted(fault.failures, "time", "times")
            faults[receiver.number] = f"{fault.reason} ({times} since {fault.since:%Y-%m-%d %H:%M} UTC)"
        if not settings.is_resolved(receiver):
            faults[receiver.number] = "Key Vault does not give its secret to the app"
    return tuple(f"Receiver {number} in NOTIFY_URLS: {fault}." for number, fault in faults.items())


def _storage_inputs(clients: Clients) -> StorageInputs:
    with explained_as_settings():
        return StorageInputs(
            tables=[table.reachable for table in clients.tables()],
            queues=[queue.reachable for queue in clients.queues()],
            containers=[container.reachable for container in clients.containers()],
            runs=RunsOverview(
                clients.runs,
                lambda: asyncio.gather(*map(clients.times.at, (SWEEP, SWEEP_INSTEAD))),
                clients.exports,
                clients.settings.exports_container,
                clients.settings.folders_of_exports(),
            ),
            notify_faults=partial(_notify_faults, clients) if clients.settings.notify_urls else None,
            unused=clients.unused_storage_settings(),
            unknown_to_host=clients.names_unknown_to_host(),
        )
