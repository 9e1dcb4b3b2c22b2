"""The checks before every route: caller and roles, where the request comes from, its size and its query.

`GuardedRoute` is the route class of every router; a body is parsed only after admission.
`AUTH_MODE=entra`: App Service authentication ("Easy Auth") signs callers in and adds headers that
say who they are. The headers are trusted only if `WEBSITE_AUTH_ENABLED` says that this
authentication is on, because otherwise any caller could send them. A caller without trusted headers
is admitted to nothing but a `GetHealth` that is not deep. `AUTH_MODE=key`: the platform has checked
a function key before; a key does not identify its holder. Facts: "Work with user identities in
Azure App Service authentication"
(learn.microsoft.com/azure/app-service/configure-authentication-user-identities).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from shared.api.claims import Claims, claims_of
from shared.api.errors import ErrorDetail, RequestRefusedError
from shared.api.roles import ADMISSIONS, Admission, CallerRole
from shared.api.verbs import Verbs
from shared.core.run.approvers import BY_APPLICATION, BY_KEY, ActorKind, kind_of
from shared.core.values.errors import PermanentError
from shared.settings import Settings
from shared.telemetry.events import EventName
from shared.telemetry.signals import event

LARGEST_JSON = 64 * 1024
"""The most bytes of a body that is not an upload."""
FORM_AROUND_A_FILE = 64 * 1024
"""The most bytes of a form besides the file in it."""

PRINCIPAL_HEADER = "x-ms-client-principal"


@dataclass(frozen=True, slots=True)
class Caller:
    """`id` is the name that runs record, in the spelling of `core.run.approvers`; "" = anonymous."""

    id: str
    roles: frozenset[CallerRole] = frozenset()
    through_connector: bool = False
    """Whether the call comes from a flow of Power Automate, through the registration of the connector."""

    @property
    def is_person(self) -> bool:
        """Whether a person is signed in: neither a key nor an application."""
        return kind_of(self.id) is ActorKind.PERSON

    @property
    def sees_numbers(self) -> bool:
        return CallerRole.READ_NUMBERS in self.roles


ANONYMOUS = Caller("")


def caller_of(headers: Mapping[str, str], settings: Settings) -> Caller:
    """The caller of a request.

    Raises RequestRefusedError for one who is not signed in, is of another tenant, or is a guest who
    may not call.
    """
    if settings.auth_mode == "key":
        hidden = frozenset() if settings.http_show_numbers else frozenset({CallerRole.READ_NUMBERS})
        return Caller(BY_KEY, frozenset(CallerRole) - hidden - {CallerRole.ERASE})
    if not settings.website_auth_enabled:
        raise RequestRefusedError("authenticationDisabled")
    return _signed_in(claims_of(headers.get(PRINCIPAL_HEADER, "")), settings)


def _signed_in(claims: Claims, settings: Settings) -> Caller:
    """Raises RequestRefusedError for a caller of another tenant, and for a guest unless ALLOW_GUESTS."""
    tenants = settings.tenants()
    if tenants and claims.tenant not in tenants:
        raise RequestRefusedError("otherTenant")
    if claims.is_guest and not settings.allow_guests:
        raise RequestRefusedError("guestRefused")
    known = {role.value for role in CallerRole}
    return Caller(
        f"{BY_APPLICATION}{claims.object_id}" if claims.is_application else claims.object_id,
        frozenset(CallerRole(role) for role in claims.roles & known),
        through_connector=not claims.clients.isdisjoint(settings.connector_client_id),
    )


class GuardedRoute(APIRoute):
    """A route that admits callers by its operation's admission; an operation without one raises KeyError."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(path, endpoint, **options)
        self.admission = ADMISSIONS[self.operation_id or ""]

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        operation = self.operation_id or ""
        known = frozenset(
            field.alias for field in get_flat_params(self.dependant) if isinstance(field.field_info, params.Query)
        )

        async def guarded(request: Request) -> Response:
            settings = settings_of(request)
            request.state.caller = _admitted(request, settings, ADMISSIONS[operation])
            largest = settings.max_file_bytes + FORM_AROUND_A_FILE if operation == "StartRun" else LARGEST_JSON
            if len(await request.body()) > largest:
                raise RequestRefusedError("bodyTooLarge", f"The body has more than {largest} bytes.")
            _refuse_unknown_query(request, known)
            return await handle(request)

        return guarded


def settings_of(request: Request) -> Settings:
    """Raises RequestRefusedError; the faults are only logged, because the caller is not known yet."""
    try:
        settings: Settings = request.app.state.verbs.settings
    except PermanentError as error:
        event(EventName.SETTINGS_REFUSED, message=error.message)
        raise RequestRefusedError("invalidSettings") from None
    return settings


def _admitted(request: Request, settings: Settings, admission: Admission) -> Caller:
    """The caller. Raises RequestRefusedError unless the operation admits them."""
    if admission.anonymous:
        return ANONYMOUS
    caller = caller_of(request.headers, settings)
    refuse_cross_site(request)
    require(caller, admission)
    return caller


def require(caller: Caller, admission: Admission) -> None:
    """Raises RequestRefusedError if a role is missing."""
    one_is_missing = bool(admission.any_of) and not admission.any_of & caller.roles
    all_missing = admission.all_of - caller.roles
    if all_missing == {CallerRole.READ_NUMBERS} and not one_is_missing:
        raise RequestRefusedError("numbersForbidden")
    if one_is_missing or all_missing:
        raise RequestRefusedError("roleMissing", admission.in_words())


def _refuse_unknown_query(request: Request, known: frozenset[str]) -> None:
    if all(name in known for name in request.query_params):
        return
    takes = f"the operation takes {', '.join(sorted(known))}" if known else "the operation takes none"
    message = f"a parameter is unknown; {takes}"
    detail = ErrorDetail(code="unknownParameter", message=message, target="query")
    raise RequestRefusedError("badRequest", f"query: {message}.", target="query", details=[detail])


def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


Calling = Annotated[Caller, Depends(_caller)]
"""The parameter by which a route gets its caller."""


def _verbs(request: Request) -> Verbs:
    verbs: Verbs = request.app.state.verbs
    return verbs


Wired = Annotated[Verbs, Depends(_verbs)]
"""The parameter by which a route gets the verbs."""


_SAFE_METHODS = frozenset({"GET", "HEAD"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
"""The media types that a form can send to another site without asking it."""
_NOT_FROM_FORMS = ("authorization", "x-functions-key", "x-requested-with")
"""Headers that a form cannot send, and that a script can send to another site only if that site allows it."""


def refuse_cross_site(request: Request) -> None:
    """Raises RequestRefusedError `crossSite` unless a program or a page of this site sent it.

    Any other page may make a browser send a request with the session of a person who is signed in.
    GET and HEAD always pass. A page cannot set `Sec-Fetch-Site`, so `same-origin` there is believed
    unless `Origin` names another site; `null` names none, and with some referrer policies browsers
    send it even for a site's own forms. Sources: "Fetch Metadata Request Headers" (W3C), "HTML"
    (WHATWG: the media types of forms), OWASP ASVS 5 V3.5.
    """
    if request.method in _SAFE_METHODS:
        return
    site, origin = request.headers.get("sec-fetch-site", ""), request.headers.get("origin", "")
    is_own_origin = _is_own(origin, request)
    is_own_site = site == "same-origin" and (is_own_origin or origin in {"", "null"})
    if is_own_site or (is_own_origin and site in {"", "none"}):
        return
    if site not in {"", "none"} or origin or (_is_form(request) and not _has_own_header(request)):
        raise RequestRefusedError("crossSite")


def _is_own(origin: str, request: Request) -> bool:
    """Whether it is this host's origin. Behind the platform's front end, the app itself may see http."""
    try:
        found = urlsplit(origin)
    except ValueError:
        return False
    return found.scheme in {"https", request.url.scheme} and found.netloc.lower() == request.url.netloc.lower()


def _is_form(request: Request) -> bool:
    """Whether one of the request's media types is that of a form; a header that came twice is joined by commas."""
    types = ",".join(request.headers.getlist("content-type")).split(",")
    return any(one.partition(";")[0].strip().lower() in _FORMS for one in types)


def _has_own_header(request: Request) -> bool:
    return any(request.headers.get(name) for name in _NOT_FROM_FORMS)
