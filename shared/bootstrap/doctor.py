"""The doctor: what is wrong with settings, Graph and storage.

Called by the deep health check and by the sandbox's command.
"""

from __future__ import annotations

from shared.adapters.graph.permissions import Feature
from shared.adapters.ledger.runs_overview import RunsOverview
from shared.adapters.storage.connection import unused_accounts
from shared.bootstrap.one_person import OnePerson
from shared.clients import complaints
from shared.doctor import Doctor, Finding, GraphSide, StorageSide


class Checkup(OnePerson):
    """The verb that finds out why others fail."""

    async def doctor(self) -> tuple[Finding, ...]:
        """Looks at everything anew: nothing that an earlier call has read is trusted."""
        return await Doctor(self._graph_side, self._storage_side, self._clock)()

    def _graph_side(self) -> GraphSide:
        from shared.adapters.graph import CLOUDS, Priority

        settings, urgent = self.settings, self.graph.with_priority(Priority.HIGH)
        switched_on = {
            Feature.PROTECTED_ACCOUNTS: settings.protect_admins,
            Feature.EMAIL: settings.uses_email_methods(),
            Feature.GROUPS: bool(settings.protected_group_id or settings.pilot_group_id),
        }
        return GraphSide(
            graph=urgent,
            protected_accounts=self._new_protected_accounts(urgent),
            features=frozenset({Feature.CORE, *(feature for feature, on in switched_on.items() if on)}),
            narrow_permissions=CLOUDS[settings.graph_cloud].narrow_permissions,
        )

    def _storage_side(self) -> StorageSide:
        with complaints():
            return StorageSide(
                tables=[self._storage.table(name) for name in self._tables()],
                queues=[self._storage.queue(name) for name in self._queues()],
                containers=[self._storage.container(name) for name in self._containers()],
                runs=RunsOverview(self.runs),
                unused=unused_accounts(self._environment),
            )
