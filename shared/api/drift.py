"""`GET /drift`: the newest report of a reconcile."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import AliasChoices, Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import GuardedRoute, Wired
from shared.api.schema import Resource, errors
from shared.api.verbs import Verbs
from shared.core.record.drift import DriftKind
from shared.core.values.slot import Slot
from shared.core.values.states import RunState

router = APIRouter(prefix="/drift", route_class=GuardedRoute, tags=["Drift"])


class DriftResource(Resource):
    """One entry of the report: a slot whose current value differs from the base, or a change of the account."""

    id: str = Field(description="Object id of the person.")
    kind: DriftKind = Field(description="The kind of drift, as in docs/outcomes.md.")
    slot: Slot | None = Field(description="null = the drift is about the account.")
    expected: str | None = Field(
        description="The base, masked; null = the drift is about the account, or a removal was lost."
    )
    found: str | None = Field(
        description="The current value, masked; null = there is none, or the drift is about the account."
    )
    outcome: str = Field(description="The outcome of the person's row in the reconcile's run.")
    code: str = Field(description="The reason, as in docs/outcomes.md.")


class NotReadResource(Resource):
    """A person whose methods could not be read."""

    id: str = Field(description="Object id of the person.")
    code: str = Field(description="The reason, as in docs/outcomes.md.")


class DriftReportResource(Resource):
    run: str = Field(description="The reconcile's run.")
    state: RunState = Field(description="The state of the run; while it is not finished, it may still repair drift.")
    at: datetime = Field(description="When the reconcile started.")
    message: str = Field(description="The figures as a sentence.")
    people: int = Field(description="How many people were compared.")
    drifted: list[DriftResource]
    not_read: list[NotReadResource] = Field(validation_alias=AliasChoices("notRead", "unread"))
    """Reports of version 0.1.0 say `unread`."""


@router.get("", operation_id="GetDrift", summary="Get drift", responses=errors(404))
async def get_drift(verbs: Wired) -> DriftReportResource:
    """Return the newest report of a reconcile. Values are always masked."""
    report = await newest_report(verbs)
    if report is None:
        raise RequestRefusedError("driftReportNotFound")
    return report


async def newest_report(verbs: Verbs) -> DriftReportResource | None:
    """None = there is no report of a reconcile yet."""
    report = await verbs.newest_drift()
    return None if report is None else DriftReportResource.model_validate(report)
