"""Judge a planned row by the person as they are now: what is left to be done, or what the row settles as.

Called by apply before it writes, and by poison, which only looks.
"""

from __future__ import annotations

from shared.core.plan.plan import Plan
from shared.core.record.remaining import Remaining, Stale, judged_by_email, what_remains
from shared.core.run.row import Outcome, Row
from shared.core.values.errors import NeverError
from shared.core.values.states import RowState
from shared.flows.person.refused import outcome_of
from shared.flows.ports import MethodsReader


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
