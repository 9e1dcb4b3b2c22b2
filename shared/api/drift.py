"""`/drift`: what the newest finished reconcile found."""

from __future__ import annotations

import json
from datetime import datetime

from fastapi import APIRouter
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import GuardedRoute
from shared.api.schema import Resource, errors
from shared.api.verbs import Wired
from shared.core.slot import Slot
from shared.core.states import RunState, Source

router = APIRouter(prefix="/drift", route_class=GuardedRoute, tags=["Drift"])


class Drifted(Resource):
    """One slot of one person that is no longer as this app left it."""

    id: str = Field(description="Object id of the person.")
    slot: Slot
    kind: str = Field(description="changed or removed.")
    expected: str = Field(description="What this app wrote, masked.")
    found: str | None = Field(description="What is there, masked; null = nothing.")


class Unread(Resource):
    """A person who could not be read."""

    id: str = Field(description="Object id of the person.")
    code: str = Field(description="Why.")


class DriftReport(Resource):
    run: str = Field(description="The reconcile's run.")
    at: datetime
    people: int = Field(description="How many people were looked at.")
    drifted: list[Drifted]
    unread: list[Unread]


@router.get("", operation_id="GetDrift", summary="Get drift", responses=errors(404))
async def get_drift(verbs: Wired) -> DriftReport:
    """The report of the newest finished reconcile; numbers are masked for everybody."""
    finished = verbs.runs.newest_first(verbs.clock.now(), states={RunState.FINISHED}, sources={Source.RECONCILE})
    async for run in finished:
        return DriftReport.model_validate(json.loads(await verbs.results.read(f"{run.id}/drift.json")))
    raise RequestRefusedError("driftNotThere")
