"""One person over HTTP, ahead of the runs in the queue for Graph.

Called by the routes of phone and e-mail methods.
"""

from __future__ import annotations

from functools import cached_property

from shared.bootstrap.one_person import OnePerson
from shared.core.export.desired import DesiredValueRules
from shared.flows.person.call_record import CallRecords
from shared.flows.person.single_call import SingleCalls


class CallVerbs(OnePerson):
    """The verb of calls for one person."""

    @cached_property
    def single_calls(self) -> SingleCalls:
        from shared.adapters.graph import Priority

        urgent = self.graph.with_priority(Priority.HIGH)
        return SingleCalls(
            records=CallRecords(self.runs, self.rows, self._clock),
            directory=urgent,
            graph=urgent,
            lock=self._lock,
            protected_accounts=self._protected_accounts,
            clock=self._clock,
            holders=self.number_holders,
            resolve_seconds=self.settings.resolve_seconds,
            rules=DesiredValueRules(
                app_region=self.settings.default_region or None, offers=self._desired_value_rules.offers
            ),
        )
