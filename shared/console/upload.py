"""Upload of an export: checked, which writes nothing, and then started as it is; or started at once."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response

from shared.api.errors import RequestRefusedError
from shared.api.guard import Caller
from shared.api.run_start import start_upload
from shared.api.runs import RunId, stored
from shared.console.access import PageRoute
from shared.console.visit import Visiting
from shared.core.export.options import UploadChoices
from shared.core.run.run import Run
from shared.core.values.errors import ExplainedError
from shared.core.values.states import RunState

router = APIRouter(prefix="/upload", route_class=PageRoute)


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
        is_check = form.get("action") != "start"
        choices = UploadChoices(preview=is_check, check=is_check, full=True if form.get("full") else None)
        run = await start_upload(visit.verbs, visit.visitor.caller, file, choices)
    except ExplainedError as problem:
        return visit.page("upload.html", problem=problem, settings=visit.verbs.settings)
    return visit.go_to(f"/runs/{run.id}")


@router.post("/{run}", name="start_checked")
async def start_checked(visit: Visiting, run_id: RunId) -> Response:
    """Starts the file that the same person has checked, once; what became of it otherwise is on its page."""
    caller, now = visit.visitor.caller, visit.verbs.clock.now()
    run = await stored(visit.verbs, run_id)
    if not _is_by(caller, run):
        raise RequestRefusedError("pathNotFound")
    if may_start(run, caller, now):
        await visit.verbs.decisions.start(run, caller.id)
    return visit.go_to(f"/runs/{run.id}")


def may_start(run: Run, caller: Caller, now: datetime) -> bool:
    """Whether it is a file that this person has checked within the hour."""
    is_waiting = run.state is RunState.CHECKED and run.held_until is not None and now < run.held_until
    return is_waiting and _is_by(caller, run)


def _is_by(caller: Caller, run: Run) -> bool:
    return caller.is_person and run.started_by.casefold() == caller.id.casefold()
