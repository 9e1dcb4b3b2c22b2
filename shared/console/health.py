"""The page of the doctor's findings."""

from __future__ import annotations

from fastapi import Response

from shared.console.access import page_router
from shared.console.visit import Visiting
from shared.doctor.findings import Status

_FIRST = (Status.FAILED, Status.WARNING, Status.OK)

router = page_router("/health")


@router.get("", name="show_health")
async def show(visit: Visiting) -> Response:
    findings = sorted(await visit.verbs.doctor(), key=lambda one: _FIRST.index(one.status))
    wrong = sum(one.status is not Status.OK for one in findings)
    return visit.page("health.html", findings=findings, wrong=wrong, at=visit.verbs.clock.now())
