"""The checks before every route: the caller, the caller's roles, and the size and the query of the request.

The route class of every router; a body is parsed only after the caller is admitted. A caller that is not certain is
refused. `AUTH_MODE=entra`: App Service authentication ("Easy Auth") signs callers in and adds headers that say who they
are; the headers are trusted only where the platform says that it is on, because otherwise any caller could send them.
`AUTH_MODE=key`: the platform has checked a function key before; a key does not identify its holder. Facts: "Work with
user identities in Azure App Service authentication"
(learn.microsoft.com/azure/app-service/configure-authentication-user-identities).
The table of roles is shown in OpenAPI and in docs/api.md, and a test compares it with every route; a route outside it
cannot be registered.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Request, Response, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from shared.api.errors import ErrorDetail, RequestRefusedError
from shared.api.verbs import Verbs
from shared.core.values.errors import PermanentError
from shared.settings import Settings


class CallerRole(StrEnum):
    """The app roles of this app's registration; an unknown role gives no right."""

    READ = "PhoneMethods.Read"
    READ_WRITE = "PhoneMethods.ReadWrite"
    READ_NUMBERS = "PhoneMethods.ReadNumbers"
    UPLOAD = "Runs.Upload"
    APPROVE = "Runs.Approve"
    REPORTS = "Reports.Read"


@dataclass(frozen=True, slots=True)
class Admission:
    """Callers need one of the roles in `any_of`, if it is not empty, and every role in `all_of`."""

    any_of: frozenset[CallerRole] = frozenset()
    all_of: frozenset[CallerRole] = frozenset()
    anonymous: bool = False
    """Callers need not be signed in."""

    def in_words(self) -> str:
        if self.anonymous:
            return "Needs no sign-in."
        if not self.any_of:
            return "Needs a signed-in caller."
        also = "".join(f", and `{role}`" for role in sorted(self.all_of))
        return f"Needs the app role {' or '.join(f'`{role}`' for role in sorted(self.any_of))}{also}."


_ANONYMOUS = Admission(anonymous=True)
_SIGNED_IN = Admission()
_READ = Admission(frozenset({CallerRole.READ, CallerRole.READ_WRITE}))
_WRITE = Admission(frozenset({CallerRole.READ_WRITE}))
_UPLOAD = Admission(frozenset({CallerRole.UPLOAD}))
_CONTROL = Admission(frozenset({CallerRole.UPLOAD, CallerRole.APPROVE}))
_APPROVE = Admission(frozenset({CallerRole.APPROVE}))
_REPORTS = Admission(frozenset({CallerRole.REPORTS}))
_FOLLOW = Admission(frozenset({CallerRole.REPORTS, CallerRole.UPLOAD, CallerRole.APPROVE}))
_WORKBOOK = Admission(_FOLLOW.any_of, frozenset({CallerRole.READ_NUMBERS}))

ADMISSIONS: dict[str, Admission] = {
    "ListPhoneMethods": _READ,
    "GetPhoneMethod": _READ,
    "CreatePhoneMethod": _WRITE,
    "SetPhoneMethod": _WRITE,
    "UpdatePhoneMethod": _WRITE,
    "DeletePhoneMethod": _WRITE,
    "EnableSmsSignIn": _WRITE,
    "DisableSmsSignIn": _WRITE,
    "ListEmailMethods": _READ,
    "GetEmailMethod": _READ,
    "CreateEmailMethod": _WRITE,
    "SetEmailMethod": _WRITE,
    "UpdateEmailMethod": _WRITE,
    "DeleteEmailMethod": _WRITE,
    "StartRun": _UPLOAD,
    "ListRuns": _FOLLOW,
    "GetRun": _FOLLOW,
    "ListRunRows": _FOLLOW,
    "DownloadPlan": _WORKBOOK,
    "DownloadResult": _WORKBOOK,
    "ApproveRun": _APPROVE,
    "RejectRun": _APPROVE,
    "CancelRun": _CONTROL,
    "RedriveRun": _APPROVE,
    "ChooseRunColumns": _APPROVE,
    "ListLayouts": _FOLLOW,
    "GetLayout": _FOLLOW,
    "ForgetLayout": _APPROVE,
    "GetDrift": _REPORTS,
    "StartSweep": _CONTROL,
    "GetTemplate": _SIGNED_IN,
    "GetOpenApi": _SIGNED_IN,
    "GetHealth": _ANONYMOUS,
}
"""By operation id. `GetHealth` itself checks `Reports.Read` for `deep`."""


LARGEST_JSON = 64 * 1024
"""The most bytes of a body that is not an upload."""
_FORM_AROUND_A_FILE = 64 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_OWN_SITE = frozenset({"same-origin", "none"})

KEY_CALLER = "key"
"""The caller that a run records when a call has only a key."""
PRINCIPAL_HEADER = "x-ms-client-principal"
_PROVIDER = "aad"
_OBJECT_ID = frozenset({"oid", "http://schemas.microsoft.com/identity/claims/objectidentifier"})
_ROLES = frozenset({"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"})

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """`id` is the object id of the person or application, which runs record; "" = anonymous."""

    id: str
    roles: frozenset[CallerRole] = frozenset()

    @property
    def sees_numbers(self) -> bool:
        return CallerRole.READ_NUMBERS in self.roles


ANONYMOUS = Caller("")


def caller_of(headers: Mapping[str, str], settings: Settings) -> Caller:
    """The caller of a request. Raises RequestRefusedError when the caller cannot be identified."""
    if settings.auth_mode == "key":
        hidden = frozenset() if settings.http_show_numbers else frozenset({CallerRole.READ_NUMBERS})
        return Caller(KEY_CALLER, frozenset(CallerRole) - hidden)
    if not settings.website_auth_enabled:
        raise RequestRefusedError("authenticationDisabled")
    return _principal(headers.get(PRINCIPAL_HEADER, ""))


def _principal(header: str) -> Caller:
    """The caller in App Service authentication's header: `{"auth_typ", "claims": [{"typ", "val"}], …}` in base64."""
    try:
        principal = json.loads(base64.b64decode(header, validate=True))
        provider, claims = principal["auth_typ"], [_claim(claim) for claim in principal["claims"]]
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
        raise RequestRefusedError("notAuthenticated") from None
    ids = {value for kind, value in claims if kind in _OBJECT_ID and value}
    if provider != _PROVIDER or len(ids) != 1:
        raise RequestRefusedError("notAuthenticated")
    known = {role.value for role in CallerRole}
    return Caller(
        ids.pop(), frozenset(CallerRole(value) for kind, value in claims if kind in _ROLES and value in known)
    )


def _claim(claim: Any) -> tuple[str, str]:  # noqa: ANN401 - JSON of any form
    return str(claim["typ"]), str(claim["val"])


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
            settings = _settings(request)
            request.state.caller = _admitted(request, settings, ADMISSIONS[operation])
            largest = settings.max_file_bytes + _FORM_AROUND_A_FILE if operation == "StartRun" else LARGEST_JSON
            if len(await request.body()) > largest:
                raise RequestRefusedError("bodyTooLarge", f"The body has more than {largest} bytes.")
            _refuse_unknown_query(request, known)
            return await handle(request)

        return guarded


def _settings(request: Request) -> Settings:
    """Raises RequestRefusedError; the faults are only logged, because the caller is not known yet."""
    try:
        settings: Settings = request.app.state.verbs.settings
    except PermanentError as error:
        log.error("%s", error.message)  # noqa: TRY400 - a traceback adds nothing
        raise RequestRefusedError("invalidSettings") from None
    return settings


def _admitted(request: Request, settings: Settings, admission: Admission) -> Caller:
    """The caller. Raises RequestRefusedError unless the operation admits them."""
    if admission.anonymous:
        return ANONYMOUS
    caller = caller_of(request.headers, settings)
    if request.method not in _SAFE_METHODS and request.headers.get("sec-fetch-site", "none") not in _OWN_SITE:
        raise RequestRefusedError("crossSite")  # a browser adds the session's cookie
    require(caller, admission)
    return caller


def require(caller: Caller, admission: Admission) -> None:
    """Raises RequestRefusedError that names the missing roles."""
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
