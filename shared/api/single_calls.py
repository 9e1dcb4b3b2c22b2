"""What the routes for one person share: the person in the path, preview, repeatable calls, and how results are told.

Used by `phone_methods` and `email_methods`; calls the single-user flow.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Self

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from shared.api.guard import Calling
from shared.api.schema import Resource, shown
from shared.api.verbs import Wired
from shared.core.call import CallAction, CallPreview, SingleCall, SingleCallResult
from shared.core.plan.operations import (
    DisableSmsSignIn,
    EnableSmsSignIn,
    Operation,
    effect_of,
    slot_of,
    value_after,
    value_before,
)
from shared.core.values.slot import Slot
from shared.core.values.states import RowState

_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

User = Annotated[
    str,
    Path(
        alias="id",
        max_length=256,
        pattern=rf"^({_UUID}|[^@\s/]+@[^@\s/]+)$",
        description="Object id (recommended) or user principal name of the person.",
    ),
]
Preview = Annotated[bool, Query(description="Tell what would be done, and do nothing.")]
RepeatabilityId = Annotated[
    str,
    Header(
        alias="Repeatability-Request-ID",
        pattern=rf"^({_UUID})?$",
        description="A UUID of the caller's choice: the same call with the same one is done once.",
    ),
]


class Step(Resource):
    """One operation of a plan."""

    do: str = Field(description="create, update, remove, enableSmsSignIn or disableSmsSignIn.")
    slot: Slot = Field(description="What of the person it changes.")
    old: str | None = Field(description="What is there before; masked unless the caller may see numbers.")
    new: str | None = Field(description="What is there afterwards.")

    @classmethod
    def of(cls, operation: Operation, *, clear: bool) -> Self:
        match operation:
            case EnableSmsSignIn():
                return cls(do="enableSmsSignIn", slot=Slot.MOBILE, old=None, new=None)
            case DisableSmsSignIn():
                return cls(do="disableSmsSignIn", slot=Slot.MOBILE, old=None, new=None)
            case _:
                return cls(
                    do=effect_of(operation).value,
                    slot=slot_of(operation),
                    old=shown(value_before(operation), clear=clear),
                    new=shown(value_after(operation), clear=clear),
                )


class PreviewedCall(Resource):
    """What a call would come to at this moment; nothing was done."""

    user_id: str = Field(description="Object id of the person.")
    decision: RowState = Field(description="created, updated, removed, unchanged or refused.")
    code: str = Field(description="Why, as in docs/outcomes.md.")
    reason: str = Field(description="Why it would be refused, else empty.")
    remedy: str = Field(description="What to do about a refusal, else empty.")
    steps: list[Step] = Field(description="What would be done, in this order.")
    old: str | None = Field(description="What is there now.")
    new: str | None = Field(description="What would be there afterwards.")
    sms_sign_in_state: str | None = Field(description="Graph's smsSignInState of the mobile as it is now.")

    @classmethod
    def of(cls, decision: CallPreview, *, clear: bool) -> Self:
        return cls(
            user_id=decision.user_id,
            decision=decision.verdict,
            code=decision.code,
            reason=decision.reason,
            remedy=decision.remedy,
            steps=[Step.of(step, clear=clear) for step in decision.steps],
            old=shown(decision.old, clear=clear),
            new=shown(decision.new, clear=clear),
            sms_sign_in_state=decision.sms_sign_in_state,
        )


class CallResult(Resource):
    """What a call came to."""

    user_id: str = Field(description="Object id of the person.")
    outcome: RowState = Field(description="created, updated, removed or unchanged.")
    code: str = Field(description="Why, as in docs/outcomes.md.")
    note: str = Field(description="What else there is to know, else empty.")
    old: str | None = Field(description="What was there before; masked unless the caller may see numbers.")
    new: str | None = Field(description="What is there now.")
    request_id: str = Field(description="Graph's request id of the write; empty = nothing had to be written.")
    run: str = Field(description="The run that records this call.")
    repeated: bool = Field(description="Whether this is the first result of a call that was repeated.")


PREVIEWED: dict[int | str, dict[str, Any]] = {200: {"model": PreviewedCall, "description": "What would be done."}}
"""For OpenAPI: the answer to `preview` of calls whose other answers have another status."""


@dataclass(frozen=True, slots=True)
class Write:
    """One call that writes, or would: the parameters that every such route has."""

    request: Request
    verbs: Wired
    caller: Calling
    user: User
    preview: Preview = False
    repeatability_id: RepeatabilityId = ""

    async def __call__(self, action: CallAction) -> SingleCallResult | PreviewedCall:
        call = SingleCall(self.user, action, self.caller.id, self.repeatability_id.lower())
        if self.preview:
            return PreviewedCall.of(await self.verbs.single_calls.preview(call), clear=self.caller.sees_numbers)
        return await self.verbs.single_calls.do(call)

    def answer(self, done: CallResult | PreviewedCall, location: str) -> Response:
        """201 with Location where a method was created, else 200."""
        created = isinstance(done, CallResult) and done.outcome is RowState.CREATED
        headers = {"Location": f"{self.request.scope['root_path']}/users/{done.user_id}/{location}"} if created else {}
        return JSONResponse(done.model_dump(mode="json", by_alias=True), 201 if created else 200, headers)


Writing = Annotated[Write, Depends()]


def removed(done: SingleCallResult | PreviewedCall) -> Response:
    """204, also when there was nothing to remove; a header names the run that records the call."""
    if isinstance(done, PreviewedCall):
        return JSONResponse(done.model_dump(mode="json", by_alias=True))
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"x-run-id": done.run})


def fields_of(done: SingleCallResult, *, clear: bool) -> dict[str, Any]:
    """What every CallResult tells."""
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
