"""Refused: what a row settles as when the same work would only fail the same way again.

Called by plan and apply.
"""

from __future__ import annotations

from shared.core.run.row import Outcome
from shared.core.values.errors import PermanentError
from shared.core.values.states import RowState
from shared.flows.person.execute import done_before

_STATE_BY_CODE = {"newerExport": RowState.SUPERSEDED, "changedSincePlan": RowState.STALE}
"""Every other code means that the row is refused."""

_REMEDY_VARIES = frozenset({"protectedAccountsUnreadable", "pilotUnreadable", "permissionMissing"})
"""Which permission has to be granted is only known to the error, so the row's reason names it."""


def outcome_of(refusal: PermanentError) -> Outcome:
    state = _STATE_BY_CODE.get(refusal.code, RowState.REFUSED)
    reason = refusal.message
    if refusal.code in _REMEDY_VARIES and refusal.remedy:
        reason += f". {refusal.remedy}"
    return Outcome(state, refusal.code, reason, done_before(refusal), refusal.request_id)
