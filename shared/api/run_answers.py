"""The bodies of decisions about a held run: what columns mean, answers to its questions, why it is rejected."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.api.schema import Given
from shared.core.export.file_mapping import MOST_COLUMNS
from shared.core.export.people_sheets import SheetsRead
from shared.core.run.row import Answer

_MOST_ANSWERS = 2_000
RowNumberText = Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,6}$")]
RoleName = Annotated[str, Field(max_length=60)]
LONGEST_NOTE = 300
"""Characters of the note with which a run is rejected."""


class RunAnswers(Given):
    """Answers to questions, by row."""

    answers: dict[RowNumberText, Literal["replace", "leave"]] = Field(
        min_length=1,
        max_length=_MOST_ANSWERS,
        description="By the number of a row: `replace` the value, or `leave` it, which is remembered.",
    )

    def by_row(self) -> dict[int, Answer]:
        return {int(row): Answer(answer) for row, answer in self.answers.items()}


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


class Rejection(Given):
    """Why a run is rejected."""

    note: str = Field(default="", max_length=LONGEST_NOTE, description="Why, for those who read the run's message.")


NO_NOTE = Rejection()
