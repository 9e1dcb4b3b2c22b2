"""Builds the requests of this app to Graph, most of them with the SDK's request builders; the client sends them.

Bodies are plain JSON, so that the SDK's models are not imported.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, assert_never
from urllib.parse import quote

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_service_client import GraphServiceClient

from shared.adapters.graph.method_ids import EMAIL_METHOD_ID, METHOD_IDS
from shared.core.person.account import KeyKind, PersonKey
from shared.core.plan.operations import (
    CreateEmail,
    CreatePhone,
    DeleteEmail,
    DeletePhone,
    DisableSmsSignIn,
    EmailOperation,
    EnableSmsSignIn,
    Operation,
    PhoneOperation,
    SmsOperation,
    UpdateEmail,
    UpdatePhone,
)
from shared.core.values.slot import PhoneType

ACCOUNT_PROPERTIES = [
    *("id", "usageLocation", "accountEnabled", "userType"),
    *("displayName", "userPrincipalName", "department"),
]
LISTED_PROPERTIES = ["id", "displayName", "userPrincipalName", "department", "accountEnabled"]
LARGEST_PAGE = 999
_REPORT = "/reports/authenticationMethods/userRegistrationDetails"
JSON = "application/json"


def account_by_name(sdk: GraphServiceClient, name: str) -> RequestInformation:
    """GET /users/{object id or user principal name}."""
    query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=ACCOUNT_PROPERTIES)
    return sdk.users.by_user_id(name).to_get_request_information(RequestConfiguration(query_parameters=query))


def names_of_account(sdk: GraphServiceClient, object_id: str) -> RequestInformation:
    """GET /users/{object id}, with every property that a key may be."""
    query = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=[kind.value for kind in KeyKind])
    return sdk.users.by_user_id(object_id).to_get_request_information(RequestConfiguration(query_parameters=query))


def accounts_by_property(sdk: GraphServiceClient, key: PersonKey) -> RequestInformation:
    """GET /users?$filter={employeeId or mail} eq '…'.

    The SDK takes the filter as one text, so the value is quoted here.
    """
    literal = key.value.strip().replace("'", "''")
    return _users(sdk, filter=f"{key.kind.value} eq '{literal}'")


def accounts_named(sdk: GraphServiceClient, name: str, most: int) -> RequestInformation:
    """GET /users?$filter=startswith(displayName, '…'), one page."""
    return _users(sdk, filter=f"startswith(displayName,'{name.replace("'", "''")}')", top=most)


def disabled_accounts(sdk: GraphServiceClient) -> RequestInformation:
    """GET /users?$filter=accountEnabled eq false."""
    return _users(sdk, filter="accountEnabled eq false", top=LARGEST_PAGE)


def usage_locations(sdk: GraphServiceClient) -> RequestInformation:
    """GET /users?$filter=accountEnabled eq true, one page."""
    return _users(sdk, filter="accountEnabled eq true", top=LARGEST_PAGE)


def _users(sdk: GraphServiceClient, **options: Any) -> RequestInformation:  # noqa: ANN401 - OData options
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=ACCOUNT_PROPERTIES, **options)
    return sdk.users.to_get_request_information(RequestConfiguration(query_parameters=query))


def phone_methods(sdk: GraphServiceClient, user_id: str) -> RequestInformation:
    return sdk.users.by_user_id(user_id).authentication.phone_methods.to_get_request_information()


def email_methods(sdk: GraphServiceClient, user_id: str) -> RequestInformation:
    return sdk.users.by_user_id(user_id).authentication.email_methods.to_get_request_information()


def change(sdk: GraphServiceClient, user_id: str, operation: Operation) -> RequestInformation:
    """POST, PATCH or DELETE of one method, or one of the mobile's two actions."""
    match operation:
        case CreatePhone() | UpdatePhone() | DeletePhone():
            return _change_phone(sdk, user_id, operation)
        case CreateEmail() | UpdateEmail() | DeleteEmail():
            return _change_email(sdk, user_id, operation)
        case EnableSmsSignIn() | DisableSmsSignIn():
            return _switch_sms_sign_in(sdk, user_id, operation)
        case _:
            assert_never(operation)


def _change_phone(sdk: GraphServiceClient, user_id: str, operation: PhoneOperation) -> RequestInformation:
    methods = sdk.users.by_user_id(user_id).authentication.phone_methods
    method = methods.by_phone_authentication_method_id(METHOD_IDS[operation.phone_type])
    if isinstance(operation, DeletePhone):
        return method.to_delete_request_information()
    body = {"phoneNumber": operation.new.spelled_for_graph(), "phoneType": operation.phone_type.value}
    if isinstance(operation, UpdatePhone):
        return _with_body(Method.PATCH, method.url_template, method.path_parameters, body)
    return _with_body(Method.POST, methods.url_template, methods.path_parameters, body)


def _switch_sms_sign_in(sdk: GraphServiceClient, user_id: str, operation: SmsOperation) -> RequestInformation:
    """SMS sign-in of the mobile. It needs the object id: for a sign-in name Graph reports success but does nothing."""
    methods = sdk.users.by_user_id(user_id).authentication.phone_methods
    mobile = methods.by_phone_authentication_method_id(METHOD_IDS[PhoneType.MOBILE])
    if isinstance(operation, EnableSmsSignIn):
        return mobile.enable_sms_sign_in.to_post_request_information()
    return mobile.disable_sms_sign_in.to_post_request_information()


def _change_email(sdk: GraphServiceClient, user_id: str, operation: EmailOperation) -> RequestInformation:
    methods = sdk.users.by_user_id(user_id).authentication.email_methods
    method = methods.by_email_authentication_method_id(EMAIL_METHOD_ID)
    if isinstance(operation, DeleteEmail):
        return method.to_delete_request_information()
    body = {"emailAddress": operation.new.address}
    if isinstance(operation, UpdateEmail):
        return _with_body(Method.PATCH, method.url_template, method.path_parameters, body)
    return _with_body(Method.POST, methods.url_template, methods.path_parameters, body)


def _with_body(method: Method, template: str, parameters: Any, body: Any) -> RequestInformation:  # noqa: ANN401 - JSON
    request = RequestInformation(method, template, parameters)
    request.headers.try_add("Accept", JSON)
    request.set_stream_content(json.dumps(body).encode(), JSON)
    return request


def changed_users(sdk: GraphServiceClient, properties: Sequence[str]) -> RequestInformation:
    """GET /users/delta?$select=…: the first page of all users; the last page links to later changes."""
    query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(select=["id", *properties])
    return sdk.users.delta.to_get_request_information(RequestConfiguration(query_parameters=query))


def methods_policy(sdk: GraphServiceClient) -> RequestInformation:
    """GET /policies/authenticationMethodsPolicy, which holds one configuration per method."""
    return sdk.policies.authentication_methods_policy.to_get_request_information()


def registrations(root: str) -> RequestInformation:
    """GET the first page of the report of registered methods. It documents no `$top` and no `$select`."""
    return page(f"{root}{_REPORT}")


def registration_of(root: str, object_id: str) -> RequestInformation:
    """GET one person's row of the report."""
    return page(f"{root}{_REPORT}/{quote(object_id, safe='')}")


def all_accounts(sdk: GraphServiceClient) -> RequestInformation:
    """GET /users: the first page of everybody, with the properties of a listed account."""
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=LISTED_PROPERTIES, top=LARGEST_PAGE)
    return sdk.users.to_get_request_information(RequestConfiguration(query_parameters=query))


def page(url: str) -> RequestInformation:
    """GET a whole URL, such as a nextLink, unchanged."""
    request = RequestInformation(Method.GET)
    request.headers.try_add("Accept", JSON)
    request.url = url
    return request


def account_path(name: str) -> str:
    """The path of a part of a batch: GET /users/{object id or user principal name}."""
    return f"/users/{quote(name, safe='')}?$select={','.join(ACCOUNT_PROPERTIES)}"


def methods_path(name: str, collection: str) -> str:
    """The path of a part of a batch: GET the `phoneMethods`, `emailMethods` or all `methods` of a person."""
    return f"/users/{quote(name, safe='')}/authentication/{collection}"


def batch(paths: Sequence[str]) -> RequestInformation:
    """POST /$batch with a GET of each path; each part's id is its position.

    The SDK's batch classes lose the bodies of the answers (msgraph-core 1.5.2), so the envelope is made here.
    """
    parts = [{"id": str(position), "method": "GET", "url": path} for position, path in enumerate(paths)]
    return _with_body(Method.POST, "{+baseurl}/$batch", {}, {"requests": parts})
