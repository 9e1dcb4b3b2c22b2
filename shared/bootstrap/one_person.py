"""What stands between any verb and one person: the lock, the wall, the pilot, and what may be wished for.

The wiring of runs, of single calls and of the doctor builds on it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shared.clients import Clients
from shared.core.export.desired import DesiredValueRules
from shared.flows.person.lock import PersonLock
from shared.flows.person.number_holders import NumberHolders
from shared.flows.person.protected_accounts import PilotGroup, ProtectedAccounts

if TYPE_CHECKING:
    from shared.adapters.graph.gateway import GraphGateway


class OnePerson(Clients):
    """What is asked before a person is touched."""

    @cached_property
    def number_holders(self) -> NumberHolders:
        return NumberHolders(self.people, self._clock)

    @cached_property
    def _lock(self) -> PersonLock:
        return PersonLock(self.people, self._clock)

    @cached_property
    def _protected_accounts(self) -> ProtectedAccounts:
        return self._new_protected_accounts(self.graph)

    @cached_property
    def _pilot_group(self) -> PilotGroup:
        return PilotGroup(self.graph, self._clock, self.settings.pilot_group_id)

    def _new_protected_accounts(self, directory: GraphGateway) -> ProtectedAccounts:
        return ProtectedAccounts(
            directory,
            self._clock,
            protect_admins=self.settings.protect_admins,
            protected_group_id=self.settings.protected_group_id,
            protected_ids=self.settings.protected_ids,
        )

    @cached_property
    def _desired_value_rules(self) -> DesiredValueRules:
        from shared.adapters.graph import CLOUDS

        return DesiredValueRules(
            app_region=self.settings.default_region or None,
            allow_removals=self.settings.allow_removals,
            sms_sign_in=self.settings.sms_sign_in,
            offers=CLOUDS[self.settings.graph_cloud].offers,
        )
