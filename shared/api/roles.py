"""Which app roles open which operation: the one table. A route that it does not know cannot be registered.

Read by the guard, shown in OpenAPI and in docs/api.md, held against every route by a test.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from shared.api.authentication import Role


@dataclass(frozen=True, slots=True)
class Admission:
    """`any_of` = one of these roles is enough, empty = whoever is signed in. `all_of` = these besides."""

    any_of: frozenset[Role] = frozenset()
    all_of: frozenset[Role] = frozenset()
    anonymous: bool = False
    """Nobody need be signed in."""

    def missing(self, roles: Set[Role]) -> tuple[Role, ...]:
        """The roles to ask for; empty = admitted."""
        besides = tuple(sorted(self.all_of - roles))
        return besides if not self.any_of or self.any_of & roles else (*sorted(self.any_of), *besides)

    def in_words(self) -> str:
        if self.anonymous:
            return "Open to everybody."
        if not self.any_of:
            return "Needs a signed-in caller."
        besides = "".join(f", and `{role}`" for role in sorted(self.all_of))
        return f"Needs the app role {' or '.join(f'`{role}`' for role in sorted(self.any_of))}{besides}."


_EVERYBODY = Admission(anonymous=True)
_SIGNED_IN = Admission()
_READ = Admission(frozenset({Role.READ, Role.READ_WRITE}))
_WRITE = Admission(frozenset({Role.READ_WRITE}))
_UPLOAD = Admission(frozenset({Role.UPLOAD}))
_STEER = Admission(frozenset({Role.UPLOAD, Role.APPROVE}))
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
    "CancelRun": _STEER,
    "RedriveRun": _APPROVE,
    "GetDrift": _REPORTS,
    "StartSweep": _STEER,
    "GetTemplate": _SIGNED_IN,
    "GetOpenApi": _SIGNED_IN,
    "GetHealth": _EVERYBODY,
}
"""By operation id. `GetHealth` asks for `Reports.Read` by itself where `deep` is wished for."""
