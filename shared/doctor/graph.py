"""The doctor's checks of Graph: token, permissions, service, protected accounts, policy, countries, and approvers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from shared.adapters.graph.permissions import (
    ALL_METHODS,
    METHODS_POLICY,
    REGISTRATION_REPORT,
    Feature,
    TokenClaims,
    missing,
    never_needed,
    only_by_fallback,
    to_grant,
)
from shared.core.person.account import NO_ACCOUNT, Account, KeyKind, PersonKey
from shared.core.person.privilege import ProtectionReport
from shared.core.values.capabilities import Capabilities
from shared.core.values.errors import ExplainedError, PermanentError, PersonNotFoundError, RetryLaterError
from shared.core.values.phone_delivery import Deliverer, SignInPolicy
from shared.core.values.states import ProtectAdmins
from shared.doctor.approvers import ApproversInputs, approvers_finding
from shared.doctor.countries import CountriesInputs, countries_finding
from shared.doctor.findings import DoctorCheck, Finding, Status, as_advice, as_sentence, failed, in_time, not_checked

AFTER_TOKEN = (
    DoctorCheck.PERMISSIONS,
    DoctorCheck.GRAPH,
    DoctorCheck.PROTECTED_ACCOUNTS,
    DoctorCheck.POLICY,
    DoctorCheck.COUNTRIES,
    DoctorCheck.APPROVERS,
)
CHECKS_OF_GRAPH = (DoctorCheck.TOKEN, *AFTER_TOKEN)

_NO_ANSWER = "Check GRAPH_CLOUD, GRAPH_BASE_URL and the network; the app writes nothing until Graph answers."


@dataclass(frozen=True, slots=True)
class GraphInputs:
    """`protected` raises the errors of `ProtectedAccounts.report`.

    `unproven` are properties of the directory that fill a slot although people may edit them. `narrow_permissions` says
    whether the cloud is known to offer the UserAuthMethod-* permissions.
    """

    token_claims: Callable[[], Awaitable[TokenClaims]]
    look_up: Callable[[PersonKey], Awaitable[Account]]
    sign_in_policy: Callable[[], Awaitable[SignInPolicy]]
    protected: Callable[[], Awaitable[ProtectionReport]]
    admins: ProtectAdmins
    unproven: tuple[str, ...]
    features: frozenset[Feature]
    narrow_permissions: bool
    offered: Capabilities
    countries: CountriesInputs
    approvers: ApproversInputs
    deliverer: Deliverer
    """The value of PHONE_DELIVERY."""


async def graph_findings(inputs: GraphInputs, seconds: float) -> Sequence[Finding]:
    """One finding for each of CHECKS_OF_GRAPH; each check may take `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            claims = await inputs.token_claims()
    except (ExplainedError, TimeoutError) as error:
        return (failed(DoctorCheck.TOKEN, error), *not_checked(AFTER_TOKEN, "no token could be read"))
    return (
        Finding(DoctorCheck.TOKEN, Status.OK, f"{claims.identity()} returned a token for Graph."),
        _compare_permissions(claims, inputs),
        *await asyncio.gather(
            in_time(seconds, DoctorCheck.GRAPH, _reach(inputs)),
            in_time(seconds, DoctorCheck.PROTECTED_ACCOUNTS, _read_protected_accounts(inputs)),
            *(
                in_time(seconds, check, as_advice(check, look))
                for check, look in (
                    (DoctorCheck.POLICY, _read_policy(inputs, claims)),
                    (DoctorCheck.COUNTRIES, countries_finding(inputs.countries)),
                    (DoctorCheck.APPROVERS, approvers_finding(inputs.approvers)),
                )
            ),
        ),
    )


def _compare_permissions(claims: TokenClaims, inputs: GraphInputs) -> Finding:
    lacking = missing(claims.roles, inputs.features)
    if lacking:
        names = ", ".join(map(str, lacking))
        commands = [
            to_grant(permission, narrow_exists=inputs.narrow_permissions).grant_line(claims.object_id)
            for permission in lacking
        ]
        remedy = (
            f"{claims.identity()} gets the permission with the commands below. If this is not the app's own identity, "
            "set AZURE_CLIENT_ID first. A new permission may take up to a day to reach the token."
        )
        return Finding(
            DoctorCheck.PERMISSIONS, Status.FAILED, f"The token lacks {names}.", "\n".join([remedy, *commands])
        )
    if superfluous := never_needed(claims.roles, narrow_exists=inputs.narrow_permissions):
        sentence = f"The token has {', '.join(superfluous)}, which this app never needs."
        return Finding(DoctorCheck.PERMISSIONS, Status.WARNING, sentence, _removal(claims, inputs))
    optional = [str(one) for one in (REGISTRATION_REPORT, ALL_METHODS) if not one.is_in(claims.roles)]
    less = f" Readiness sees less without {' and '.join(optional)} (optional)." if optional else ""
    sentence = f"The token has every permission that the enabled features need.{less}"
    return Finding(DoctorCheck.PERMISSIONS, Status.OK, sentence)


def _removal(claims: TokenClaims, inputs: GraphInputs) -> str:
    """How to remove superfluous permissions. Needed permissions that only a broader one covers are granted first."""
    replaced = (
        only_by_fallback(claims.roles, inputs.features | {Feature.ALL_METHODS}) if inputs.narrow_permissions else ()
    )
    if not replaced:
        return "Remove it, unless something else needs it."
    remedy = (
        f"{claims.identity()} first gets {', '.join(one.role.name for one in replaced)} with the commands below. Once "
        "the token has it, which may take up to a day, remove what is not needed, unless something else needs it."
    )
    return "\n".join([remedy, *(one.role.grant_line(claims.object_id) for one in replaced)])


async def _reach(inputs: GraphInputs) -> Finding:
    try:
        await inputs.look_up(PersonKey(KeyKind.OBJECT_ID, NO_ACCOUNT))
    except PersonNotFoundError:
        return Finding(DoctorCheck.GRAPH, Status.OK, "Graph can be reached and answers.")
    except RetryLaterError as error:
        return Finding(DoctorCheck.GRAPH, Status.FAILED, as_sentence(error.message), _NO_ANSWER)
    sentence = "Graph returned an account for an object id that no account has."
    return Finding(DoctorCheck.GRAPH, Status.WARNING, sentence, "Check GRAPH_BASE_URL.")


async def _read_protected_accounts(inputs: GraphInputs) -> Finding:
    check = DoctorCheck.PROTECTED_ACCOUNTS
    try:
        report = await inputs.protected()
    except RetryLaterError as error:
        return Finding(check, Status.FAILED, as_sentence(error.message), _NO_ANSWER)
    except PermanentError as error:
        return failed(check, error)
    if inputs.admins is ProtectAdmins.NONE:
        sentence = "Administrators are not protected: PROTECT_ADMINS is false."
        return Finding(check, Status.WARNING, sentence, "Set PROTECT_ADMINS to all or privileged.")
    gone = [f"the account {one} no longer exists; its object id stays protected" for one in report.gone]
    unproven = [
        f"{source} fills a slot, but in many tenants people can edit it themselves, so it is no proof of possession"
        for source in inputs.unproven
    ]
    notes = [*gone, *unproven, *(f"not seen: {one}" for one in report.unseen)]
    sentence = "; ".join(["The list of protected accounts can be read", *notes, report.source]).removesuffix("; ")
    if not gone and not unproven:
        return Finding(check, Status.OK, f"{sentence}.")
    return Finding(check, Status.WARNING, f"{sentence}.", "Correct PROTECTED_IDS or DIRECTORY_SOURCE.")


async def _read_policy(inputs: GraphInputs, claims: TokenClaims) -> Finding:
    """The tenant's policy for SMS and voice. Only sign-in depends on it, the app itself does not."""
    check = DoctorCheck.POLICY
    if not inputs.offered.methods_policy:
        return Finding(check, Status.OK, "Not checked: Graph does not offer the policy in this cloud.")
    if METHODS_POLICY.role.name not in claims.roles:
        return Finding(check, Status.OK, f"Not checked: the permission {METHODS_POLICY} is optional and not granted.")
    policy = await inputs.sign_in_policy()
    on = {name: "on" if name in policy.enabled else "off" for name in ("sms", "voice")}
    proposed, why = policy.suggested_deliverer()
    sentence = (
        f"In the authentication methods policy SMS is {on['sms']} and voice calls are {on['voice']}. {why}".strip()
    )
    if policy.enabled.isdisjoint(on):
        remedy = "Enable one, unless the legacy settings of MFA and SSPR enable it."
        return Finding(check, Status.WARNING, sentence, remedy)
    if proposed and proposed is not inputs.deliverer:
        return Finding(check, Status.WARNING, sentence, f"Set PHONE_DELIVERY to {proposed}.")
    return Finding(check, Status.OK, sentence)
