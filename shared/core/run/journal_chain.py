"""The journal as a chain: the canonical form of a record, how records follow each other, and how damage is found.

A record is one line: JSON in ASCII with sorted keys and without spaces. It holds its number in the whole journal and
the SHA-256 of the line before it, so that the next line, or the head, shows whether a line was changed, removed, moved
or doubled. The head is kept outside the journal, in `Runs`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

BEFORE_ANY = "0" * 64
"""The hash in the first record, which has no line before it."""
ROLLED = "rolled"
"""The kind of the last record of a file; it names the next file."""
MOST_BLOCKS = 40_000
"""The most appends to one file; an append blob takes 50,000 blocks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record to append; the journal numbers it. An `id` is recorded only once; "" = every entry is recorded."""

    kind: str
    at: datetime
    data: Mapping[str, Any]
    id: str = ""


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The end of the chain: the last record, and the `file` for the next one with its `size` in bytes.

    `blocks` is never less than the number of appends to the file.
    """

    sequence: int = 0
    hash: str = BEFORE_ANY
    file: str = ""
    size: int = 0
    blocks: int = 0

    def with_line(self, line: bytes) -> JournalHead:
        """The head after this line. Raises ValueError when the line does not follow it."""
        record = _read(line)
        if record is None or (record["sequence"], record["previous"]) != (self.sequence + 1, self.hash):
            raise ValueError(f"the line after record {self.sequence} does not follow it")
        after = replace(
            self, sequence=self.sequence + 1, hash=hash_of(line), size=self.size + len(line) + 1, blocks=self.blocks + 1
        )
        return replace(after, file=record["data"]["next"], size=0, blocks=0) if record["kind"] == ROLLED else after

    def must_roll(self, now: datetime) -> bool:
        return self.blocks >= MOST_BLOCKS or self.month < _month(now)

    @property
    def month(self) -> str:
        """The month with which the file's name begins; "" = there is no file yet."""
        return self.file.partition("/")[0]


@dataclass(frozen=True, slots=True)
class StoredHead:
    """The head as it is stored, with the hash of the settings that were recorded last."""

    head: JournalHead
    settings: str
    etag: str


def file_after(head: JournalHead, now: datetime) -> str:
    """The name of a new file; names sort in the order of the chain, even if the clock of a process is late."""
    return max(head.month, _month(now)) + _name_in_month(head.sequence + 1)


def _name_in_month(sequence: int) -> str:
    return f"/{sequence:012d}.jsonl"


def rolled(head: JournalHead, now: datetime) -> Entry:
    """The record that ends the present file; nothing is appended to the file after it."""
    after = replace(head, sequence=head.sequence + 1)
    return Entry(ROLLED, now, {"next": file_after(after, now)})


def chained(entries: Sequence[Entry], head: JournalHead) -> tuple[bytes, JournalHead]:
    """The lines to append in one block, and the head after them."""
    lines = list[bytes]()
    after = head
    for entry in entries:
        record = {
            "v": 1,
            "sequence": after.sequence + 1,
            "previous": after.hash,
            "at": entry.at.astimezone(UTC).isoformat(),
            "kind": entry.kind,
            "id": entry.id,
            "data": dict(entry.data),
        }
        lines.append(_canonical(record))
        after = after.with_line(lines[-1])
    return b"".join(line + b"\n" for line in lines), replace(after, blocks=min(after.blocks, head.blocks + 1))


def records(data: bytes) -> Iterator[dict[str, Any]]:
    """The readable records of a file."""
    for line in data.split(b"\n"):
        if (record := _read(line)) is not None:
            yield record


def numbers_naming(data: bytes, object_id: str) -> Iterator[int]:
    """The numbers of the readable records of a file that name this object id, as the person or as the actor."""
    for line in data.split(b"\n"):
        if object_id.encode() in line.lower() and (record := _read(line)) is not None:
            yield record["sequence"]


def hash_of(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _canonical(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


_FIELDS = {"v": int, "sequence": int, "previous": str, "at": str, "kind": str, "id": str, "data": dict}


def _read(line: bytes) -> dict[str, Any] | None:
    """The record; None = the line is not in canonical form."""
    try:
        record = json.loads(line)
        is_record = record.keys() == _FIELDS.keys() and all(type(record[name]) is _FIELDS[name] for name in _FIELDS)
        return record if is_record and _canonical(record) == line else None
    except (ValueError, AttributeError, RecursionError):
        return None


def _month(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m}"


class Damage(StrEnum):
    UNREADABLE = "unreadable"
    """The line is no record in canonical form."""
    MISSING = "missing"
    """Records are missing before this place."""
    MISPLACED = "misplaced"
    """The record stands here a second time, or after a later one."""
    RENAMED = "renamed"
    """The record is in another file than the one that the chain names."""
    CHANGED = "changed"
    """The record before this one has another hash than this one names."""
    CUT = "cut"
    """The records after this place, up to the head, are missing."""
    REWRITTEN = "rewritten"
    """The record with the head's number has another hash than the head."""
    BEYOND = "beyond"
    """The record is later than the head."""


@dataclass(frozen=True, slots=True)
class JournalProblem:
    """Damage, and its place: a file, a line in it from 1 on, and the number of the record that should be there.

    For `CHANGED` it is the number of the record before, which was changed.
    """

    damage: Damage
    file: str
    line: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.damage}: record {self.sequence}, {self.file or 'no file'} line {self.line}"


MOST_PROBLEMS = 100
"""The most problems that are listed; one cause may lead to many."""


@dataclass(slots=True)
class JournalVerifier:
    """Verifies the files of a journal, given in their order; with `is_whole` false, from the first record given on."""

    head: JournalHead
    is_whole: bool = True
    problems: list[JournalProblem] = field(default_factory=list)
    _expected: int = 1
    _file: str = ""
    """The file of the next record; "" = not known yet."""
    _previous: str = BEFORE_ANY
    _place: tuple[str, int] = ("", 0)

    def add(self, file: str, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        for number, line in enumerate(lines, start=1):
            self._place = (file, number)
            self._line(line)
        if rest:  # the app appends whole lines only
            self._place = (file, len(lines) + 1)
            self._found(Damage.UNREADABLE)

    def finish(self, latest: JournalHead) -> tuple[JournalProblem, ...]:
        """`latest` is the head after the files were read, because the app may append meanwhile."""
        if self._expected <= self.head.sequence:
            self._found(Damage.CUT)
        elif self._expected > latest.sequence + 1:
            self._found(Damage.BEYOND, latest.sequence + 1)
        return tuple(self.problems)

    def _line(self, line: bytes) -> None:
        record = _read(line)
        if record is None:
            self._found(Damage.UNREADABLE)
            return
        sequence = record["sequence"]
        if not self.is_whole:
            self.is_whole, self._expected, self._previous = True, sequence, record["previous"]
        if sequence < self._expected:
            self._found(Damage.MISPLACED)
            return
        if sequence > self._expected:
            self._found(Damage.MISSING)
        elif record["previous"] != self._previous:
            self._found(Damage.CHANGED, max(1, sequence - 1))
        elif not self._is_in_its_file(sequence):
            self._found(Damage.RENAMED)
        self._file = record["data"].get("next", "") if record["kind"] == ROLLED else self._place[0]
        self._expected, self._previous = sequence + 1, hash_of(line)
        if sequence == self.head.sequence and self._previous != self.head.hash:
            self._found(Damage.REWRITTEN, sequence)

    def _is_in_its_file(self, sequence: int) -> bool:
        file, _ = self._place
        if self._file:
            return file == self._file
        return sequence > 1 or file.endswith(_name_in_month(1))

    def _found(self, damage: Damage, sequence: int | None = None) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(JournalProblem(damage, *self._place, self._expected if sequence is None else sequence))
