"""Every verb for one person on the real app and the Graph stand-in: what is done, what is refused, what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from sandbox.graph.faults import Fault
from sandbox.graph.options import Options
from sandbox.graph.person import Person
from shared.core.call import (
    CallAction,
    Mode,
    RemoveEmail,
    RemovePhone,
    SetEmail,
    SetPhone,
    SingleCall,
    SwitchSmsSignIn,
)
from shared.core.record.ownership_record import OwnershipRecord, SlotRecord
from shared.core.values.errors import PermanentError
from shared.core.values.slot import EmailAddress, MaskedValue, PhoneType, Slot, number_from_graph, value_to_json
from shared.core.values.states import RowState, RunState, Source
from tests.flows.one_person import NOBODYS, PERSON, READY, A, B, C, do, recorded, stored, world_with

MOBILE, ALTERNATE, OFFICE = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE
SWITCHED_OFF = replace(READY, smsSignInState="notEnabled")
OUT_OF_SCOPE = replace(READY, smsSignInState="notAllowedByPolicy")
BOTH = replace(READY, phones={"mobile": A, "alternateMobile": B})
BY_OFFICE = replace(READY, phones={"mobile": A, "office": B}, default_method="office")
WITH_EMAIL = replace(NOBODYS, email="jan@example.com")


@dataclass(frozen=True)
class Case:
    """A person, what is asked for them, and what they have afterwards."""

    person: Person
    action: CallAction
    outcome: RowState
    code: str = "applied"
    phones: Mapping[str, str] | None = None
    email: str | None = None
    sms: str = "notAllowedByPolicy"


DONE = {
    "put a new mobile": Case(NOBODYS, SetPhone(MOBILE, "202 555 0101"), RowState.CREATED, phones={"mobile": A}),
    "put another mobile": Case(READY, SetPhone(MOBILE, B), RowState.UPDATED, phones={"mobile": B}, sms="ready"),
    "put the same mobile": Case(
        READY, SetPhone(MOBILE, "+12025550101"), RowState.UNCHANGED, "alreadySet", phones={"mobile": A}, sms="ready"
    ),
    "put an office with extension": Case(
        NOBODYS, SetPhone(OFFICE, f"{A} ext. 123"), RowState.CREATED, phones={"office": f"{A}x123"}
    ),
    "create an alternate": Case(
        OUT_OF_SCOPE, SetPhone(ALTERNATE, B, Mode.CREATE), RowState.CREATED, phones={"mobile": A, "alternateMobile": B}
    ),
    "update a mobile": Case(OUT_OF_SCOPE, SetPhone(MOBILE, C, Mode.UPDATE), RowState.UPDATED, phones={"mobile": C}),
    "remove an alternate": Case(BOTH, RemovePhone(ALTERNATE), RowState.REMOVED, phones={"mobile": A}, sms="ready"),
    "remove the only mobile": Case(OUT_OF_SCOPE, RemovePhone(MOBILE), RowState.REMOVED, phones={}),
    "remove what is not there": Case(NOBODYS, RemovePhone(OFFICE), RowState.UNCHANGED, "alreadySet", phones={}),
    "enable SMS sign-in": Case(
        SWITCHED_OFF, SwitchSmsSignIn(enabled=True), RowState.UPDATED, phones={"mobile": A}, sms="ready"
    ),
    "enable it where it is on": Case(
        READY, SwitchSmsSignIn(enabled=True), RowState.UNCHANGED, "alreadySet", phones={"mobile": A}, sms="ready"
    ),
    "disable SMS sign-in": Case(
        READY,
        SwitchSmsSignIn(enabled=False),
        RowState.REMOVED,
        "smsSignInDisabled",
        phones={"mobile": A},
        sms="notEnabled",
    ),
    "disable it without a mobile": Case(
        NOBODYS, SwitchSmsSignIn(enabled=False), RowState.UNCHANGED, "alreadySet", phones={}
    ),
    "put an address": Case(NOBODYS, SetEmail("jan@example.com"), RowState.CREATED, phones={}, email="jan@example.com"),
    "create an address": Case(
        NOBODYS, SetEmail("jan@example.com", Mode.CREATE), RowState.CREATED, phones={}, email="jan@example.com"
    ),
    "update an address": Case(
        WITH_EMAIL, SetEmail("eva@example.com", Mode.UPDATE), RowState.UPDATED, phones={}, email="eva@example.com"
    ),
    "put the same address": Case(
        WITH_EMAIL, SetEmail("JAN@example.com"), RowState.UNCHANGED, "alreadySet", phones={}, email="jan@example.com"
    ),
    "remove an address": Case(WITH_EMAIL, RemoveEmail(), RowState.REMOVED, phones={}),
    "remove no address": Case(NOBODYS, RemoveEmail(), RowState.UNCHANGED, "alreadySet", phones={}),
}

REFUSED: dict[str, tuple[Person, CallAction, str, str]] = {
    "create a second mobile": (READY, SetPhone(MOBILE, B, Mode.CREATE), "methodExists", "PATCH"),
    "create the same mobile": (READY, SetPhone(MOBILE, A, Mode.CREATE), "methodExists", "PATCH"),
    "create a second address": (WITH_EMAIL, SetEmail("e@example.com", Mode.CREATE), "methodExists", "PATCH"),
    "update no mobile": (NOBODYS, SetPhone(MOBILE, B, Mode.UPDATE), "methodNotFound", "POST"),
    "update no address": (NOBODYS, SetEmail("e@example.com", Mode.UPDATE), "methodNotFound", "POST"),
    "an alternate without mobile": (NOBODYS, SetPhone(ALTERNATE, B), "alternateNeedsMobile", "Set a mobile"),
    "remove a mobile beside an alternate": (BOTH, RemovePhone(MOBILE), "alternateNeedsMobile", "Remove the alternate"),
    "remove the default method": (BY_OFFICE, RemovePhone(OFFICE), "defaultMethod", "another default sign-in method"),
    "enable without mobile": (NOBODYS, SwitchSmsSignIn(enabled=True), "smsSignInNeedsMobile", "Set a mobile"),
    "enable outside the policy": (OUT_OF_SCOPE, SwitchSmsSignIn(enabled=True), "disabledByPolicy", "policy"),
}

INVALID: dict[str, tuple[CallAction, str]] = {
    "no number": (SetPhone(MOBILE, " "), "valueMissing"),
    "the word for a removal": (SetPhone(MOBILE, "remove"), "removalNotAllowed"),
    "the word for a removal, as an address": (SetEmail("löschen"), "removalNotAllowed"),
    "a short number": (SetPhone(MOBILE, "+1 202 555"), "numberNotValid"),
    "letters": (SetPhone(MOBILE, "0800 VANITY"), "numberHasLetters"),
    "an extension of a mobile": (SetPhone(MOBILE, f"{A}x12"), "extensionOfficeOnly"),
    "no address": (SetEmail("example.com"), "emailMalformed"),
    "a mistyped domain": (SetEmail("someone@gmial.com"), "emailDomainSuspicious"),
}


@pytest.mark.parametrize("case", DONE.values(), ids=DONE)
async def test_every_verb_does_what_it_says(case: Case) -> None:
    """Whatever the policies for exports: Graph has it, and the answer tells the old value and the new one."""
    async with world_with(case.person) as world:
        result = await do(world, case.action)

        current = world.stand_in.tenant.people[PERSON]
        assert (case.phones, case.email, case.sms) == (current.methods, current.email, current.sms_state)
        assert (case.outcome, case.code) == (result.outcome.state, result.outcome.code)
        assert (case.outcome is RowState.UNCHANGED) == (result.outcome.request_id == "")
        assert (PERSON, False) == (result.user_id, result.repeated)
        assert value_of(case.person, result.slot) == value_to_json(result.old)
        assert value_of(current.to_person(), result.slot) == value_to_json(result.new)


@pytest.mark.parametrize("case", DONE.values(), ids=DONE)
async def test_a_preview_says_what_the_call_then_does_and_touches_nothing(case: Case) -> None:
    """No write to Graph and no write to storage; verdict, code, old and new are those of the call itself.

    The index of values, which it asks, is built before: whoever is the first to ask it builds it.
    """
    async with world_with(case.person) as world:
        await world.app.person_parts.shared_values.key()
        before = stored(world)
        decision = await world.app.single_calls.preview(SingleCall(PERSON, case.action, "a test"))
        assert (0, before) == (world.writes, stored(world))

        result = await do(world, case.action)
        assert (decision.outcome, decision.code) == (result.outcome.state, result.outcome.code)
        assert (decision.old, decision.new, decision.slot) == (result.old, result.new, result.slot)
        assert world.writes == len(decision.operations)


@pytest.mark.parametrize("case", DONE.values(), ids=DONE)
async def test_every_call_is_a_run_of_one_row_and_becomes_the_base(case: Case) -> None:
    """History and ownership hold for the help desk as for exports; the row keeps no number."""
    async with world_with(case.person) as world:
        result = await do(world, case.action)

        ((run, row),) = await recorded(world)
        assert (Source.CALL, RunState.FINISHED, "a test", 1) == (run.source, run.state, run.started_by, run.total)
        assert (result.run, PERSON, result.outcome.state) == (run.id, row.object_id, row.state)
        assert {case.outcome: 1} == run.counts
        assert (None, None) == (row.export_row, row.plan)
        record = await world.app.people.get(PERSON)
        assert None is record.locked_until
        if not isinstance(case.action, SwitchSmsSignIn):
            assert result.new == record.base().get(result.slot)


@pytest.mark.parametrize(("person", "action", "code", "step"), REFUSED.values(), ids=REFUSED)
async def test_what_is_not_legal_is_refused_with_the_next_step(
    person: Person, action: CallAction, code: str, step: str
) -> None:
    """Graph is left as it is, the row says why, nobody stays locked, and the remedy says what to do."""
    async with world_with(person) as world:
        before = world.stand_in.tenant.people[PERSON].to_person()
        with pytest.raises(PermanentError) as refusal:
            await do(world, action)

        assert (code, True) == (refusal.value.code, step in refusal.value.remedy)
        assert before == world.stand_in.tenant.people[PERSON].to_person()
        ((run, row),) = await recorded(world)
        assert (RunState.FINISHED, RowState.REFUSED, code) == (run.state, row.state, row.code)
        assert (await world.app.people.get(PERSON)).locked_until is None


@pytest.mark.parametrize(("person", "action", "code", "step"), REFUSED.values(), ids=REFUSED)
async def test_a_preview_of_what_is_refused_is_a_decision(
    person: Person, action: CallAction, code: str, step: str
) -> None:
    """All but the default method, which Graph's v1.0 does not tell beforehand."""
    async with world_with(person) as world:
        before = stored(world)
        decision = await world.app.single_calls.preview(SingleCall(PERSON, action, "a test"))

        assert (0, before) == (world.writes, stored(world))
        if code != "defaultMethod":
            assert (RowState.REFUSED, code, ()) == (decision.outcome, decision.code, decision.operations)
            assert (True, True) == (step in decision.remedy, decision.reason != "")
            assert decision.old == decision.new


@pytest.mark.parametrize(("action", "code"), INVALID.values(), ids=INVALID)
async def test_what_cannot_be_read_is_refused_by_its_field_and_not_recorded(action: CallAction, code: str) -> None:
    """The message names the field and holds nothing of its content; a preview says the same."""
    async with world_with(READY) as world:
        with pytest.raises(PermanentError) as refusal:
            await do(world, action)
        decision = await world.app.single_calls.preview(SingleCall(PERSON, action, "a test"))

        assert (code, code) == (refusal.value.code, decision.code)
        field = "emailAddress" if isinstance(action, SetEmail) else "phoneNumber"
        assert refusal.value.message.startswith(f"{field}: ")
        assert "555" not in refusal.value.message
        assert (code in {"valueMissing", "removalNotAllowed"}) == ("Use DELETE" in refusal.value.remedy)
        assert (code == "emailDomainSuspicious") == ("Ask the person" in refusal.value.remedy)
        assert (0, []) == (world.writes, await recorded(world))


async def test_protected_people_are_refused_before_their_methods_are_read() -> None:
    """The wall holds for every verb, also for SMS sign-in, and the refused call is on record."""
    actions: list[CallAction] = [case.action for case in DONE.values()]
    async with world_with(READY, PROTECTED_IDS=PERSON) as world:
        for action in actions:
            with pytest.raises(PermanentError) as refusal:
                await do(world, action)
            decision = await world.app.single_calls.preview(SingleCall(PERSON, action, "a test"))
            assert ("protectedAccount", "protectedAccount") == (refusal.value.code, decision.code)

        assert [] == [kind for kind in world.stand_in.stats.requests if "Methods" in kind]
        assert {"protectedAccount"} == {row.code for _, row in await recorded(world)}
        assert len(actions) == len(await recorded(world))


async def test_nothing_is_done_and_no_preview_given_while_the_wall_cannot_be_read() -> None:
    """Fail closed: who is protected is not known."""
    async with world_with(READY) as world:
        world.stand_in.faults.add(Fault(kind="status", on="role*", status=403))
        call = SingleCall(PERSON, SetPhone(MOBILE, B), "a test")
        for verb in (world.app.single_calls.do, world.app.single_calls.preview):
            with pytest.raises(PermanentError, match="cannot be read") as refusal:
                await verb(call)
            assert "protectedAccountsUnreadable" == refusal.value.code
        assert 0 == world.writes


async def test_a_national_number_is_read_where_the_account_is() -> None:
    """As in an export: the usage location of the account comes before the app's region."""
    async with world_with(replace(NOBODYS, usageLocation="AU")) as world:
        result = await do(world, SetPhone(MOBILE, "0491 570 006"))

        assert "+61 491570006" == value_to_json(result.new)


async def test_a_person_is_named_by_object_id_or_sign_in_name() -> None:
    """Both name the same person, and every call after the look-up is made by object id."""
    async with world_with(READY) as world:
        read = await world.app.single_calls.read("p@contoso.example")
        account, current = read.account, read.shown
        result = await world.app.single_calls.do(
            SingleCall("p@contoso.example", SwitchSmsSignIn(enabled=False), "a test")
        )

        assert (PERSON, PERSON) == (account.id, result.user_id)
        assert [MOBILE] == [method.phone_type for method in current.phones]
        assert "notEnabled" == world.stand_in.tenant.people[PERSON].sms_state


@pytest.mark.parametrize("verb", ["read", "do", "preview"])
async def test_nobody_is_found_for_an_unknown_key(verb: str) -> None:
    """Nothing is recorded: there is no account that the call could be about."""
    async with world_with(READY) as world:
        single_calls, call = world.app.single_calls, SingleCall("x@contoso.example", RemovePhone(MOBILE), "a test")
        verbs = {
            "read": single_calls.read(call.user),
            "do": single_calls.do(call),
            "preview": single_calls.preview(call),
        }
        chosen = verbs.pop(verb)
        for unused in verbs.values():
            unused.close()
        with pytest.raises(PermanentError) as refusal:
            await chosen

        assert ("personNotFound", []) == (refusal.value.code, await recorded(world))


async def test_the_email_address_is_read_only_if_asked_for() -> None:
    """A list of phones costs no request for the address, and needs no permission for it."""
    async with world_with(WITH_EMAIL) as world:
        await world.app.single_calls.read(PERSON)
        assert 0 == world.stand_in.stats.requests["emailMethods.list"]

        current = (await world.app.single_calls.read(PERSON, email=True)).shown
        assert EmailAddress("jan@example.com") == current.email


@pytest.mark.parametrize(
    "action", [SetEmail("jan@example.com"), RemoveEmail(), SwitchSmsSignIn(enabled=True)], ids=repr
)
async def test_what_the_cloud_lacks_is_refused_before_graph_is_asked(action: CallAction) -> None:
    """China's Graph has neither e-mail methods nor the SMS actions."""
    async with world_with(READY, Options(cloud="china"), GRAPH_CLOUD="china", EMAIL_METHODS="") as world:
        with pytest.raises(PermanentError) as refusal:
            await do(world, action)
        with pytest.raises(PermanentError) as unread:
            await world.app.single_calls.read(PERSON, email=True)

        assert ("notAvailableInCloud", "notAvailableInCloud") == (refusal.value.code, unread.value.code)
        assert [] == [kind for kind in world.stand_in.stats.requests if "Methods" in kind]


async def test_a_number_of_which_graph_shows_a_part_is_not_overwritten() -> None:
    """It can be neither equal nor different, so nobody knows what the call would do."""
    async with world_with(READY, Options(shown_numbers="masked")) as world:
        with pytest.raises(PermanentError) as refusal:
            await do(world, SetPhone(MOBILE, B))

        assert ("valueMasked", 0) == (refusal.value.code, world.writes)


def value_of(person: Person, slot: Slot) -> str | None:
    phones = {str(phone_type): number for phone_type, number in person.phones.items()}
    return person.email if slot is Slot.EMAIL else phones.get(slot)


@pytest.mark.parametrize("mode", Mode)
async def test_a_preview_without_numbers_does_not_tell_whether_a_guess_is_right(mode: Mode) -> None:
    """The right number, a wrong one, and a wrong one that is close: one answer, the same as for all."""
    async with world_with(READY) as world:
        previews = [
            await world.app.single_calls.preview(
                SingleCall(PERSON, SetPhone(MOBILE, guess, mode), "a test", sees_numbers=False)
            )
            for guess in (A, B)
        ]
        told = [(one.outcome, one.code, one.reason, one.remedy, str(one.old), len(one.operations)) for one in previews]
        assert told[0] == told[1]
        assert 0 == world.writes


async def test_the_numbers_of_protected_people_are_masked_for_everybody() -> None:
    """Also while it is not known who is protected; the office and the e-mail address too."""
    async with world_with(READY, PROTECTED_IDS=PERSON) as world:
        current = (await world.app.single_calls.read(PERSON, email=True)).shown
        assert current.phones
        assert {MaskedValue()} == {method.number for method in current.phones}
        assert not isinstance(current.email, EmailAddress)
    async with world_with(READY) as world:
        world.stand_in.faults.add(Fault(kind="status", on="role*", status=503))
        number = number_from_graph(A)
        held = SlotRecord(number, number, written_at=world.clock.now())
        await world.app.people.save(OwnershipRecord(PERSON, {Slot.MOBILE: held}))
        read = await world.app.single_calls.read(PERSON)
        assert {MaskedValue()} == {method.number for method in read.shown.phones}
        assert [MaskedValue()] == [one.written for one in read.writes]
