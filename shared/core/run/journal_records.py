"""The journal's records about runs and requests. Their only data about people are object ids: no name, number, e-mail
address, or hash of one.

A record cannot be changed or deleted for years, so it has no free text. It identifies a file by an HMAC, whose secret
is deleted with the run.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from shared.core.person.account import UUID
from shared.core.run.approvers import BY_APPLICATION, BY_EXPORT, BY_KEY, BY_TIMER
from shared.core.run.attempts import Attempt
from shared.core.run.journal_chain import Entry
from shared.core.run.row import Row
from shared.core.run.run import Run

ROWS_PER_RECORD = 500
_ACTOR = re.compile(f"({re.escape(BY_APPLICATION)})?{UUID}|{BY_KEY}|{BY_TIMER}|{BY_EXPORT}")
_ID, _CODE = re.compile(UUID), re.compile("[A-Za-z][A-Za-z0-9]{0,60}")
_REQUEST = re.compile("[0-9A-Za-z.-]{1,64}")
_NOT_SHOWN = "other"


def actor(by: str) -> str:
    """The actor: an object id, `app:` and an object id, or a word of the app; any other name becomes `other`."""
    return by if _ACTOR.fullmatch(by) else _NOT_SHOWN


def entries_of(run: Run, versions: Mapping[str, str]) -> list[Entry]:
    """The decisions about the run so far, by attempt: plans that were held or released, and what was decided."""
    found = list[Entry]()
    for number, attempt in enumerate(run.attempts, start=1):
        about = {"run": run.id, "attempt": number, "source": run.source.value}
        if attempt.held_because:
            found.append(Entry("held", _began(run, attempt), {**about, **_plan(attempt)}, f"{run.id}.{number}.held"))
        for index, one in enumerate(attempt.decisions):
            decided = {**about, "decision": one.kind.value, "by": actor(one.by), "digest": one.digest}
            found.append(Entry("decision", one.at, decided, f"{run.id}.{number}.decision.{index}"))
        if attempt.plan.is_verified:
            approvers = [actor(by) for by in attempt.approvers]
            released = {**about, **_plan(attempt), "approvedBy": approvers, "versions": dict(versions)}
            found.append(Entry("released", run.updated_at, released, f"{run.id}.{number}.released"))
    return found


def entry_of_rows(run: Run, index: int, rows: Sequence[Row], at: datetime) -> Entry:
    """The outcomes of at most `ROWS_PER_RECORD` rows of the present attempt; `index` counts these records from 0."""
    number = len(run.attempts)
    outcomes = {"run": run.id, "attempt": number, "rows": [_row(row) for row in rows]}
    return Entry("rows", at, outcomes, f"{run.id}.{number}.rows.{index}")


def entry_of_end(run: Run, files: Mapping[str, bytes], at: datetime) -> Entry:
    """The end of the present attempt, with the HMACs of its files."""
    number = len(run.attempts)
    ended = {
        "run": run.id,
        "attempt": number,
        "source": run.source.value,
        "startedBy": actor(run.started_by),
        "createdAt": run.created_at.isoformat(),
        "state": run.state.value,
        "code": _code(run.code),
        "rows": run.total,
        "counts": {state.value: count for state, count in run.counts.items()},
        "digest": run.digest,
        "files": {name: hmac_of_file(run, data) for name, data in files.items()},
    }
    return Entry("ended", at, ended, f"{run.id}.{number}.ended")


def entry_of_erasure(run: Run, attempt: int, name: str, at: datetime, *, old: bytes, new: bytes | None) -> Entry:
    """An erasure that changes a file of an attempt, or deletes it (`new` None).

    `name` is the file's key in `files` of `entry_of_end`. An erasure that is repeated after a crash
    makes an entry with the same id.
    """
    before, after = hmac_of_file(run, old), "" if new is None else hmac_of_file(run, new)
    about = {"run": run.id, "attempt": attempt, "file": name, "old": before, "new": after}
    digest = hashlib.sha256(f"{name}/{before}/{after}".encode()).hexdigest()[:16]
    return Entry("erased", at, about, f"{run.id}.{attempt}.erased.{digest}")


def entry_of_request(
    kind: str, operation: str, by: str, at: datetime, *, person: str = "", run: str = "", row: int | None = None
) -> Entry:
    """The request of a caller for this operation; `kind` says whether it reveals numbers or decides something.

    `row` is the number of the one row of the run that it is about; None = it is about no single row.
    """
    about = {"operation": operation, "by": actor(by), "person": _id(person), "run": run}
    return Entry(kind, at, about if row is None else {**about, "row": row})


def hmac_of_file(run: Run, data: bytes) -> str:
    """The HMAC of a file with the secret of the run. A plain hash of a small file would show which numbers are in it to
    anyone who tries all of them."""
    return hmac.new(f"journal/{run.nonce}".encode(), data, hashlib.sha256).hexdigest()


def changed_files(run: Run, found: Sequence[Mapping[str, Any]], files: Mapping[str, bytes]) -> Iterator[str]:
    """The names of files of the run that are not as the journal says.

    `found` are the run's records in order, `files` the files of the present attempt; a file that retention has deleted
    is not among them. An erasure must have found the file as the record before it says; then the file has to be as the
    erasure left it.
    """
    known = dict[tuple[int, str], str]()
    for record in found:
        data = record["data"]
        if record["kind"] == "ended":
            known |= {(data["attempt"], name): digest for name, digest in data["files"].items()}
        elif record["kind"] == "erased":
            key = data["attempt"], data["file"]
            if known.get(key, data["old"]) == data["old"]:
                known[key] = data["new"]
            else:
                yield data["file"]
    for name, content in files.items():
        key = len(run.attempts), name
        if key in known and known[key] != hmac_of_file(run, content):
            yield name


def _began(run: Run, attempt: Attempt) -> datetime:
    """About when the plan was held: at the first decision about it or, without one, at the run's last change."""
    return attempt.decisions[0].at if attempt.decisions else run.updated_at


def _plan(attempt: Attempt) -> dict[str, Any]:
    figures = attempt.plan.figures
    counts = {name: value for name, value in asdict(figures).items() if type(value) is int} if figures else {}
    return {"digest": attempt.plan.digest, "planned": counts}


def _row(row: Row) -> dict[str, Any]:
    slots = [
        {"slot": one.slot, "state": one.state.value, "code": _code(one.code), "request": _request(one.request_id)}
        for one in row.slots
    ]
    return {
        "row": row.number,
        "person": _id(row.object_id),
        "state": row.state.value,
        "code": _code(row.code),
        "request": _request(row.request_id),
        "slots": slots,
    }


def _id(text: str) -> str:
    return text if _ID.fullmatch(text) else ""


def _code(text: str) -> str:
    return text if not text or _CODE.fullmatch(text) else _NOT_SHOWN


def _request(text: str) -> str:
    return text if _REQUEST.fullmatch(text) else ""
