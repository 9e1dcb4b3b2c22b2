"""Upload of an export: as a preview, which writes nothing, or as a run."""

from __future__ import annotations

from fastapi import APIRouter, Response

from shared.api.errors import RequestRefusedError
from shared.api.run_start import start_upload
from shared.console.access import PageRoute
from shared.console.visit import Visiting
from shared.core.export.options import UploadChoices
from shared.core.values.errors import ExplainedError

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
