"""`/drift`: what the newest reconcile found."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import GuardedRoute
from shared.api.schema import Resource, errors
from shared.api.verbs import Wired
from shared.core.record.drift import DriftKind
from shared.core.values.slot import Slot
from shared.core.values.states import RunState

router = APIRouter(prefix="/drift", route_class=GuardedRoute, tags=["Drift"])


class Drifted(Resource):
    """One difference: a slot that is no longer as this app left it, or what became of the account."""

    id: str = Field(description="Object id of the person.")
    kind: DriftKind = Field(description="How it differs, as in docs/outcomes.md.")
    slot: Slot | None = Field(description="null = said of the account.")
    expected: str | None = Field(description="What this app wrote, masked; null = said of the account.")
    found: str | None = Field(description="What is there, masked; null = nothing.")
    outcome: str = Field(description="What became of the person's row in this reconcile's run.")
    code: str = Field(description="Why.")


class Unread(Resource):
    """A person who could not be read."""

    id: str = Field(description="Object id of the person.")
    code: str = Field(description="Why.")


class DriftReport(Resource):
    run: str = Field(description="The reconcile's run.")
    state: RunState = Field(description="Of the run: it may still repair what it found.")
    at: datetime = Field(description="When the reconcile began.")
    message: str = Field(description="The figures in words.")
    people: int = Field(description="How many people were looked at.")
    drifted: list[Drifted]
    unread: list[Unread]


@router.get("", operation_id="GetDrift", summary="Get drift", responses=errors(404))
async def get_drift(verbs: Wired) -> DriftReport:
    """The report of the newest reconcile that has read everybody; numbers are masked for everybody."""
    report = await verbs.newest_drift()
    if report is None:
        raise RequestRefusedError("driftReportNotFound")
    return DriftReport.model_validate(report)
