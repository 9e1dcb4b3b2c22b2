"""Judge a planned row by the person as they are now: what is left to be done, or what the row settles as.

Called by apply before it writes, and by poison, which only looks.
"""

from __future__ import annotations

from shared.core.errors import NeverError
from shared.core.plan import Plan
from shared.core.remaining import Remaining, Stale, judged_by_email, what_remains
from shared.core.row import Outcome, Row
from shared.core.states import RowState
from shared.flows.ports import MethodsReader
from shared.flows.refused import outcome_of


async def judge(graph: MethodsReader, row: Row, plan: Plan) -> Remaining | Outcome:
    """`Remaining` has at least one operation. Raises AgainError when Graph cannot be asked now."""
    try:
        there = await graph.methods(row.object_id, email=judged_by_email(plan))
    except NeverError as refusal:
        return outcome_of(refusal)
    judged = what_remains(plan, there)
    if isinstance(judged, Stale):
        return outcome_of(NeverError(judged.code, judged.reason))
    if judged.operations:
        return judged
    if row.state is RowState.WRITING or not plan.operations:
        return Outcome(plan.outcome, plan.code)
    return Outcome(RowState.UNCHANGED, "alreadyThere")
