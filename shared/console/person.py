"""The pages about one person: search, current values, changes with a preview, runs, stored data.

URLs name people only by object id; a search is sent as a form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response

from shared.api.errors import RequestRefusedError
from shared.api.people import LONGEST_TEXT, people_found
from shared.api.person_data import PersonId
from shared.api.person_runs import PersonRunsQuery, runs_of_person
from shared.api.phone_methods import PhoneMethodResource
from shared.api.single_calls import LastWriteResource, PreviewedCall, as_recorded
from shared.console.access import page_router
from shared.console.visit import Visit, Visiting
from shared.core.call import CallAction, RemovePhone, SetPhone, SingleCall, SwitchSmsSignIn
from shared.core.values.errors import ExplainedError, RetryLaterError
from shared.core.values.slot import PHONE_SLOTS, PhoneType
from shared.flows.person.write_errors import UnresolvedWriteError

router = page_router("/people")

_YES = "yes"
_NEWEST_RUNS = PersonRunsQuery()


@dataclass(frozen=True, slots=True)
class Asked:
    """The change that the form asks for; `number` is the typed text."""

    action: str
    phone_type: PhoneType
    number: str

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Asked:
        try:
            phone_type = PhoneType(form.get("phoneType", ""))
        except ValueError:
            raise RequestRefusedError("badRequest", "The kind of number is missing.", target="phoneType") from None
        return cls(form.get("action", ""), phone_type, form.get("number", "").strip()[:LONGEST_TEXT])

    def as_call(self) -> CallAction:
        match self.action:
            case "set" if self.number:
                return SetPhone(self.phone_type, self.number)
            case "set":
                raise RequestRefusedError("badRequest", "Type the number first.", target="number")
            case "remove":
                return RemovePhone(self.phone_type)
            case "enableSmsSignIn" | "disableSmsSignIn" if self.phone_type is PhoneType.MOBILE:
                return SwitchSmsSignIn(enabled=self.action == "enableSmsSignIn")
            case _:
                raise RequestRefusedError("badRequest", "The form asks for nothing that can be done.", target="action")


@router.get("", name="find_person")
async def find(visit: Visiting) -> Response:
    return visit.page("find.html", who="", found=())


@router.post("", name="search_person")
async def search(visit: Visiting) -> Response:
    who = visit.visitor.form.get("who", "").strip()
    try:
        if not who or len(who) > LONGEST_TEXT:
            words = f"Type what identifies the person, in at most {LONGEST_TEXT} characters."
            raise RequestRefusedError("badRequest", words, target="who")
        found = await people_found(visit.verbs, who)
    except ExplainedError as problem:
        return visit.page("find.html", problem=problem, who=who, found=())
    if len(found) > 1:
        return visit.page("find.html", who=who, found=found)
    return visit.go_to(f"/people/{found[0].account.id}")


@router.get("/{id}", name="show_person")
async def show(visit: Visiting, user_id: PersonId, query: Annotated[PersonRunsQuery, Depends()]) -> Response:
    return await _page(visit, user_id, query=query)


@router.post("/{id}", name="change_person")
async def change(visit: Visiting, user_id: PersonId) -> Response:
    """Show a preview; its form sends the change again with `confirmed`, and then it is made."""
    form, caller = visit.visitor.form, visit.visitor.caller
    asked: Asked | None = None
    try:
        asked = Asked.of(form)
        call = SingleCall(user_id, asked.as_call(), caller.id, sees_numbers=caller.sees_numbers)
        if form.get("confirmed") != _YES:
            preview = await visit.verbs.single_calls.preview(call)
            return await _page(visit, user_id, asked=asked, preview=PreviewedCall.of(preview, clear=False))
        await visit.verbs.single_calls.do(call)
    except (RetryLaterError, UnresolvedWriteError) as unknown:
        return await _unknown_page(visit, user_id, unknown, _NEWEST_RUNS)
    except ExplainedError as problem:
        return await _page(visit, user_id, asked=asked, problem=problem)
    return visit.go_to(f"/people/{user_id}", asked.action)


@router.post("/{id}/data", name="person_data")
async def data(visit: Visiting, user_id: PersonId) -> Response:
    """Show what is stored; the form on that page sends `confirmed`, and then it is erased."""
    form, erasure = visit.visitor.form, visit.verbs.erasure
    also = form.get("also", "")[: LONGEST_TEXT * 4].split()
    found, problem, is_erased = None, None, False
    try:
        if form.get("confirmed") == _YES:
            found, is_erased = await erasure.erase(user_id, also, visit.visitor.caller.id), True
        else:
            found = await erasure.find(user_id, also)
    except ExplainedError as error:
        problem = error
    return visit.page(
        "data.html", user_id=user_id, also=" ".join(also), found=found, is_erased=is_erased, problem=problem
    )


async def _page(
    visit: Visit,
    user_id: str,
    *,
    asked: Asked | None = None,
    preview: PreviewedCall | None = None,
    problem: ExplainedError | None = None,
    query: PersonRunsQuery = _NEWEST_RUNS,
) -> Response:
    try:
        read = await visit.verbs.single_calls.read(user_id)
    except RetryLaterError as unknown:
        return await _unknown_page(visit, user_id, unknown, query)
    recorded = as_recorded(read, PHONE_SLOTS, clear=False)
    writes: list[LastWriteResource] = recorded["last_writes"]
    return visit.page(
        "person.html",
        problem=problem,
        account=read.account,
        is_protected=read.is_protected,
        default_method=read.default_method,
        methods={method.phone_type: PhoneMethodResource.of(method, clear=False) for method in read.shown.phones},
        phone_types=list(PhoneType),
        writes={write.slot.value: write for write in writes},
        unsettled=recorded["unsettled"],
        asked=asked,
        preview=preview,
        **await _runs(visit, user_id, query),
    )


async def _unknown_page(
    visit: Visit, user_id: str, unknown: RetryLaterError | UnresolvedWriteError, query: PersonRunsQuery
) -> Response:
    """The page with what the app itself knows, without another request to Graph and another wait."""
    run = unknown.run if isinstance(unknown, UnresolvedWriteError) else ""
    return visit.page(
        "unknown.html", problem=unknown, user_id=user_id, continued_by=run, **await _runs(visit, user_id, query)
    )


async def _runs(visit: Visit, user_id: str, query: PersonRunsQuery) -> dict[str, object]:
    runs = await runs_of_person(visit.verbs, visit.visitor.caller, visit.request, user_id, query)
    return {"runs": runs, "is_first_page": not query.skip_token}
