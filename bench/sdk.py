"""Microsoft's Graph SDK used as its documentation shows, with typed models and the default middleware.

The benchmarks compare the app with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

_SCOPE = "https://graph.microsoft.com/.default"


@asynccontextmanager
async def sdk_client(root: str) -> AsyncIterator[Any]:  # msgraph's types are only known once it is imported
    """A GraphServiceClient for `root`, with the managed identity of the environment."""
    import msgraph.graph_request_adapter as sdk
    from azure.identity.aio import ManagedIdentityCredential
    from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
    from kiota_http.kiota_client_factory import KiotaClientFactory
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory  # type: ignore[import-untyped] # no types are shipped

    http = GraphClientFactory.create_with_default_middleware(
        client=KiotaClientFactory.get_default_client(), options=sdk.options
    )
    credential = ManagedIdentityCredential()
    adapter = sdk.GraphRequestAdapter(AzureIdentityAuthenticationProvider(credential, scopes=[_SCOPE]), http)
    adapter.base_url = root
    try:
        yield GraphServiceClient(request_adapter=adapter)
    finally:
        await http.aclose()
        await credential.close()


async def put_number(client: Any, user: str, phone_type: str, number: str) -> None:  # noqa: ANN401 # as above
    """List the phones of one person, then create or update as bulk scripts do."""
    from msgraph.generated.models.authentication_phone_type import AuthenticationPhoneType
    from msgraph.generated.models.phone_authentication_method import PhoneAuthenticationMethod

    methods = client.users.by_user_id(user).authentication.phone_methods
    page = await methods.get()
    same = [item for item in (page.value or []) if item.phone_type == phone_type]
    if same and same[0].phone_number == number:
        return
    body = PhoneAuthenticationMethod(phone_number=number, phone_type=AuthenticationPhoneType(phone_type))
    if same:
        await methods.by_phone_authentication_method_id(str(same[0].id)).patch(body)
    else:
        await methods.post(body)
