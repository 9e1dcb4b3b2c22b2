"""The common parts of the routes for one person: the person in the path, previews, repeatable calls, results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from shared.api.guard import Caller, Calling, Wired
from shared.api.schema import Resource
from shared.api.verbs import Verbs
from shared.core.call import CallAction, SingleCall, SingleCallResult
from shared.core.call_preview import CallPreview
from shared.core.person.account import UUID, SeenPerson
from shared.core.plan.operations import (
    DisableSmsSignIn,
    EnableSmsSignIn,
    Operation,
    effect_of,
    slot_of,
    value_after,
    value_before,
)
from shared.core.record.ownership_record import Confirmation
from shared.core.values.slot import EmailAddress, PhoneNumber, Slot, StoredValue
from shared.core.values.states import RowState
from shared.flows.person.single_call import PersonRead

User = Annotated[
    str,
    Path(
        alias="id",
        max_length=256,
        pattern=rf"^({UUID}|[^@\s/]+@[^@\s/]+)$",
        description="The person's object id (recommended) or user principal name.",
    ),
]
Preview = Annotated[bool, Query(description="Only plan the call; nothing is changed.")]
RepeatabilityId = Annotated[
    str,
    Header(
        alias="Repeatability-Request-ID",
        pattern=rf"^({UUID})?$",
        description="A UUID of the caller's choice; calls with the same UUID are one call, which is done once.",
    ),
]


def shown(value: StoredValue | None, *, clear: bool) -> str | None:
    """The value in clear for callers who may see it; else masked, with at most the last two digits."""
    match value:
        case None:
            return None
        case PhoneNumber() if clear:
            return value.spelled_for_graph()
        case EmailAddress() if clear:
            return value.address
        case _:
            return str(value)


class LastWriteResource(Resource):
    """What this app wrote last to one slot."""

    slot: Slot
    value: str | None = Field(description="Masked unless the caller may see numbers; null = the value was removed.")
    written_at: datetime = Field(description="When it was written.")
    confirmation: Confirmation = Field(
        description="confirmed: Graph has shown it; accepted: Graph has answered 2xx; inDoubt: neither."
    )
    unsettled: bool = Field(
        description="Whether Graph shows something else, and the write is too recent to believe it."
    )
    run: str = Field(description="The run of the newest export or call that specified the slot; empty = not known.")
    desired: str | None = Field(description="What that export or call asks for; null = nothing, or a removal.")
    declined: str | None = Field(
        description="The value that a person declined, to leave the current one; null = none, or a removal."
    )


class PersonResource(Resource):
    """A person, as the directory and the app know them."""

    id: str = Field(description="Object id.")
    display_name: str = Field(description="As the directory has it.")
    user_principal_name: str = Field(description="The name with which the person signs in.")
    department: str = Field(description="Empty = the directory has none.")
    enabled: bool = Field(description="Whether the account may sign in.")
    is_protected: bool = Field(description="Whether the account is, or may be, protected; then nothing is written.")
    default_method: str = Field(
        description="Graph's name of the default sign-in method, such as `sms` or `push`, by a report that may be "
        "hours old; empty = not known."
    )

    @classmethod
    def of(cls, person: SeenPerson) -> Self:
        account = person.account
        return cls(
            id=account.id,
            display_name=account.display_name,
            user_principal_name=account.user_principal_name,
            department=account.department,
            enabled=account.enabled,
            is_protected=person.is_protected,
            default_method=person.default_method,
        )


class AsRecorded(Resource):
    """The person, and the app's last writes as the ownership record has them, beside what Graph shows."""

    person: PersonResource = Field(description="The person who has the methods.")
    unsettled: bool = Field(
        description="Whether what Graph shows contradicts a recent write of this app, and so proves nothing."
    )
    last_writes: list[LastWriteResource] = Field(description="This app's last write to each slot, if there was one.")


async def read_for(verbs: Verbs, caller: Caller, operation: str, user: str, *, email: bool = False) -> PersonRead:
    """The person as Graph shows them. The journal records a reveal before they are returned."""
    read = await verbs.single_calls.read(user, email=email)
    if caller.sees_numbers:
        await verbs.journal.revealed(operation, caller.id, person=read.account.id)
    return read


def as_recorded(read: PersonRead, slots: Collection[Slot], *, clear: bool) -> dict[str, Any]:
    """The fields of AsRecorded for these slots."""
    writes = [one for one in read.writes if one.slot in slots]
    return {
        "person": PersonResource.of(read.person),
        "unsettled": any(one.is_unsettled for one in writes),
        "last_writes": [
            LastWriteResource(
                slot=one.slot,
                value=shown(one.written, clear=clear),
                written_at=one.at,
                confirmation=one.confirmation,
                unsettled=one.is_unsettled,
                run=one.run,
                desired=shown(one.desired, clear=clear),
                declined=shown(one.declined, clear=clear),
            )
            for one in writes
        ],
    }


class OperationResource(Resource):
    """One planned operation."""

    action: str = Field(description="create, update, remove, enableSmsSignIn or disableSmsSignIn.")
    slot: Slot = Field(description="The slot that it changes.")
    old: str | None = Field(
        description="The value before, masked unless the caller may see numbers; null = none, or no value changes."
    )
    new: str | None = Field(description="The value afterwards, masked likewise; null = none, or no value changes.")

    @classmethod
    def of(cls, operation: Operation, *, clear: bool) -> Self:
        match operation:
            case EnableSmsSignIn():
                return cls(action="enableSmsSignIn", slot=Slot.MOBILE, old=None, new=None)
            case DisableSmsSignIn():
                return cls(action="disableSmsSignIn", slot=Slot.MOBILE, old=None, new=None)
            case _:
                return cls(
                    action=effect_of(operation).value,
                    slot=slot_of(operation),
                    old=shown(value_before(operation), clear=clear),
                    new=shown(value_after(operation), clear=clear),
                )


class PreviewedCall(Resource):
    """The outcome that a call would have now; nothing was changed."""

    user_id: str = Field(description="Object id of the person.")
    person: PersonResource = Field(description="The person whom the call is about.")
    outcome: RowState = Field(description="created, updated, removed, unchanged or refused.")
    code: str = Field(description="The reason, as in docs/outcomes.md.")
    reason: str = Field(description="Why the call would be refused, else empty.")
    remedy: str = Field(description="What to do about a refusal, else empty.")
    operations: list[OperationResource] = Field(description="The planned operations, in order.")
    old: str | None = Field(description="The current value; null = none, or not read.")
    new: str | None = Field(description="The value after the call; null = none, or not known.")
    sms_sign_in_state: str | None = Field(
        description="Graph's smsSignInState of the mobile now; null = none, or not known."
    )
    proviso: str = Field(description="Why Graph may still refuse the call; empty = no reason is known.")
    suggestions: list[str] = Field(description="Values that the refused value of the request may stand for.")

    @classmethod
    def of(cls, preview: CallPreview, *, clear: bool) -> Self:
        return cls(
            user_id=preview.user_id,
            person=PersonResource.of(preview.person),
            outcome=preview.outcome,
            code=preview.code,
            reason=preview.reason,
            remedy=preview.remedy,
            operations=[OperationResource.of(operation, clear=clear) for operation in preview.operations],
            old=shown(preview.old, clear=clear),
            new=shown(preview.new, clear=clear),
            sms_sign_in_state=preview.sms_sign_in_state,
            proviso=preview.proviso,
            suggestions=[text for value in preview.suggestions if (text := shown(value, clear=True))],
        )


class CallResult(Resource):
    """The outcome of a call."""

    user_id: str = Field(description="Object id of the person.")
    outcome: RowState = Field(description="created, updated, removed or unchanged.")
    code: str = Field(description="The reason, as in docs/outcomes.md.")
    note: str = Field(description="More about the outcome, else empty.")
    old: str | None = Field(description="The value before, masked unless the caller may see numbers; null = none.")
    new: str | None = Field(description="The current value; null = none.")
    request_id: str = Field(description="Graph's request id of the last write; empty = none is known.")
    run: str = Field(description="The run that records this call.")
    repeated: bool = Field(description="Whether the call was a repeat, answered with its first result.")


PREVIEWED: dict[int | str, dict[str, Any]] = {200: {"model": PreviewedCall, "description": "A preview of the call."}}
"""For OpenAPI: the answer with `preview` of operations that otherwise answer 201 or 204."""


@dataclass(frozen=True, slots=True)
class Write:
    """A call that writes, or previews a write, with the parameters of every such route."""

    request: Request
    verbs: Wired
    caller: Calling
    user: User
    preview: Preview = False
    repeatability_id: RepeatabilityId = ""

    async def __call__(self, action: CallAction) -> SingleCallResult | PreviewedCall:
        clear = self.caller.sees_numbers
        call = SingleCall(self.user, action, self.caller.id, self.repeatability_id.lower(), sees_numbers=clear)
        if self.preview:
            preview = await self.verbs.single_calls.preview(call)
            if clear:
                await self.verbs.journal.revealed("preview", self.caller.id, person=preview.user_id)
            return PreviewedCall.of(preview, clear=clear)
        return await self.verbs.single_calls.do(call)

    def answer(self, done: CallResult | PreviewedCall, location: str) -> Response:
        """201 with Location where a method was created, else 200."""
        created = isinstance(done, CallResult) and done.outcome is RowState.CREATED
        headers = {"Location": f"{self.request.scope['root_path']}/users/{done.user_id}/{location}"} if created else {}
        return JSONResponse(done.model_dump(mode="json", by_alias=True), 201 if created else 200, headers)


WriteCall = Annotated[Write, Depends()]


def removed(done: SingleCallResult | PreviewedCall) -> Response:
    """204 for a call, also if there was nothing to remove, with its run in the header `x-run-id`; 200 for a preview."""
    if isinstance(done, PreviewedCall):
        return JSONResponse(done.model_dump(mode="json", by_alias=True))
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"x-run-id": done.run})


def fields_of(done: SingleCallResult, *, clear: bool) -> dict[str, Any]:
    """The fields that every CallResult has."""
    return {
        "user_id": done.user_id,
        "outcome": done.outcome.state,
        "code": done.outcome.code,
        "note": done.outcome.note,
        "old": shown(done.old, clear=clear),
        "new": shown(done.new, clear=clear),
        "request_id": done.outcome.request_id,
        "run": done.run,
        "repeated": done.repeated,
    }
