"""Judge a planned row by the person as they are now: what is left to be done, or what the row settles as.

Called by apply before it writes, and by poison, which only looks.
"""

from __future__ import annotations

from shared.core.plan.plan import Plan
from shared.core.record.remaining import Remaining, Stale, remaining_needs_email, remaining_operations
from shared.core.run.row import Outcome, Row
from shared.core.values.errors import PermanentError
from shared.core.values.states import RowState
from shared.flows.person.refused import outcome_of
from shared.flows.ports import MethodsPort


async def what_is_left(graph: MethodsPort, row: Row, plan: Plan) -> Remaining | Outcome:
    """`Remaining` has at least one operation. Raises RetryLaterError when Graph cannot be asked now."""
    try:
        current = await graph.methods(row.object_id, email=remaining_needs_email(plan))
    except PermanentError as refusal:
        return outcome_of(refusal)
    judged = remaining_operations(plan, current)
    if isinstance(judged, Stale):
        return outcome_of(PermanentError(judged.code, judged.reason))
    if judged.operations:
        return judged
    if row.state is RowState.WRITING or not plan.operations:
        return Outcome(plan.outcome, plan.code)
    return Outcome(RowState.UNCHANGED, "alreadySet")
