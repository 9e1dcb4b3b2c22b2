"""`/protected-accounts`: a person accepts that the tenant has fewer administrators than before."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.schema import Resource, errors
from shared.core.run.approvers import TouchedBy, answer_to

router = APIRouter(prefix="/protected-accounts", route_class=GuardedRoute, tags=["Service"])


class AcceptanceResource(Resource):
    accepted: bool = Field(description="Whether there was something to accept; otherwise nothing was changed.")
    before: int = Field(description="Active role assignments when the list was stored last; 0 = not known.")
    after: int = Field(description="Active role assignments that count from now on; 0 = not known.")


@router.post(
    "/accept", operation_id="AcceptProtectedAccounts", summary="Accept protected accounts", responses=errors(409)
)
async def accept_protected_accounts(verbs: Wired, caller: Calling) -> AcceptanceResource:
    """Accept a list of active role assignments that has become much shorter; until then nothing is written.

    A caller who could not approve an untouched run cannot accept the list either.
    """
    rule = verbs.settings.require_second_person
    answer = answer_to(caller.id, rule, TouchedBy(), frozenset(), through_connector=caller.through_connector)
    if answer.refused:
        raise RequestRefusedError(answer.refused)
    await verbs.journal.decided_without_run("AcceptProtectedAccounts", caller.id)
    accepted = await verbs.protected_accounts.accept(caller.id)
    if accepted is None:
        return AcceptanceResource(accepted=False, before=0, after=0)
    return AcceptanceResource(accepted=True, before=accepted.before, after=accepted.after)
