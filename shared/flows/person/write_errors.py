"""The errors of writing to a person, and the outcome that each error gives the row.

`execute` and its callers raise them; `outcome_of` turns these and other errors into outcomes of rows.
"""

from __future__ import annotations

from http import HTTPStatus

from shared.core.plan.operations import CreateEmail, CreatePhone, Operation
from shared.core.run.row import Outcome, Row
from shared.core.values.codes import CODES
from shared.core.values.errors import ExplainedError, OutcomeUnknownError, PermanentError, RetryLaterError
from shared.core.values.said import NOTHING, Said, joined
from shared.core.values.states import RowState

NOT_SHOWN = "valueNotShown"
_EXPLAINED_REFUSALS = frozenset({"defaultMethod", "disabledByPolicy", "phoneNumberNotUnique", NOT_SHOWN})
"""The codes of a `NotAppliedError` with which a row is refused; with every other one it fails as `graphRefused`."""

_STATE_BY_CODE = {"newerExport": RowState.SUPERSEDED, "changedSincePlan": RowState.STALE}
"""The states for codes of a PermanentError that say what became of the value; with every other code it is refused."""


class NotAppliedError(ExplainedError):
    """A write in doubt was not made: only the old value was seen. `may_retry` is False if Graph refused the write."""

    def __init__(self, cause: OutcomeUnknownError, operation: Operation, others: Said = NOTHING) -> None:
        """`others` says which other accounts have the number, if that is known."""
        hidden = says_hidden(cause, operation)
        code = NOT_SHOWN if hidden else cause.code
        remedy = CODES[code].remedy if hidden else cause.remedy
        super().__init__(code, _with_others(cause, others), remedy=remedy, request_id=cause.request_id)
        refused = cause.status in range(400, 500) and cause.status != HTTPStatus.REQUEST_TIMEOUT
        self.may_retry = not refused


class UnresolvedWriteError(ExplainedError):
    """A write in doubt could not be resolved: no read shows whether it was made. `why` is the row's code.

    `run` is that of a call that the app goes on with; "" = it does not, or this is no call.
    """

    may_retry = True

    def __init__(
        self, cause: OutcomeUnknownError, why: str = "outcomeUnknown", others: Said = NOTHING, *, run: str = ""
    ) -> None:
        super().__init__("outcomeUnknown", _with_others(cause, others), request_id=cause.request_id)
        self.why = why
        self.run = run


def says_hidden(cause: OutcomeUnknownError, operation: Operation) -> bool:
    """Whether Graph refuses to create a method because it exists, although Graph does not show it."""
    return cause.code == "methodExists" and isinstance(operation, CreatePhone | CreateEmail)


def outcome_of(error: ExplainedError) -> Outcome:
    """The outcome of a row when this error ends its work."""
    state, code, reason = RowState.FAILED, error.code, error.message
    match error:
        case UnresolvedWriteError():
            state, code = RowState.UNCONFIRMED, error.why
        case NotAppliedError() if error.code in _EXPLAINED_REFUSALS:
            state = RowState.REFUSED
        case NotAppliedError():
            code = "graphRefused"
        case PermanentError():
            state = _STATE_BY_CODE.get(error.code, RowState.REFUSED)
        case _:
            pass
    return Outcome(state, code, reason, error.done_before, error.request_id)


def has_written_nothing(error: ExplainedError, row: Row) -> bool:
    """Whether it is certain that the work which `error` ended wrote nothing; `row` is as stored after that."""
    return row.state is not RowState.WRITING or (error.write_began and not error.may_have_written)


def leaves_doubt(error: ExplainedError, row: Row, *, may_be_done: bool, continues: bool) -> bool:
    """Whether work that `error` ended may have written, and the error does not say so.

    `may_be_done` = an earlier delivery may have written; such work goes on after a RetryLaterError, so this is False.
    `continues` = this delivery continues work in doubt.
    """
    if isinstance(error, RetryLaterError):
        return not may_be_done and not has_written_nothing(error, row)
    if isinstance(error, PermanentError) and error.code not in _STATE_BY_CODE:
        return continues or (error.may_have_written and not error.slots_done)
    return False


def as_unresolved(error: ExplainedError) -> UnresolvedWriteError:
    """The error for work that `error` ended after a possible write and before its outcome."""
    cause = OutcomeUnknownError(error.code, error.message, status=None, request_id=error.request_id)
    unresolved = UnresolvedWriteError(cause)
    unresolved.write_began = unresolved.may_have_written = True
    unresolved.done_before, unresolved.slots_done = error.done_before, error.slots_done
    return unresolved


def _with_others(cause: OutcomeUnknownError, others: Said) -> Said:
    return joined("; ", (cause.message, others))
