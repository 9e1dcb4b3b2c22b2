"""`/runs/{run}/mapping`: choose what columns of a held run mean; and how a run shows its columns."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.api.schema import Given, Resource
from shared.core.export.file_mapping import MOST_COLUMNS, MappedColumn, Use
from shared.core.export.people_sheets import PeopleSheets, SheetsRead
from shared.core.export.role_names import role_name

RoleName = Annotated[str, Field(max_length=60)]


class ColumnResource(Resource):
    letters: str = Field(description="The column, as in Excel.")
    heading: str = Field(description="Empty = none, or one that looks like a value.")
    use: Use = Field(description="What happens with the column; `inDoubt` holds the run.")
    role: str = Field(description="What it is used as, or `ignore`; for a column in doubt it is the proposal.")
    why: str = Field(description="The reason in words; empty = the heading says it.")
    chosen_by: str = Field(
        description="Who decided about it: a caller or `COLUMN_MAP`; empty = its heading and values decided."
    )

    @classmethod
    def of(cls, column: MappedColumn) -> Self:
        return cls(
            letters=column.letters,
            heading=column.heading,
            use=column.use,
            role=role_name(column.role),
            why=column.why,
            chosen_by=column.chosen_by,
        )


class ColumnChoices(Given):
    """What columns mean, which sheets are read, or both."""

    columns: dict[str, RoleName] = Field(
        max_length=MOST_COLUMNS,
        description="By the letters of a column: a role such as `mobile`, `office.extension` or "
        "`office:international`, or `ignore`; empty = as proposed.",
    )
    sheets: SheetsRead | None = Field(
        None, description="`all` = the sheets of people of one layout as one list, `first` = the first one alone."
    )

    @model_validator(mode="after")
    def _chooses_something(self) -> Self:
        if not self.columns and self.sheets is None:
            raise ValueError("choose columns or sheets")
        return self


class SheetsResource(Resource):
    """The sheets of people of one layout."""

    alike: list[str] = Field(description="Their names, the first one first; empty = there is one, or they differ.")
    read: SheetsRead = Field(description="`all` = as one list, `first` = the first one alone.")
    chosen_by: str = Field(description="Who decided which are read; empty = it is the proposal.")

    @classmethod
    def of(cls, sheets: PeopleSheets) -> Self:
        return cls(alike=list(sheets.alike), read=sheets.read, chosen_by=sheets.chosen_by)
