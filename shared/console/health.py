"""The doctor's findings in words."""

from __future__ import annotations

from fastapi import APIRouter, Response

from shared.console.access import PageRoute
from shared.console.visit import Visiting

router = APIRouter(prefix="/health", route_class=PageRoute)


@router.get("", name="show_health")
async def show(visit: Visiting) -> Response:
    return visit.page("health.html", findings=await visit.verbs.doctor(), at=visit.verbs.clock.now())
