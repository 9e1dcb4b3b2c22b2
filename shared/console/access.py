"""Who may see a page or use a form of the console; the checks before every page.

The app roles are those of the API. A browser proves that a form is the console's own in two ways: by Fetch metadata or
its origin, as for the API, and by a token that the page has put into the form and into a cookie that no other site can
read or set.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from shared.api.errors import RequestRefusedError
from shared.api.guard import (
    FORM_AROUND_A_FILE,
    LARGEST_JSON,
    PRINCIPAL_HEADER,
    Caller,
    caller_of,
    refuse_cross_site,
    require,
    settings_of,
)
from shared.api.roles import ADMISSIONS, Admission, CallerRole
from shared.api.uploads import FORM, Workbook, parsed_form

ROOT = "/console"

_ANY_ROLE = Admission(frozenset(CallerRole))
_SIGN_IN = "/.auth/login/aad?post_login_redirect_uri="
_FORM_COOKIE = "console-form"
_TOKEN = "token"  # noqa: S105 - the name of a field
_MOST_FIELDS = 20

PAGES: dict[str, Admission] = {
    "home": _ANY_ROLE,
    "upload": ADMISSIONS["StartRun"],
    "start_upload": ADMISSIONS["StartRun"],
    "start_checked": ADMISSIONS["StartCheckedRun"],
    "show_run": ADMISSIONS["GetRun"],
    "find_rows": ADMISSIONS["FindRunRows"],
    "show_row": ADMISSIONS["ListRunRows"],
    "reveal_row": Admission(ADMISSIONS["ListRunRows"].any_of, frozenset({CallerRole.READ_NUMBERS})),
    "approve_run": ADMISSIONS["ApproveRun"],
    "reject_run": ADMISSIONS["RejectRun"],
    "cancel_run": ADMISSIONS["CancelRun"],
    "redrive_run": ADMISSIONS["RedriveRun"],
    "undo_run": ADMISSIONS["UndoRun"],
    "find_person": ADMISSIONS["ListPhoneMethods"],
    "search_person": ADMISSIONS["ListPhoneMethods"],
    "show_person": ADMISSIONS["ListPhoneMethods"],
    "change_person": ADMISSIONS["SetPhoneMethod"],
    "person_data": ADMISSIONS["ErasePersonData"],
    "show_drift": ADMISSIONS["GetDrift"],
    "show_health": ADMISSIONS["GetDrift"],
    "asset": Admission(anonymous=True),
}
"""Who may use each route, by its name; a route without an entry cannot be registered. The page of the doctor's findings
is for readers of reports, as `health?deep` of the API is."""


def sign_in(page: str) -> str:
    """The URL where the platform signs people in and leads them to this page."""
    return _SIGN_IN + quote(page, safe="")


class SignInNeededError(Exception):
    """The visitor is not signed in; `url` is where the platform signs people in and leads them back."""

    def __init__(self, url: str) -> None:
        super().__init__("the visitor is not signed in")
        self.url = url


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person at a page; `form` has the fields of the form that was sent, by name."""

    caller: Caller
    name: str = field(repr=False)
    """The sign-in name, for the person's own eyes; never logged."""
    token: str = field(repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Workbook | None = field(default=None, repr=False)
    """The file in the form's field `file`."""

    def may(self, operation: str) -> bool:
        """Whether an operation of the API admits the visitor."""
        try:
            require(self.caller, ADMISSIONS[operation])
        except RequestRefusedError:
            return False
        return True


class PageRoute(APIRoute):
    """A route that admits the visitors that PAGES names; its own name has to be there."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(path, endpoint, **options)
        self.admission = PAGES[self.name]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            if self.admission.anonymous:
                return await handle(request)
            visitor = _admitted(request, self.admission)
            request.state.visitor = visitor
            if request.method == "POST":
                request.state.visitor = await _with_form(request, visitor)
            response = await handle(request)
            response.set_cookie(
                cookie_name(request, _FORM_COOKIE),
                visitor.token,
                secure=is_secure(request),
                httponly=True,
                samesite="strict",
            )
            return response

        return guarded


def page_router(path: str) -> APIRouter:
    """The router of the pages below this path of the console."""
    return APIRouter(prefix=f"{ROOT}{path}", route_class=PageRoute)


def _admitted(request: Request, admission: Admission) -> Visitor:
    """The visitor.

    Raises SignInNeededError for a page if nobody is signed in, and RequestRefusedError for every
    other visitor who is not admitted.
    """
    settings = settings_of(request)
    if settings.auth_mode == "key":
        raise RequestRefusedError("consoleOff")
    if request.method == "GET" and settings.website_auth_enabled and not request.headers.get(PRINCIPAL_HEADER):
        page = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInNeededError(sign_in(page))
    caller = caller_of(request.headers, settings)
    refuse_cross_site(request)
    visitor = Visitor(
        caller,
        request.headers.get("x-ms-client-principal-name", ""),
        request.cookies.get(cookie_name(request, _FORM_COOKIE)) or secrets.token_urlsafe(24),
    )
    request.state.visitor, request.state.admission = visitor, admission
    require(caller, admission)
    return visitor


async def _with_form(request: Request, visitor: Visitor) -> Visitor:
    """The visitor with the fields of the form. Raises RequestRefusedError for a form that is not the console's own."""
    content_type = request.headers.get("content-type", "")
    is_upload = content_type.partition(";")[0].strip().lower() == FORM
    largest = (settings_of(request).max_file_bytes if is_upload else LARGEST_JSON) + FORM_AROUND_A_FILE
    body = await request.body()
    if len(body) > largest:
        raise RequestRefusedError("bodyTooLarge", f"The form has more than {largest} bytes.")
    form, file = parsed_form(content_type, body, most_parts=_MOST_FIELDS) if is_upload else (_fields(body), None)
    expected = request.cookies.get(cookie_name(request, _FORM_COOKIE), "")
    if not expected or not hmac.compare_digest(form.get(_TOKEN, "").encode(), expected.encode()):
        raise RequestRefusedError("formNotOurs")
    return replace(visitor, form=form, file=file)


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise RequestRefusedError("badRequest", "The form cannot be read.") from None


def is_secure(request: Request) -> bool:
    """Whether the browser uses TLS; behind the platform's front end the app itself may see http."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "") == "https"


def cookie_name(request: Request, name: str) -> str:
    """The cookie's name. Over TLS it has a prefix, because of which browsers let only this host set it."""
    return f"__Host-{name}" if is_secure(request) else name


def _visitor(request: Request) -> Visitor:
    visitor: Visitor = request.state.visitor
    return visitor


CurrentVisitor = Annotated[Visitor, Depends(_visitor)]
