"""The page of drift: the newest report of a reconcile, by kind, and what to do about each kind."""

from __future__ import annotations

from itertools import groupby

from fastapi import Response

from shared.api.drift import newest_report
from shared.console.access import page_router
from shared.console.visit import Visiting
from shared.core.record.drift import DriftKind

_SHOWN = 100
"""The most entries of each kind that are shown."""

router = page_router("/drift")


@router.get("", name="show_drift")
async def show(visit: Visiting) -> Response:
    report = await newest_report(visit.verbs)
    found = sorted(report.drifted, key=lambda one: list(DriftKind).index(one.kind)) if report else []
    by_kind = {kind: list(group) for kind, group in groupby(found, key=lambda one: one.kind)}
    shown = [one.id for group in by_kind.values() for one in group[:_SHOWN]]
    return visit.page(
        "drift.html", report=report, by_kind=by_kind, shown=_SHOWN, names=await visit.verbs.people_by_id(shown)
    )
