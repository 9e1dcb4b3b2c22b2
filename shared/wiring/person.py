"""Builds the calls for one person, the parts of every write, such as the lock, and the journal."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from functools import cache, cached_property
from typing import TYPE_CHECKING

from shared.clients import Clients
from shared.core.export.desired import DesiredValueRules
from shared.core.person.privilege import ProtectionScope
from shared.core.values.states import SmsSignIn, Source
from shared.flows.chain import Journal
from shared.flows.journal import RunJournal
from shared.flows.person.call_admission import CallAdmission, CallQuotas
from shared.flows.person.call_records import CallRecords
from shared.flows.person.changes import Changes
from shared.flows.person.clean_up_check import CleanUpCheck
from shared.flows.person.find_person import DefaultMethods, FindPerson
from shared.flows.person.number_holders import NumberHolders
from shared.flows.person.people_by_id import PeopleById
from shared.flows.person.preconditions import PersonLock, PilotGroup
from shared.flows.person.protected_accounts import ProtectedAccounts, ProtectionMemoryStore
from shared.flows.person.shared_values import SharedValues
from shared.flows.person.single_call import SingleCalls
from shared.flows.person.write_person import PersonWriter

if TYPE_CHECKING:
    from shared.adapters.graph.gateway import GraphGateway
    from shared.adapters.graph.privilege import PrivilegeReader
    from shared.settings import Settings


class PersonParts:
    """One per process. Each part is built on first use."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    @cached_property
    def lock(self) -> PersonLock:
        lag = timedelta(seconds=self._clients.settings.read_lag_seconds)
        return PersonLock(self._clients.people, self._clients.clock, self._clients.value_key, lag)

    @cached_property
    def changes(self) -> Changes:
        return Changes(self._clients.rows, self._clients.results)

    @cached_property
    def journal(self) -> RunJournal:
        clients = self._clients
        journal = Journal(
            store=clients.journal,
            container=clients.journal_container,
            clock=clients.clock,
            settings=cache(lambda: _hash_of(clients.settings)),
        )
        return RunJournal(
            journal=journal,
            rows=clients.rows,
            results=clients.results,
            returns=clients.returns,
            clock=clients.clock,
            versions=clients.versions,
        )

    @cached_property
    def number_holders(self) -> NumberHolders:
        return NumberHolders(self._clients.people.all, self._clients.clock)

    @cached_property
    def shared_values(self) -> SharedValues:
        clients = self._clients
        return SharedValues(
            clients.value_index, clients.people, clients.runs, clients.value_key, clients.settings.sharing_limits()
        )

    @cached_property
    def call_admission(self) -> CallAdmission:
        clients = self._clients
        quotas = CallQuotas(clients.call_quotas, clients.clock, clients.settings.call_limits())
        return CallAdmission(quotas, self.shared_values, clients.clock)

    @cached_property
    def default_methods(self) -> DefaultMethods:
        return DefaultMethods(self._clients.urgent_graph.default_method_of, self._clients.clock)

    @cached_property
    def find_person(self) -> FindPerson:
        return FindPerson(self._clients.urgent_graph)

    @cached_property
    def people_by_id(self) -> PeopleById:
        return PeopleById(self._clients.urgent_graph.account, self._clients.clock)

    @cached_property
    def protected_accounts(self) -> ProtectedAccounts:
        return self.new_protected_accounts(self._clients.graph, self._clients.protection)

    def new_protected_accounts(self, directory: GraphGateway, memory: ProtectionMemoryStore) -> ProtectedAccounts:
        """A new object with an empty cache."""
        settings = self._clients.settings
        return ProtectedAccounts(
            self.privilege(directory),
            memory,
            self._clients.clock,
            scope=self._scope,
            names=settings.protected_ids,
        )

    @property
    def _scope(self) -> ProtectionScope:
        settings = self._clients.settings
        return ProtectionScope(
            admins=settings.protect_admins,
            roles=frozenset(settings.protected_roles),
            group=settings.protected_group_id,
            api_client_id=settings.api_client_id,
        )

    def privilege(self, directory: GraphGateway) -> PrivilegeReader:
        return directory.privilege(self._scope, lambda: self._clients.clock.now().timestamp())

    @cached_property
    def pilot_group(self) -> PilotGroup:
        members = self.privilege(self._clients.graph).group_members
        return PilotGroup(members, self._clients.clock, self._clients.settings.pilot_group_id)

    def new_single_calls(self) -> SingleCalls:
        clients = self._clients
        return SingleCalls(
            records=CallRecords(clients.runs, clients.rows, self.changes, clients.clock, self.journal),
            directory=clients.urgent_graph,
            graph=clients.urgent_graph,
            protected_accounts=self.protected_accounts,
            pilot_group=self.pilot_group,
            writer=self.writer_for_calls,
            rules=self.rules_for_calls,
            admission=self.call_admission,
            default_methods=self.default_methods,
            find=self.find_person,
            queue=clients.apply_queue,
            max_failures=clients.settings.max_failures,
        )

    @cached_property
    def writer_for_rows(self) -> PersonWriter:
        """The writer for rows of runs, whose failed work is retried by a message of the row."""
        return self._writer(self._clients.graph, is_redelivered=True)

    @cached_property
    def writer_for_calls(self) -> PersonWriter:
        return self._writer(self._clients.urgent_graph, is_redelivered=False)

    def _writer(self, graph: GraphGateway, *, is_redelivered: bool) -> PersonWriter:
        return PersonWriter(
            rows=self._clients.rows,
            lock=self.lock,
            graph=graph,
            check_protection=self.protected_accounts.check_before_write,
            check_pilot=self.pilot_group.check,
            checks_by_source={Source.CLEANUP: self._check_of_clean_up},
            clock=self._clients.clock,
            holders_of=self.number_holders.of,
            resolve_seconds=self._clients.settings.resolve_seconds,
            is_redelivered=is_redelivered,
            rules=self.rules_for_exports,
        )

    @cached_property
    def _check_of_clean_up(self) -> CleanUpCheck:
        return CleanUpCheck(self._clients.graph.all_methods, self._clients.settings.sspr_methods_required)

    @cached_property
    def rules_for_exports(self) -> DesiredValueRules:
        settings = self._clients.settings
        return DesiredValueRules(
            app_region=settings.default_region or None,
            allow_removals=settings.allow_removals,
            sms_sign_in=settings.sms_sign_in,
            offers=settings.offered,
            email_methods=settings.uses_email_methods(),
            allowed_calling_codes=frozenset(settings.allowed_calling_codes),
            delivery=settings.delivery(),
        )

    @cached_property
    def rules_for_calls(self) -> DesiredValueRules:
        """As `rules_for_exports`, but without ALLOW_REMOVALS and SMS_SIGN_IN: a call itself says what to remove or
        switch."""
        return replace(self.rules_for_exports, allow_removals=False, sms_sign_in=SmsSignIn.LEAVE)


def _hash_of(settings: Settings) -> str:
    """The SHA-256 of all settings without secrets, for the journal."""
    public = {name for name, field in type(settings).model_fields.items() if field.repr}
    return hashlib.sha256(settings.model_dump_json(include=public).encode()).hexdigest()
