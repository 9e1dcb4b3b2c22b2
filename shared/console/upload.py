"""The upload of an export: it is checked, which writes nothing, and then started; or it is started at once."""

from __future__ import annotations

from fastapi import Response

from shared.api.errors import RequestRefusedError
from shared.api.run_start import start_upload
from shared.api.runs import RunId, stored
from shared.console.access import page_router
from shared.console.visit import Visiting
from shared.core.export.options import UploadChoices
from shared.core.values.errors import ExplainedError
from shared.core.values.states import RunState

router = page_router("/upload")


@router.get("", name="upload")
async def show(visit: Visiting) -> Response:
    return visit.page("upload.html", settings=visit.verbs.settings)


@router.post("", name="start_upload")
async def start(visit: Visiting) -> Response:
    """The form's `action` is `check` or `start`; `full` says that the file names everybody."""
    form, file = visit.visitor.form, visit.visitor.file
    try:
        if file is None or not file.data:
            raise RequestRefusedError("badRequest", "No file was chosen.", target="file")
        choices = UploadChoices(check=form.get("action") != "start", full=True if form.get("full") else None)
        run = await start_upload(visit.verbs, visit.visitor.caller, file, choices)
    except ExplainedError as problem:
        return visit.page("upload.html", problem=problem, settings=visit.verbs.settings)
    return visit.go_to(f"/runs/{run.id}")


@router.post("/{run}", name="start_checked")
async def start_checked(visit: Visiting, run_id: RunId) -> Response:
    """Start the file that the same person has checked; if its run is no longer `checked`, only show it."""
    run = await stored(visit.verbs, run_id)
    if run.state is not RunState.CHECKED:
        return visit.go_to(f"/runs/{run_id}")
    await visit.verbs.decisions.start(run_id, visit.visitor.caller.id)
    return visit.go_to(f"/runs/{run_id}", "start")
