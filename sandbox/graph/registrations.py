"""The handlers of what a person has registered: the tenant's report about everybody, and one person's whole list.

Called through the route table. The report has its documented gaps: no disabled and no deleted people, no numbers, and
nothing about SMS sign-in; its `lastUpdatedDateTime` is when the report was refreshed, the same in every row. The list
shows only what this version of the API knows: no hardware tokens, certificates and security questions.
Source: the userRegistrationDetails and authenticationMethod references.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.graph import errors
from sandbox.graph.call import Call, Reply
from sandbox.graph.directory import collection
from sandbox.graph.envelope import listing
from sandbox.graph.paging import page
from sandbox.graph.state import Tenant
from sandbox.graph.user_state import UserState
from shared.core.values.slot import PhoneType

_REFRESHED_EVERY = 3_600
_PHONES = {
    PhoneType.MOBILE: "mobilePhone",
    PhoneType.ALTERNATE_MOBILE: "alternateMobilePhone",
    PhoneType.OFFICE: "officePhone",
}
_PREFERRED = {
    None: "none",
    PhoneType.MOBILE: "sms",
    PhoneType.ALTERNATE_MOBILE: "voiceAlternateMobile",
    PhoneType.OFFICE: "voiceOffice",
}
_TYPES = {
    "fido2SecurityKey": "fido2",
    "passKeyDeviceBound": "fido2",
    "passKeyDeviceBoundAuthenticator": "fido2",
    "passKeyDeviceBoundWindowsHello": "fido2",
    "passKeySynced": "fido2",
    "windowsHelloForBusiness": "windowsHelloForBusiness",
    "macOsSecureEnclaveKey": "platformCredential",
    "microsoftAuthenticatorPush": "microsoftAuthenticator",
    "microsoftAuthenticatorPasswordless": "microsoftAuthenticator",
    "softwareOneTimePasscode": "softwareOath",
    "temporaryAccessPass": "temporaryAccessPass",
    "qrCode": "qrCodePin",
    "externalAuthMethod": "external",
}
"""The type of a method in a person's list, by its name in the report."""
_RESETS = {
    *("mobilePhone", "officePhone", "email", "microsoftAuthenticatorPush", "softwareOneTimePasscode"),
    *("hardwareOneTimePasscode", "securityQuestion"),
}
_PASSWORDLESS = {name for name, kind in _TYPES.items() if kind in {"fido2", "windowsHelloForBusiness"}}
_NO_SECOND_FACTOR = {"email", "securityQuestion", "qrCode"}


def list_registrations(tenant: Tenant, call: Call) -> Reply:
    refreshed = _refreshed(tenant)
    shown = [one for one in tenant.people.values() if one.person.accountEnabled and not one.person.deleted]
    people, link = page(call, shown, tenant.options, tenant.options.report_page_size)
    rows = [_registration(one, refreshed) for one in people]
    return collection(call, "reports/authenticationMethods/userRegistrationDetails", rows, link)


def get_registration(tenant: Tenant, call: Call) -> Reply:
    refreshed = _refreshed(tenant)
    found = tenant.find(call.names["user"])
    if found is None or found.person.deleted or not found.person.accountEnabled:
        raise errors.object_not_found(call.names["user"])
    context = f"{call.caller.root}/v1.0/$metadata#reports/authenticationMethods/userRegistrationDetails/$entity"
    return Reply(200, {"@odata.context": context, **_registration(found, refreshed)})


def _refreshed(tenant: Tenant) -> datetime:
    """When the report was refreshed. Raises GraphError for a tenant that has no report."""
    if not tenant.options.report_licence:
        raise errors.report_licence_required()
    return datetime.fromtimestamp(tenant.clock() // _REFRESHED_EVERY * _REFRESHED_EVERY, UTC)


def list_all_methods(tenant: Tenant, call: Call) -> Reply:
    """The password comes first, then everything else that has a type in this version of the API."""
    user = call.names["user"]
    rows = [
        {"@odata.type": _odata_type("password"), "id": "28c10230-6103-485e-b985-444c60001490"},
        *({"@odata.type": _odata_type("phone"), **row} for row in tenant.list_methods(user)),
        *({"@odata.type": _odata_type("email"), **row} for row in tenant.list_emails(user)),
        *_others(tenant, user),
    ]
    return listing(call, "methods", rows)


def _others(tenant: Tenant, user: str) -> list[dict[str, Any]]:
    found = tenant.find(user)
    names = found.person.other_methods if found else ()
    types = dict.fromkeys(_TYPES[name] for name in names if name in _TYPES)
    return [{"@odata.type": _odata_type(kind), "id": f"{kind}-{user}"} for kind in types]


def _odata_type(kind: str) -> str:
    return f"#microsoft.graph.{kind}AuthenticationMethod"


def _registration(user: UserState, refreshed: datetime) -> dict[str, Any]:
    names = [*(_PHONES[one] for one in user.methods), *(["email"] if user.email else []), *user.person.other_methods]
    has_factor, resets = bool(set(names) - _NO_SECOND_FACTOR), len(_RESETS.intersection(names))
    person = user.person
    return {
        "id": person.id,
        "userPrincipalName": person.userPrincipalName,
        "userDisplayName": person.displayName,
        "userType": person.userType.lower(),
        "isAdmin": bool(person.roles),
        "isMfaRegistered": has_factor,
        "isMfaCapable": has_factor,
        "isPasswordlessCapable": not _PASSWORDLESS.isdisjoint(names),
        "isSsprRegistered": resets > 1,
        "isSsprEnabled": True,
        "isSsprCapable": resets > 1,
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "systemPreferredAuthenticationMethods": [],
        "userPreferredMethodForSecondaryAuthentication": _PREFERRED[user.default_method],
        "methodsRegistered": names,
        "lastUpdatedDateTime": refreshed.isoformat().replace("+00:00", "Z"),
    }
