"""One person over HTTP, ahead of the runs in the queue for Graph.

Called by the routes of phone and e-mail methods.
"""

from __future__ import annotations

from functools import cached_property

from shared.bootstrap.one_person import OnePerson
from shared.core.export.desired import WishRules
from shared.flows.person.call_record import SingleRuns
from shared.flows.person.single_call import SingleUser


class SingleCalls(OnePerson):
    """The verb of calls for one person."""

    @cached_property
    def single_user(self) -> SingleUser:
        from shared.adapters.graph import Priority

        urgent = self.graph.with_priority(Priority.HIGH)
        return SingleUser(
            records=SingleRuns(self.runs, self.rows, self._clock),
            directory=urgent,
            graph=urgent,
            lock=self._lock,
            wall=self._wall,
            clock=self._clock,
            holders=self.number_holders,
            settle_seconds=self.settings.settle_seconds,
            rules=WishRules(app_region=self.settings.default_region or None, offers=self._wish_rules.offers),
        )
