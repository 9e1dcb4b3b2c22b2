"""The app roles of callers, and the table of which operation needs which of them.

The guard of every route uses the table. OpenAPI and docs/api.md show it, and a test compares it with every route; a
route that is not in it cannot be registered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CallerRole(StrEnum):
    """The app roles of this app's registration; an unknown role gives no right."""

    READ = "PhoneMethods.Read"
    READ_WRITE = "PhoneMethods.ReadWrite"
    READ_NUMBERS = "PhoneMethods.ReadNumbers"
    UPLOAD = "Runs.Upload"
    APPROVE = "Runs.Approve"
    REPORTS = "Reports.Read"
    ERASE = "People.Erase"


ROLE_MEANINGS: dict[CallerRole, str] = {
    CallerRole.READ: "Find people, read their methods with numbers masked, and list the runs about them.",
    CallerRole.READ_WRITE: "The same, and change people's methods one by one.",
    CallerRole.READ_NUMBERS: "Together with another role: see numbers and e-mail addresses unmasked, download results "
    "of others' runs and, with `Runs.Approve`, plans.",
    CallerRole.UPLOAD: "Upload files, start the sweep and runs of other sources, follow all runs and read layouts; "
    "cancel own runs, and download their results.",
    CallerRole.APPROVE: "Follow all runs; approve, reject, cancel, redrive and undo them, choose their columns and "
    "answer their questions; start the sweep; read and forget layouts; accept a shorter list of protected accounts. "
    "Together with `Runs.Upload`: upload with options that loosen the settings.",
    CallerRole.REPORTS: "Follow all runs; read their audit records, the journal, layouts, drift and readiness; run the "
    "doctor.",
    CallerRole.ERASE: "Find and erase what is stored about a person; never with a key, because a key does not say who "
    "asked.",
}
"""What each role allows, for people who ask for one."""


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
_ERASE = Admission(frozenset({CallerRole.ERASE}))
_FOLLOW = Admission(frozenset({CallerRole.REPORTS, CallerRole.UPLOAD, CallerRole.APPROVE}))
_PLAN = Admission(_APPROVE.any_of, frozenset({CallerRole.READ_NUMBERS}))
"""A plan shows the values that people have."""

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
    "FindPersonData": _ERASE,
    "ErasePersonData": _ERASE,
    "FindPeople": _READ,
    "ListPersonRuns": _READ,
    "StartRun": _UPLOAD,
    "StartCheckedRun": _UPLOAD,
    "ListRuns": _FOLLOW,
    "GetRun": _FOLLOW,
    "ListRunRows": _FOLLOW,
    "FindRunRows": _FOLLOW,
    "ListChangedRuns": _FOLLOW,
    "GetRunAudit": _REPORTS,
    "VerifyJournal": _REPORTS,
    "DownloadPlan": _PLAN,
    "DownloadResult": _FOLLOW,
    "ApproveRun": _APPROVE,
    "RejectRun": _APPROVE,
    "CancelRun": _CONTROL,
    "RedriveRun": _APPROVE,
    "UndoRun": _APPROVE,
    "ChooseRunColumns": _APPROVE,
    "AnswerRun": _APPROVE,
    "ListLayouts": _FOLLOW,
    "GetLayout": _FOLLOW,
    "ForgetLayout": _APPROVE,
    "AcceptProtectedAccounts": _APPROVE,
    "GetDrift": _REPORTS,
    "GetReadiness": _REPORTS,
    "StartSweep": _CONTROL,
    "GetTemplate": _SIGNED_IN,
    "GetOpenApi": _SIGNED_IN,
    "GetHealth": _ANONYMOUS,
}
"""By operation id. `GetHealth` itself checks `Reports.Read` for `deep`; `DownloadResult` checks whose run it is."""
