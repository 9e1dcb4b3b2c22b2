"""A call for one person as values: what is asked for, what that means, and what is decided about it.

Made by the HTTP API, carried out by the single-user flow. Calls are explicit: policy, removals switch, pilot and gate
do not apply, and nothing is quietly left as it is: what cannot be done is refused with the person's next step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from shared.core.export.cells import is_empty, is_remove
from shared.core.export.desired import Desired, DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.person.account import Account, KeyKind, PersonKey
from shared.core.person.methods import Methods
from shared.core.plan.plan import Plan, PlanRefusal, plan_person
from shared.core.values.cell import Cell, CellKind
from shared.core.values.codes import CODES
from shared.core.values.errors import PermanentError
from shared.core.values.slot import PhoneType, Remove, Slot
from shared.core.values.states import Policy, RowState


class Mode(StrEnum):
    """What the caller says of the method that is there."""

    PUT = "put"
    """Create it or update it."""
    CREATE = "create"
    """There is none: refused `methodExists` when there is one."""
    UPDATE = "update"
    """There is one: refused `methodNotFound` when there is none."""


@dataclass(frozen=True, slots=True)
class SetPhone:
    phone_type: PhoneType
    number: str = field(repr=False)
    """Text as a person would type it; a national number is read in the region of the account or of the app."""
    mode: Mode = Mode.PUT


@dataclass(frozen=True, slots=True)
class RemovePhone:
    """Done when there is none."""

    phone_type: PhoneType


@dataclass(frozen=True, slots=True)
class SetEmail:
    address: str = field(repr=False)
    mode: Mode = Mode.PUT


@dataclass(frozen=True, slots=True)
class RemoveEmail:
    """Done when there is none."""


@dataclass(frozen=True, slots=True)
class SwitchSmsSignIn:
    """Of the mobile. Disabled, the person may no longer be able to sign in by SMS."""

    enabled: bool


CallAction = SetPhone | RemovePhone | SetEmail | RemoveEmail | SwitchSmsSignIn


@dataclass(frozen=True, slots=True)
class SingleCall:
    """One call for one person."""

    user: str = field(repr=False)
    """Object id or user principal name."""
    action: CallAction
    caller: str
    """Who is recorded as having asked."""
    repeatability_id: str = field(default="", repr=False)
    """The caller's `Repeatability-Request-ID`: a call with the same one is the same call; "" = every call is new."""


def person_key(user: str) -> PersonKey:
    """Graph takes an object id or a user principal name in the same place; only the latter holds an @."""
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
    """What stands for an export's name in the history, such as `put mobile`."""
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
    """What the call wants the person to have. Raises PermanentError that names the field, never its content."""
    match action:
        case SetPhone():
            cell = Cell("phoneNumber", CellKind.TEXT, action.number)
            return _read(ExportRow(row=1, key=None, phones=((action.phone_type, cell),)), cell, account, rules)
        case SetEmail():
            cell = Cell("emailAddress", CellKind.TEXT, action.address)
            return _read(ExportRow(row=1, key=None, email=cell), cell, account, rules)
        case RemoveEmail() if not rules.offers.email_methods:
            raise PermanentError("notAvailableInCloud", "This cloud's Graph has no e-mail methods.")
        case RemovePhone() | RemoveEmail():
            return Desired(((slot_of(action), Remove.REMOVE),))
        case SwitchSmsSignIn() if not rules.offers.sms_sign_in:
            raise PermanentError("notAvailableInCloud", "This cloud's Graph cannot switch SMS sign-in.")
        case SwitchSmsSignIn():
            return Desired((), sms_sign_in=action.enabled)
        case _:
            assert_never(action)


def _read(row: ExportRow, cell: Cell, account: Account, rules: DesiredValueRules) -> Desired:
    """One field is read by the same rules as a cell of an export, except that it cannot ask for a removal."""
    if is_empty(cell) or is_remove(cell):
        code = "removalNotAllowed" if is_remove(cell) else "valueMissing"
        raise PermanentError(code, f"{cell.address}: there is no value to set", remedy="Use DELETE to remove a method.")
    found = desired_of_row(row, rules, usage_location=account.usage_location, file_region=None)
    if isinstance(found, Desired):
        return found
    reasons = "; ".join(refusal.reason for refusal in found)
    raise PermanentError(found[0].code, reasons, remedy=CODES[found[0].code].remedy)


def decide(action: CallAction, desired: Desired, current: Methods) -> Plan | PlanRefusal:
    """The plan for exactly this call: whatever the app's policy, and whoever wrote what is there."""
    match action:
        case SetPhone(mode=mode) | SetEmail(mode=mode):
            exists = current.value(slot_of(action)) is not None
            if mode is Mode.CREATE and exists:
                return _refusal("methodExists")
            if mode is Mode.UPDATE and not exists:
                return _refusal("methodNotFound")
        case RemovePhone() | RemoveEmail() | SwitchSmsSignIn():
            pass
        case _:
            assert_never(action)
    plan = plan_person(desired, {}, current, Policy.OVERWRITE)
    if isinstance(plan, Plan) and plan.outcome is RowState.KEPT:
        return _refusal(plan.code)
    return plan


def _refusal(code: str) -> PlanRefusal:
    return PlanRefusal(code, CODES[code].meaning)


_NEXT_STEPS = {
    "methodExists": "Change it with PATCH, or create or change it with PUT.",
    "methodNotFound": "Create it with POST, or create or change it with PUT.",
    "alternateNeedsMobile": "Set a mobile number first.",
    "smsSignInNeedsMobile": "Set a mobile number first.",
    "defaultMethod": "The person chooses another default sign-in method; then repeat the call.",
    "disabledByPolicy": "Add the person to the SMS sign-in of the authentication methods policy; then repeat the call.",
    "changedSincePlan": "Read the person's methods; if the change is still wanted, make it with a new call.",
    "outcomeUnknown": "Read the person's methods after some minutes, or repeat the call.",
    "graphRefused": "See the reason.",
    "notAvailableInCloud": "",
}
_KEEP_THE_ALTERNATE = (
    "Remove the alternate mobile number first; to keep that number, change the mobile number to it before."
)


def next_step(action: CallAction, code: str) -> str | None:
    """What the caller can do after a refusal with this code; None = what is said with the code elsewhere holds."""
    if code == "alternateNeedsMobile" and isinstance(action, RemovePhone):
        return _KEEP_THE_ALTERNATE
    return _NEXT_STEPS.get(code)
