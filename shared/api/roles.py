"""The app roles, and the one table of the roles that each operation needs; a route outside it cannot be registered.

Read by the guard, shown in OpenAPI and in docs/api.md, compared with every route by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The app roles of this app's registration; an unknown role gives no right."""

    READ = "PhoneMethods.Read"
    READ_WRITE = "PhoneMethods.ReadWrite"
    READ_NUMBERS = "PhoneMethods.ReadNumbers"
    UPLOAD = "Runs.Upload"
    APPROVE = "Runs.Approve"
    REPORTS = "Reports.Read"


@dataclass(frozen=True, slots=True)
class Admission:
    """Callers need one role of `any_of`, if there is any, and every role of `all_of`."""

    any_of: frozenset[Role] = frozenset()
    all_of: frozenset[Role] = frozenset()
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
_READ = Admission(frozenset({Role.READ, Role.READ_WRITE}))
_WRITE = Admission(frozenset({Role.READ_WRITE}))
_UPLOAD = Admission(frozenset({Role.UPLOAD}))
_CONTROL = Admission(frozenset({Role.UPLOAD, Role.APPROVE}))
_APPROVE = Admission(frozenset({Role.APPROVE}))
_REPORTS = Admission(frozenset({Role.REPORTS}))
_FOLLOW = Admission(frozenset({Role.REPORTS, Role.UPLOAD, Role.APPROVE}))
_WORKBOOK = Admission(_FOLLOW.any_of, frozenset({Role.READ_NUMBERS}))

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
    "GetDrift": _REPORTS,
    "StartSweep": _CONTROL,
    "GetTemplate": _SIGNED_IN,
    "GetOpenApi": _SIGNED_IN,
    "GetHealth": _ANONYMOUS,
}
"""By operation id. `GetHealth` itself checks `Reports.Read` for `deep`."""
