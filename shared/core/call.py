"""A call for one person as values: what it asks for, the plan that follows, and its result.

The HTTP API creates the call and returns the result; the flow `single_call` carries it out. A call is explicit, so
ON_EXISTING, ALLOW_REMOVALS and the gate do not apply. A call whose plan would leave out a part of it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from shared.core.export.desired import Desired, DesiredValueRules, desired_of_row, is_remove
from shared.core.export.export_row import ExportRow
from shared.core.person.account import Account, KeyKind, Methods, PersonKey
from shared.core.plan.plan import Plan, plan_person
from shared.core.plan.plan_refusal import PlanRefusal
from shared.core.record.known_values import Known
from shared.core.run.row import Outcome
from shared.core.values.cell import Cell, CellKind, visible_text
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.phone_delivery import NOTHING_ENDED, Ended
from shared.core.values.slot import MaskedValue, PhoneType, Remove, Slot, SlotValue, StoredValue
from shared.core.values.states import Policy, RowState


class Mode(StrEnum):
    """What the caller expects of the current method."""

    PUT = "put"
    """Create it or update it."""
    CREATE = "create"
    """Create it; the call is refused with `methodExists` when there is one already."""
    UPDATE = "update"
    """Update it; the call is refused with `methodNotFound` when there is none."""


@dataclass(frozen=True, slots=True)
class SetPhone:
    phone_type: PhoneType
    number: str = field(repr=False)
    """As the caller wrote it. A national number is read in the account's usage location, or else in DEFAULT_REGION."""
    mode: Mode = Mode.PUT


@dataclass(frozen=True, slots=True)
class RemovePhone:
    """Remove the method. If there is none, the call succeeds and changes nothing."""

    phone_type: PhoneType


@dataclass(frozen=True, slots=True)
class SetEmail:
    address: str = field(repr=False)
    mode: Mode = Mode.PUT


@dataclass(frozen=True, slots=True)
class RemoveEmail:
    """Remove the method. If there is none, the call succeeds and changes nothing."""


@dataclass(frozen=True, slots=True)
class SwitchSmsSignIn:
    """Enable or disable SMS sign-in of the mobile. Once it is disabled, the person may be unable to sign in at all."""

    enabled: bool


CallAction = SetPhone | RemovePhone | SetEmail | RemoveEmail | SwitchSmsSignIn


@dataclass(frozen=True, slots=True)
class SingleCall:
    """One call for one person."""

    user: str = field(repr=False)
    """Object id or user principal name."""
    action: CallAction
    caller: str
    """Recorded as the author of the call."""
    repeatability_id: str = field(default="", repr=False)
    """The caller's `Repeatability-Request-ID`. Two calls with the same id are the same call; "" = the call is new."""
    sees_numbers: bool = True
    """Whether the caller may learn a person's current values without writing to the person."""


def person_key(user: str) -> PersonKey:
    """The key of the person. `user` is a user principal name if it contains an @, else an object id."""
    return PersonKey(KeyKind.USER_PRINCIPAL_NAME if "@" in user else KeyKind.OBJECT_ID, user)


def slot_of(action: CallAction) -> Slot:
    match action:
        case SetPhone() | RemovePhone():
            return Slot(action.phone_type.value)
        case SetEmail() | RemoveEmail():
            return Slot.EMAIL
        case SwitchSmsSignIn():
            return Slot.MOBILE
        case _:
            assert_never(action)


def name_of(action: CallAction) -> str:
    """The name of the call in the history of runs, such as `put mobile`."""
    match action:
        case SetPhone() | SetEmail():
            return f"{action.mode} {slot_of(action)}"
        case RemovePhone() | RemoveEmail():
            return f"remove {slot_of(action)}"
        case SwitchSmsSignIn():
            return f"{'enable' if action.enabled else 'disable'} SMS sign-in"
        case _:
            assert_never(action)


def desired_of(action: CallAction, account: Account, rules: DesiredValueRules) -> Desired:
    """The desired values of the call. Raises PermanentError, whose message has no content of a field."""
    match action:
        case SetPhone():
            cell = Cell("phoneNumber", CellKind.TEXT, action.number)
            return _read(ExportRow(row=1, key=None, phones=((action.phone_type, cell),)), cell, account, rules)
        case SetEmail():
            cell = Cell("emailAddress", CellKind.TEXT, action.address)
            return _read(ExportRow(row=1, key=None, email=cell), cell, account, rules)
        case RemovePhone() | RemoveEmail():
            return Desired(((slot_of(action), Remove.REMOVE),))
        case SwitchSmsSignIn() if not rules.offers.sms_sign_in:
            raise PermanentError("notAvailableInCloud", "This cloud's Graph cannot switch SMS sign-in.")
        case SwitchSmsSignIn():
            return Desired((), sms_sign_in=action.enabled)
        case _:
            assert_never(action)


def _read(row: ExportRow, cell: Cell, account: Account, rules: DesiredValueRules) -> Desired:
    """Read one field by the rules for a cell of an export, except that it has to hold a value."""
    if not visible_text(cell.text) or is_remove(cell):
        code = "removalNotAllowed" if is_remove(cell) else "valueMissing"
        raise PermanentError(code, f"{cell.address}: there is no value to set", remedy="Use DELETE to remove a method.")
    found = desired_of_row(row, rules, usage_location=account.usage_location, file_region=None)
    if not found.refused:
        return found
    reasons = "; ".join(refusal.reason for refusal in found.refused)
    code = found.refused[0].code
    raise ValueRefusedError(code, reasons, found.refused[0].candidates)


class ValueRefusedError(PermanentError):
    """The value cannot be used; `candidates` are what it may stand for, which only a preview shows."""

    def __init__(self, code: str, message: str, candidates: tuple[SlotValue, ...]) -> None:
        super().__init__(code, message, remedy=CODES[code].remedy)
        self.candidates = candidates


def decide(
    action: CallAction, desired: Desired, known: Known, ended: Ended = NOTHING_ENDED, default: Slot | None = None
) -> Plan:
    """The plan for this call, whatever ON_EXISTING is. Raises PermanentError for a refusal.

    CREATE takes the base of a slot in `known.unclear` for its current value. `default` is the
    default sign-in method; None = not known.
    """
    match action:
        case SetPhone(mode=mode) | SetEmail(mode=mode):
            exists = known.current.value(slot_of(action)) is not None
            if mode is Mode.CREATE and slot_of(action) in known.unclear:
                known, exists = known.as_written(slot_of(action)), slot_of(action) in known.base
            if mode is Mode.CREATE and exists:
                raise PermanentError("methodExists", CODES["methodExists"].meaning)
            if mode is Mode.UPDATE and not exists:
                raise PermanentError("methodNotFound", CODES["methodNotFound"].meaning)
        case RemovePhone() | RemoveEmail() | SwitchSmsSignIn():
            pass
        case _:
            assert_never(action)
    plan = plan_person(
        desired,
        {},
        known.current,
        Policy.OVERWRITE,
        unsettled=known.unsettled,
        sms_unsettled=known.sms_unsettled,
        default=default,
        ended=ended,
    )
    if isinstance(plan, PlanRefusal):
        raise PermanentError(plan.code, plan.reason)
    if plan.outcome is RowState.KEPT:
        raise PermanentError(plan.code, CODES[plan.code].meaning)
    return plan


def decide_as_if_it_differed(
    action: CallAction, desired: Desired, known: Known, ended: Ended, default: Slot | None = None
) -> Plan:
    """The plan for this call; a slot that already has the value to set counts as having another.

    Raises PermanentError as `decide` does.
    """
    differing = replace(known, unsettled={**known.unsettled, slot_of(action): None})
    return decide(action, desired, differing, ended, default)


@dataclass(frozen=True, slots=True)
class SingleCallResult:
    """The result of a call. `str` of a value is masked; an API that may show values in clear formats them itself."""

    run: str
    user_id: str
    slot: Slot
    """For a change of SMS sign-in it is the mobile slot, and `old` and `new` are the mobile number."""
    outcome: Outcome
    """Its state is created, updated, removed or unchanged. `request_id` is Graph's id of the write; "" = no write, or
    not known."""
    old: StoredValue | None
    """The value before the call; None = empty. For a repeated call it is masked, unless the outcome implies it."""
    new: StoredValue | None
    """The value after the call; None = empty. For a repeated change of SMS sign-in it is masked."""
    sms_sign_in_state: str | None = None
    """Graph's `smsSignInState` at the last read; None = no mobile, or not known."""
    repeated: bool = False
    """Whether this is the outcome of an earlier call with the same repeatability id; then this call did nothing."""


def result_of(
    action: CallAction, run: str, user_id: str, *, outcome: Outcome, plan: Plan, before: Methods, after: Methods | None
) -> SingleCallResult:
    """`after` is None when not every written value was visible yet."""
    old, new = old_and_new(plan, before)
    state = after.sms_sign_in_state if after else None
    return SingleCallResult(run, user_id, slot_of(action), outcome, old, new, state)


def first_result(action: CallAction, run: str, user_id: str, outcome: Outcome, desired: Desired) -> SingleCallResult:
    """The result of a call that was completed before; its row no longer has the values."""
    wanted = next((desired_value for _, desired_value in desired.slots), MaskedValue())
    new = None if isinstance(wanted, Remove) else wanted
    match outcome.state:
        case RowState.CREATED:
            old = None
        case RowState.UNCHANGED:
            old = new
        case _:
            old = MaskedValue()
    return SingleCallResult(run, user_id, slot_of(action), outcome, old, new, repeated=True)


def old_and_new(plan: Plan, current: Methods) -> tuple[StoredValue | None, StoredValue | None]:
    """The values before and after the call: the same value twice if no value is written."""
    if plan.slots:
        planned = plan.slots[0]
        return planned.old, planned.desired if plan.operations else planned.old
    number = current.value(Slot.MOBILE)
    return number, number
