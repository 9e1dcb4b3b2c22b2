"""The plan for one person: the verdicts and the operations that lead from the current values to the desired ones.

Calls use it directly, rows through `plan_row`. The tables in `ownership` and `sms_sign_in` give the verdicts. The table
below shows the operations, in an order that Graph allows: writes come first, mobile before alternate mobile, then SMS
sign-in, then removals, alternate mobile before mobile. In this order a number that moves to another type is added
before it is removed, so a person who keeps a number has one at every moment.

The values are those of mobile, alternateMobile, office and email: letters = values, `?` = a masked value, `x` = to be
removed, `-` = no current value, unspecified, or not known. `default` is the person's default method.

| current | desired | default         | operations                                            |
|---------|---------|-----------------|-------------------------------------------------------|
| A - - - | A - - - | -               | none                                                  |
| - - - - | A - - - | -               | create mobile A                                       |
| - - - - | A B C P | -               | create mobile A, alternateMobile B, office C, email P |
| A B C P | B A A Q | mobile          | update mobile B, alternateMobile A, office A, email Q |
| A - - - | - B - - | -               | create alternateMobile B                              |
| - - - - | - B - - | -               | refused alternateNeedsMobile                          |
| A B - - | x - - - | -               | refused alternateNeedsMobile                          |
| A B - - | x C - - | -               | refused alternateNeedsMobile                          |
| A B - - | x x - - | -               | remove alternateMobile B, mobile A                    |
| A B C P | x x x x | -               | remove alternateMobile B, office C, email P, mobile A |
| A B - - | B x - - | -               | update mobile B; remove alternateMobile B             |
| A B - - | B x - - | mobile          | update mobile B; remove alternateMobile B             |
| A B - - | B x - - | alternateMobile | refused defaultMethod                                 |
| A - - - | x - A - | -               | create office A; remove mobile A                      |
| A - - - | x - A - | mobile          | refused defaultMethod                                 |
| - - A - | A - x - | -               | create mobile A; remove office A                      |
| A - B - | C - x - | mobile          | update mobile C; remove office B                      |
| A - - - | x - - - | -               | remove mobile A                                       |
| A - - - | x - - - | mobile          | refused defaultMethod                                 |
| A - - P | - - - x | mobile          | remove email P                                        |
| ? - A - | B - x - | -               | remove office A                                       |
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from types import MappingProxyType

from shared.core.export.desired import Desired
from shared.core.person.account import OUT_OF_SCOPE, SMS_READY, Methods
from shared.core.plan.operations import (
    DisableSmsSignIn,
    Effect,
    EnableSmsSignIn,
    Operation,
    effect_of,
    operation_for,
)
from shared.core.plan.ownership import slot_verdict
from shared.core.plan.plan_refusal import PlanRefusal, refusal_of
from shared.core.plan.question import LEFT_AS_DECIDED, Question
from shared.core.plan.sms_sign_in import Mobile, sms_sign_in_verdict
from shared.core.plan.verdict import CHANGES, Action, Verdict
from shared.core.values.cell import Refusal
from shared.core.values.phone_delivery import NOTHING_ENDED, Ended
from shared.core.values.said import NOTHING, Said
from shared.core.values.slot import DesiredValue, Remove, Slot, SlotValue, StoredValue
from shared.core.values.states import Policy, RowState

WRITE_ORDER = (Slot.MOBILE, Slot.ALTERNATE_MOBILE, Slot.OFFICE, Slot.EMAIL)
OVERTAKEN = Verdict(Action.KEPT, "newerExport")
REMOVE_ORDER = (Slot.ALTERNATE_MOBILE, Slot.OFFICE, Slot.EMAIL, Slot.MOBILE)


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """The verdict for one slot that the row or call specifies."""

    slot: Slot
    verdict: Verdict
    old: StoredValue | None
    desired: SlotValue | None
    """None = the value is to be removed."""

    @property
    def is_overtaken(self) -> bool:
        """Whether a newer export or call has specified the slot, so that this plan leaves it alone."""
        return self.verdict == OVERTAKEN


@dataclass(frozen=True, slots=True)
class SmsSignInPlan:
    """The verdict for SMS sign-in, if the row or call specifies it."""

    verdict: Verdict
    desired: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The verdict for every slot that the row or call specifies, and for SMS sign-in, unless it is refused; the
    operations in legal order."""

    slots: tuple[SlotPlan, ...]
    operations: tuple[Operation, ...]
    sms_sign_in: SmsSignInPlan | None = None
    refused: tuple[Refusal, ...] = ()
    """What is refused of the row, and why; no other part of the plan has a refused slot."""
    asks: tuple[Question, ...] = ()
    """The questions about the plan. For a call they are only recorded."""

    @property
    def is_refused(self) -> bool:
        """Whether nothing is left of the row but what is refused."""
        return bool(self.refused) and not self.slots and self.sms_sign_in is None

    @property
    def outcome(self) -> RowState:
        """The state of the row once the operations are done."""
        effects = self.effects
        if self.refused:
            return RowState.PARTIAL if effects else RowState.REFUSED
        if not effects:
            return RowState.KEPT if self._kept() else RowState.UNCHANGED
        if effects == {Effect.CREATE}:
            return RowState.CREATED
        return RowState.REMOVED if effects == {Effect.REMOVE} else RowState.UPDATED

    @property
    def code(self) -> str:
        """The code that goes with `outcome`."""
        if self.refused:
            return self.refused[0].code
        if DisableSmsSignIn() in self.operations:
            return "smsSignInDisabled"
        if self.operations:
            return "applied"
        asked = bool(self.slots) or self.sms_sign_in is not None
        return next(iter(self._kept().values()), "alreadySet" if asked else "nothingRequested")

    @property
    def decided_switch(self) -> bool | None:
        """The state of SMS sign-in once the plan is done, as the row specifies it; None = the plan does not decide."""
        if self.sms_sign_in is None or self.sms_sign_in.verdict.action is Action.KEPT:
            return None
        return self.sms_sign_in.desired

    @property
    def code_until_done(self) -> str:
        """The code of the row while nothing is done yet; `code` is that of its end."""
        return "changePlanned" if self.operations and not self.refused else self.code

    @property
    def effects(self) -> frozenset[Effect]:
        return frozenset(effect_of(operation) for operation in self.operations)

    def unmet(self, current: Methods) -> Said:
        """Says that SMS sign-in is not on in `current`, although the plan decides that it is.

        "" = it is on, or the plan does not decide that it is.
        """
        if not self.decided_switch or current.sms_sign_in_state == SMS_READY:
            return NOTHING
        state = current.sms_sign_in_state or Said("unknown")
        return Said("SMS sign-in is not on: its state is {state}", state=state)

    def _kept(self) -> dict[str, str]:
        """The codes of the kept slots and of SMS sign-in, by name."""
        kept = {str(planned.slot): planned.verdict for planned in self.slots}
        if self.sms_sign_in is not None:
            kept["SMS sign-in"] = self.sms_sign_in.verdict
        return {name: verdict.code for name, verdict in kept.items() if verdict.action is Action.KEPT}


def plan_person(
    desired: Desired,
    base: Mapping[Slot, StoredValue],
    current: Methods,
    policy: Policy,
    *,
    never_shown: Set[Slot] = frozenset(),
    unsettled: Mapping[Slot, StoredValue | None] = MappingProxyType({}),
    sms_unsettled: bool = False,
    default: Slot | None = None,
    left: Set[Slot] = frozenset(),
    left_switch: bool | None = None,
    ended: Ended = NOTHING_ENDED,
) -> Plan | PlanRefusal:
    """Decide about every specified slot and SMS sign-in, then put the operations in legal order, if there is one.

    `base` holds the values that this app last wrote or adopted. `never_shown` are the slots whose base Graph has never
    shown: they may have a value although Graph shows none. `unsettled` are the slots whose `current` value the app has
    just written, with what Graph shows: their change is sent even if the slot already seems to have the desired value,
    except a removal where Graph shows nothing; `sms_unsettled` means the same for SMS sign-in. `default` is the
    person's default sign-in method. None = unknown; then Graph itself refuses to delete that method. `left` are the
    slots that a person has decided to leave as they are. `left_switch` is the switch of SMS sign-in (True = on) that a
    person has declined: it is not made while the mobile stays as it is. `ended` names the writes that no longer have an
    effect.
    """
    slots = {
        slot: _left_slot(slot, desired_value, current)
        if slot in left
        else _slot_plan(slot, desired_value, base, current, policy, shown=slot not in never_shown)
        for slot, desired_value in desired.slots
    }
    slots |= {slot: sent for slot, shown in unsettled.items() if slot in slots and (sent := _sent(slots[slot], shown))}
    writes = [planned for slot in WRITE_ORDER if (planned := slots.get(slot)) and _writes(planned)]
    removals = [planned for slot in REMOVE_ORDER if (planned := slots.get(slot)) and _removes(planned)]
    sms_sign_in = _sms_sign_in_plan(
        desired,
        current,
        slots.get(Slot.MOBILE),
        shown=Slot.MOBILE not in never_shown,
        unsettled=sms_unsettled,
        left=left_switch,
    )
    operations = (
        *(_operation(planned) for planned in writes),
        *_sms_operations(sms_sign_in),
        *(_operation(planned) for planned in removals),
    )
    refusal = refusal_of(desired, current, operations, default, never_shown, ended=ended)
    return refusal or Plan(tuple(slots.values()), operations, sms_sign_in, desired.refused)


def _slot_plan(
    slot: Slot,
    desired_value: DesiredValue,
    base: Mapping[Slot, StoredValue],
    current: Methods,
    policy: Policy,
    *,
    shown: bool,
) -> SlotPlan:
    old = current.value(slot)
    verdict = slot_verdict(base.get(slot), old, desired_value, policy, shown=shown)
    return SlotPlan(slot, verdict, old, None if isinstance(desired_value, Remove) else desired_value)


def _left_slot(slot: Slot, desired_value: DesiredValue, current: Methods) -> SlotPlan:
    desired = None if isinstance(desired_value, Remove) else desired_value
    return SlotPlan(slot, Verdict(Action.KEPT, LEFT_AS_DECIDED), current.value(slot), desired)


def _sent(planned: SlotPlan, shown: StoredValue | None) -> SlotPlan | None:
    """The plan that writes a slot although it seems unchanged.

    None = the verdict is not `unchanged`, or the value is to be removed and Graph shows none.
    """
    if planned.verdict.action is not Action.UNCHANGED:
        return None
    if planned.desired is not None:
        return replace(planned, verdict=Verdict(Action.UPDATE))
    return replace(planned, verdict=Verdict(Action.REMOVE), old=shown) if shown is not None else None


def _writes(planned: SlotPlan) -> bool:
    return planned.verdict.action in {Action.CREATE, Action.UPDATE}


def _removes(planned: SlotPlan) -> bool:
    return planned.verdict.action is Action.REMOVE


def _operation(planned: SlotPlan) -> Operation:
    return operation_for(Effect(planned.verdict.action.value), planned.slot, planned.old, planned.desired)


def _sms_sign_in_plan(
    desired: Desired, current: Methods, mobile: SlotPlan | None, *, shown: bool, unsettled: bool, left: bool | None
) -> SmsSignInPlan | None:
    if desired.sms_sign_in is None:
        return None
    match mobile.verdict.action if mobile else Action.UNCHANGED:
        case Action.CREATE:
            becomes = Mobile.CREATED
        case Action.UPDATE:
            becomes = Mobile.UPDATED
        case Action.UNCHANGED | Action.KEPT if current.value(Slot.MOBILE) is not None:
            becomes = Mobile.STAYS
        case Action.UNCHANGED | Action.KEPT if not shown:
            return SmsSignInPlan(Verdict(Action.KEPT, "valueNotShown"), desired.sms_sign_in)
        case _:
            becomes = Mobile.ABSENT
    state = current.sms_sign_in_state
    verdict = sms_sign_in_verdict(becomes, state, desired=desired.sms_sign_in)
    if unsettled and becomes is Mobile.STAYS and state != OUT_OF_SCOPE:
        verdict = Verdict(Action.UPDATE if desired.sms_sign_in else Action.REMOVE)
    if becomes is Mobile.STAYS and verdict.action in CHANGES and desired.sms_sign_in is left:
        verdict = Verdict(Action.KEPT, LEFT_AS_DECIDED)
    return SmsSignInPlan(verdict, desired.sms_sign_in)


def _sms_operations(sms_sign_in: SmsSignInPlan | None) -> tuple[Operation, ...]:
    match sms_sign_in and sms_sign_in.verdict.action:
        case Action.UPDATE:
            return (EnableSmsSignIn(),)
        case Action.REMOVE:
            return (DisableSmsSignIn(),)
        case _:
            return ()
