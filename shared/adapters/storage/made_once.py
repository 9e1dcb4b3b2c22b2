"""A secret that the app makes for itself on its first use, where no vault gives it one."""

from __future__ import annotations

import secrets

from shared.core.values.errors import BlobNotFoundError
from shared.core.values.storage import ContainerPort


async def made_once(container: ContainerPort, name: str) -> str:
    """The secret in the blob `name`; it is made when there is none. Used on one machine, where one process begins."""
    await container.ensure()
    try:
        return (await container.read(name)).decode()
    except BlobNotFoundError:
        await container.write(name, secrets.token_urlsafe(32).encode())
        return (await container.read(name)).decode()
