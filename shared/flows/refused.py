"""Refused: what a row settles as when the same work would only fail the same way again.

Called by plan and apply.
"""

from __future__ import annotations

from shared.core.errors import NeverError
from shared.core.row import Outcome
from shared.core.states import RowState
from shared.flows.carry_out import done_before

_STATE_BY_CODE = {"newerExport": RowState.SUPERSEDED, "changedSincePlan": RowState.STALE}
"""Every other code means that the row is refused."""


def outcome_of(refusal: NeverError) -> Outcome:
    state = _STATE_BY_CODE.get(refusal.code, RowState.REFUSED)
    return Outcome(state, refusal.code, refusal.message, done_before(refusal), refusal.request_id)
