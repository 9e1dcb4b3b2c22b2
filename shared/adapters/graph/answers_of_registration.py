"""Parses the report of registered methods, one person's methods, listed accounts, and the methods policy.

The methods policy is Microsoft's authentication methods policy. A method whose name or type is new becomes `unknown`,
from which nothing follows. Source: the userRegistrationDetails and authenticationMethod references; names that the
report uses and its reference lacks are from answers that users have published.
"""

from __future__ import annotations

from typing import Any

from shared.adapters.graph import answers
from shared.adapters.graph.answers import UnreadableAnswerError, entity
from shared.core.person.account import Methods
from shared.core.person.registration import ListedAccount, MethodKind, MethodList, RegisteredPerson
from shared.core.values.phone_delivery import SignInPolicy, TelecomProvider

_PASSKEYS = frozenset({"fido2", "fido2securitykey"})
"""Names of passkeys, in addition to all that begin with `passKey`."""
_BY_NAME = {kind.value.lower(): kind for kind in MethodKind}
_BY_TYPE = {
    "email": MethodKind.EMAIL,
    "fido2": MethodKind.PASSKEY,
    "windowsHelloForBusiness": MethodKind.WINDOWS_HELLO,
    "platformCredential": MethodKind.PLATFORM_CREDENTIAL,
    "microsoftAuthenticator": MethodKind.AUTHENTICATOR,
    "softwareOath": MethodKind.SOFTWARE_CODES,
    "hardwareOath": MethodKind.HARDWARE_CODES,
    "temporaryAccessPass": MethodKind.TEMPORARY_PASS,
    "qrCodePin": MethodKind.QR_CODE,
    "external": MethodKind.EXTERNAL,
}
_PREFIX, _SUFFIX = "#microsoft.graph.", "AuthenticationMethod"
_PROVIDER = "telecomProviderSettings"
_PHONE, _PASSWORD = "phone", "password"


def registered(item: Any) -> RegisteredPerson:  # noqa: ANN401 - JSON
    fields = entity(item)
    names = fields.get("methodsRegistered")
    if not isinstance(names, list):
        raise UnreadableAnswerError("no list of registered methods")
    kinds = frozenset(_by_name(str(name)) for name in names)
    return RegisteredPerson(answers.folded(fields, "id"), kinds, fields.get("isSsprRegistered") is True)


def default_method(item: Any) -> str:  # noqa: ANN401 - JSON
    """The method with which the person has chosen to confirm sign-ins; "" = none is known."""
    preferred = entity(item).get("userPreferredMethodForSecondaryAuthentication")
    return preferred if isinstance(preferred, str) and preferred not in {"none", "unknownFutureValue"} else ""


def listed_account(item: Any) -> ListedAccount:  # noqa: ANN401 - JSON
    fields = entity(item)
    return ListedAccount(
        object_id=answers.folded(fields, "id"),
        display_name=str(fields.get("displayName") or ""),
        user_principal_name=str(fields.get("userPrincipalName") or ""),
        department=str(fields.get("department") or "").strip(),
        enabled=fields.get("accountEnabled") is not False,
    )


def method_list(document: Any) -> MethodList:  # noqa: ANN401 - JSON
    """A person's list of all methods. It is one page; a link to another would leave methods out."""
    page = answers.page(document, entity)
    if page.next_link is not None:
        raise UnreadableAnswerError("a list of methods that goes on")
    types = [(item, _type_of(item)) for item in page.items]
    phones = answers.phone_methods({"value": [item for item, name in types if name == _PHONE]})
    others = (_BY_TYPE.get(name, MethodKind.UNKNOWN) for _, name in types if name not in {_PHONE, _PASSWORD})
    return MethodList.of_phones(Methods(phones)).with_others(others)


def sign_in_policy(document: Any) -> SignInPolicy:  # noqa: ANN401 - JSON
    """The enabled configurations of the authentication methods policy by id in lower case, and the telecom providers.

    Graph's metadata of August 2026 does not have the property of a provider, so its absence means nothing.
    """
    configurations = entity(document).get("authenticationMethodConfigurations")
    if not isinstance(configurations, list):
        raise UnreadableAnswerError("no list of configurations")
    by_id = {answers.folded(one, "id"): one for one in map(entity, configurations)}
    enabled = frozenset(name for name, one in by_id.items() if one.get("state") == "enabled")
    providers = {name: _provider(settings) for name, one in by_id.items() if (settings := one.get(_PROVIDER))}
    return SignInPolicy(enabled, providers)


def _provider(settings: Any) -> TelecomProvider:  # noqa: ANN401 - JSON
    fields = entity(settings)
    return TelecomProvider(
        in_evaluation=fields.get("isEvaluationModeEnabled") is not False,
        percentage=share if isinstance(share := fields.get("migrationPercentage"), int) else 0,
    )


def _by_name(name: str) -> MethodKind:
    folded = name.lower()
    if folded in _PASSKEYS or folded.startswith("passkey"):
        return MethodKind.PASSKEY
    return _BY_NAME.get(folded, MethodKind.UNKNOWN)


def _type_of(item: dict[str, Any]) -> str:
    name = item.get("@odata.type")
    if not isinstance(name, str) or not name:
        raise UnreadableAnswerError("a method without a type")
    return name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
