"""A secret that the app makes on its first use, and keeps in a blob."""

from __future__ import annotations

import secrets

from shared.core.values.errors import BlobNotFoundError
from shared.core.values.storage import ContainerPort


async def made_once(container: ContainerPort, name: str) -> str:
    """The secret in the blob `name`, made if it does not exist. Two processes must not make it at the same time."""
    await container.ensure()
    try:
        return (await container.read(name)).decode()
    except BlobNotFoundError:
        await container.write(name, secrets.token_urlsafe(32).encode())
        return (await container.read(name)).decode()
