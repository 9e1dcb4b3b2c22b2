"""Fixtures of the sandbox's tests: clients of the shared Azurite, and one running sample app."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.functions_host.storage import Storage
from tests.sandbox.sample_host import SampleHost


@pytest_asyncio.fixture
async def storage(azurite: str) -> AsyncIterator[Storage]:
    """Clients of the shared Azurite, closed after the test."""
    async with Storage({"AzureWebJobsStorage": azurite}) as clients:
        yield clients


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def host(azurite: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SampleHost]:
    """One host process for a module whose tests do not stop it."""
    async with SampleHost(azurite, tmp_path_factory.mktemp("host")) as running:
        yield running
