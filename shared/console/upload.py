"""Upload of an export: checked by a preview, which writes nothing, and then started as it is; or started at once."""

from __future__ import annotations

from fastapi import APIRouter, Response

from shared.api.errors import RequestRefusedError
from shared.api.guard import Caller
from shared.api.run_start import start_upload
from shared.api.runs import RunId, stored
from shared.api.uploads import Workbook
from shared.console.access import PageRoute
from shared.console.visit import Visiting
from shared.core.export.options import UploadChoices
from shared.core.run.run import Run
from shared.core.values.errors import BlobNotFoundError, ExplainedError
from shared.core.values.states import RunState, Source

router = APIRouter(prefix="/upload", route_class=PageRoute)


@router.get("", name="upload")
async def show(visit: Visiting) -> Response:
    return visit.page("upload.html", settings=visit.verbs.settings)


@router.post("", name="start_upload")
async def start(visit: Visiting) -> Response:
    """The form's `action` is `preview` or `start`; `full` says that the file names everybody."""
    form, file = visit.visitor.form, visit.visitor.file
    try:
        if file is None or not file.data:
            raise RequestRefusedError("badRequest", "No file was chosen.", target="file")
        choices = UploadChoices(preview=form.get("action") != "start", full=True if form.get("full") else None)
        run = await start_upload(visit.verbs, visit.visitor.caller, file, choices)
    except ExplainedError as problem:
        return visit.page("upload.html", problem=problem, settings=visit.verbs.settings)
    return visit.go_to(f"/runs/{run.id}")


@router.post("/{run}", name="start_checked")
async def start_checked(visit: Visiting, run_id: RunId) -> Response:
    """Starts a run of the file that a preview of the same person has checked, from the app's copy; twice is once."""
    caller = visit.visitor.caller
    checked = await stored(visit.verbs, run_id)
    if not may_start(checked, caller):
        raise RequestRefusedError("pathNotFound")
    try:
        data = await visit.verbs.results.read(checked.input_blob)
    except BlobNotFoundError:
        raise RequestRefusedError("fileNotFound") from None
    choices = UploadChoices(full=True if checked.options.full else None)
    file = Workbook(data, checked.name)
    run = await start_upload(visit.verbs, caller, file, choices, repeatability_id=f"checked {checked.id}")
    return visit.go_to(f"/runs/{run.id}")


def may_start(run: Run, caller: Caller) -> bool:
    """Whether it is a preview, over, of a file that this person has uploaded."""
    is_preview = run.source is Source.UPLOAD and run.options.preview and run.state is RunState.FINISHED
    return is_preview and caller.is_person and run.started_by.casefold() == caller.id.casefold()
