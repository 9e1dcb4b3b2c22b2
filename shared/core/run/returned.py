"""The names, metadata and marks of results, and the names of done exports.

Names hold the run's id, so that a second export of the same name overwrites nothing. A result workbook also has a mark,
by which it is recognised when it is uploaded again. The mark is sealed with the secret of the run, which only the
tables hold, so a mark cannot be forged.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from shared.core.run.run import Run

RUN, ATTEMPT, STATE = "run", "attempt", "state"
"""The keys of the metadata."""
_LONGEST_STEM = 120
"""How many characters of a file's name stay; Excel cannot open a file whose path has more than 218."""
_RUN = r"\d{8}T\d{6}Z-[0-9a-f]{10}"
_ADDED = re.compile(rf" {_RUN}(?: \d{{1,3}} result)?", re.ASCII)
"""What the app adds to an export's name: to name the result, and when it moves the export."""

_SEAL_DIGITS = 32
_MARK = re.compile(rf"({_RUN})(?:/(\d{{1,3}})/([0-9a-f]{{32}}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ResultMark:
    """The mark of a result workbook. Results of version 0.1.0 name only the run: attempt 0, no seal."""

    run: str
    attempt: int = 0
    seal: str = ""

    @classmethod
    def of(cls, run: Run) -> ResultMark:
        """The mark of the result of the run's present attempt."""
        return cls(run.id, len(run.attempts), _seal(run, len(run.attempts)))

    @classmethod
    def read(cls, text: str) -> ResultMark | None:
        """The mark; None = the text is not exactly a mark."""
        found = _MARK.fullmatch(text)
        return found and cls(found[1], int(found[2] or 0), found[3] or "")

    def __str__(self) -> str:
        return f"{self.run}/{self.attempt}/{self.seal}"

    @property
    def reference(self) -> str:
        """The result reference of each row, so that rows of two results can be distinguished."""
        return f"#{self.run.rpartition('-')[2]}/{self.attempt}"

    def is_of(self, run: Run) -> bool:
        """Whether the app gave this mark to a result of the run."""
        if not self.attempt:
            return run.id == self.run and any(one.result_blob == old_result_name(run) for one in run.attempts)
        sealed = hmac.compare_digest(_seal(run, self.attempt), self.seal)
        return run.id == self.run and self.attempt <= len(run.attempts) and sealed


def _seal(run: Run, attempt: int) -> str:
    return hmac.new(run.nonce.encode(), f"result/{attempt}".encode(), hashlib.sha256).hexdigest()[:_SEAL_DIGITS]


def export_name(name: str) -> str:
    """The name of a result or moved export without what the app added; any other name as it is."""
    return _ADDED.sub("", name)


def result_name(run: Run, attempt: int = 0) -> str:
    """`{folder}/{stem} {run id} {attempt} result.xlsx`: the result of an attempt, 0 = the present one."""
    return f"{_folder_and_stem(run)} {run.id} {attempt or len(run.attempts)} result.xlsx"


def own_result_name(run: Run) -> str:
    """The name of a result that is not returned to HR, in the results container."""
    return f"{run.folder}/result.xlsx"


def old_result_name(run: Run) -> str:
    """The name that version 0.1.0 gave to every result."""
    return f"{run.id}/result.xlsx"


def done_name(run: Run) -> str:
    """`{folder}/{stem} {run id}.xlsx`: the export itself, with its file extension."""
    return f"{_folder_and_stem(run)} {run.id}{PurePosixPath(run.name).suffix}"


def metadata_of(run: Run) -> dict[str, str]:
    return {RUN: run.id, ATTEMPT: str(len(run.attempts)), STATE: run.state.value}


def _folder_and_stem(run: Run) -> str:
    """Folder and name without extension, without what the app has added before, so that names do not grow."""
    folder, slash, file = run.name.rpartition("/")
    stem = export_name(PurePosixPath(file).stem)
    return f"{folder}{slash}{stem[:_LONGEST_STEM]}"
