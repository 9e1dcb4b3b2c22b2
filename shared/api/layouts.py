"""`/layouts`: the layouts of exports that people have approved, and forgetting one."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from shared.api.errors import RequestRefusedError
from shared.api.guard import Calling, GuardedRoute, Wired
from shared.api.schema import Resource, errors
from shared.core.export.file_mapping import column_letters
from shared.core.export.layout import Layout
from shared.core.export.role_names import role_name

router = APIRouter(prefix="/layouts", route_class=GuardedRoute, tags=["Layouts"])

Fingerprint = Annotated[
    str, Path(alias="fingerprint", pattern="^[0-9a-f]{64}$", description="The layout's fingerprint.")
]


class LayoutColumnResource(Resource):
    letters: str = Field(description="The column, as in Excel.")
    heading: str = Field(description="Empty = none, or one that looks like a value.")
    kinds: list[str] = Field(description="The kinds of values that the column may hold.")
    was_in_doubt: bool = Field(description="Whether a person or `COLUMN_MAP` decided about this column.")
    role: str = Field(description="What the column is used as, or `ignore`.")


class LayoutResource(Resource):
    fingerprint: str = Field(description="SHA-256 of folder, sheets and headings, without dates and numbers, in hex.")
    folder: str = Field(description="The folder of its exports; empty = the top level.")
    sheet: str = Field(description="The name of the sheet; empty = none, or one that looks like a value.")
    sheets: list[str] = Field(description="The sheets that are read as one list; empty = `sheet` alone.")
    approved_by: str = Field(description="Who approved it, as in `approvedBy` of the run.")
    run: str = Field(description="The run with which it was approved.")
    at: datetime = Field(description="When that run finished.")
    forgotten_by: str = Field(description="Who forgot it; empty = it is in force.")
    forgotten_at: datetime | None = Field(description="When it was forgotten; null = it is in force.")
    doubts: list[str] = Field(description="Doubts about the file as a whole that were approved.")
    columns: list[LayoutColumnResource] = Field(description="The columns in order.")

    @classmethod
    def of(cls, layout: Layout) -> Self:
        columns = [
            LayoutColumnResource(
                letters=column_letters(index),
                heading=column.heading,
                kinds=list(column.kinds),
                was_in_doubt=column.was_in_doubt,
                role=role_name(column.role),
            )
            for index, column in enumerate(layout.columns)
        ]
        return cls(
            fingerprint=layout.fingerprint,
            folder=layout.folder,
            sheet=layout.sheet,
            sheets=list(layout.sheets),
            approved_by=layout.approved_by,
            run=layout.run,
            at=layout.at,
            forgotten_by=layout.forgotten_by,
            forgotten_at=layout.forgotten_at,
            doubts=list(layout.doubts),
            columns=columns,
        )


class LayoutList(Resource):
    value: list[LayoutResource] = Field(description="The layouts.")


@router.get("", operation_id="ListLayouts", summary="List layouts", responses=errors())
async def list_layouts(
    verbs: Wired,
    forgotten: Annotated[bool, Query(description="List the forgotten layouts instead.")] = False,  # noqa: FBT002 - a query
) -> LayoutList:
    """List the approved layouts, the newest first; or the forgotten ones."""
    found = [layout async for layout in (verbs.layouts.forgotten() if forgotten else verbs.layouts.all())]
    return LayoutList(value=[LayoutResource.of(one) for one in sorted(found, key=_time, reverse=True)])


@router.get("/{fingerprint}", operation_id="GetLayout", summary="Get layout", responses=errors(404))
async def get_layout(verbs: Wired, fingerprint: Fingerprint) -> LayoutResource:
    """Return an approved layout."""
    layout = await verbs.layouts.get(fingerprint)
    if layout is None:
        raise RequestRefusedError("layoutNotFound")
    return LayoutResource.of(layout)


@router.delete(
    "/{fingerprint}",
    operation_id="ForgetLayout",
    summary="Forget layout",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=errors(404),
)
async def forget_layout(verbs: Wired, caller: Calling, fingerprint: Fingerprint) -> None:
    """Forget an approved layout; the next export of this layout is read as if it had not been approved.

    The caller is recorded.
    """
    if not await verbs.forget_layout(fingerprint, caller.id):
        raise RequestRefusedError("layoutNotFound")


def _time(layout: Layout) -> datetime:
    return layout.at
