"""What a person says in deciding about a held run: answers to questions about people, and why it is rejected."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.api.schema import Given
from shared.core.run.row import Answer

_MOST_ANSWERS = 2_000
RowNumber = Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,6}$")]
LONGEST_NOTE = 300
"""Characters of the note with which a run is rejected."""


class RunAnswers(Given):
    """Decisions by row."""

    answers: dict[RowNumber, Literal["replace", "leave"]] = Field(
        min_length=1,
        max_length=_MOST_ANSWERS,
        description="By the number of a row: `replace` the value, or `leave` it, which is remembered.",
    )

    def by_row(self) -> dict[int, Answer]:
        return {int(row): Answer(answer) for row, answer in self.answers.items()}


class Rejection(Given):
    """Why a run is rejected."""

    note: str = Field(default="", max_length=LONGEST_NOTE, description="Why, for those who read the run's message.")


NO_NOTE = Rejection()
