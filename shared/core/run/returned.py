"""The names and metadata of what goes back to HR, and of exports whose run is over.

Names hold the run's id, so that a second export of the same name overwrites nothing.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from shared.core.run.run import Run

RUN, ATTEMPT, STATE = "run", "attempt", "state"
"""The keys of the metadata."""
_LONGEST_STEM = 200
"""Characters of a file's name that stay, because many systems take 255 in all."""


def result_name(run: Run) -> str:
    """`{folder}/{stem} {run id} {attempt} result.xlsx`: the result of the run's present attempt."""
    return f"{_folder_and_stem(run)} {run.id} {len(run.attempts)} result.xlsx"


def done_name(run: Run) -> str:
    """`{folder}/{stem} {run id}.xlsx`: the export itself, with its own ending."""
    return f"{_folder_and_stem(run)} {run.id}{PurePosixPath(run.name).suffix}"


def metadata_of(run: Run) -> dict[str, str]:
    return {RUN: run.id, ATTEMPT: str(len(run.attempts)), STATE: run.state.value}


def _folder_and_stem(run: Run) -> str:
    folder, slash, file = run.name.rpartition("/")
    return f"{folder}{slash}{PurePosixPath(file).stem[:_LONGEST_STEM]}"
