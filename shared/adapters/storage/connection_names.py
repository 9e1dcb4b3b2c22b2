"""The names of the settings of storage connections: the host's, and those for HR data, exports and the journal.

It imports nothing of the app, because every cold start needs it.
"""

from __future__ import annotations

from collections.abc import Mapping

HOST_CONNECTION = "AzureWebJobsStorage"
DATA_CONNECTION = "PhoneData"
EXPORTS_CONNECTION = "PhoneExports"
JOURNAL_CONNECTION = "PhoneJournal"


def data_connection_name(env: Mapping[str, str]) -> str:
    """The connection that holds HR data: `PhoneData` if any of its settings exists, else the host's own."""
    return DATA_CONNECTION if is_set(DATA_CONNECTION, env) else HOST_CONNECTION


def exports_connection_name(env: Mapping[str, str]) -> str:
    """The connection with the container of exports: `PhoneExports` if any of its settings exists, else that of data."""
    return EXPORTS_CONNECTION if is_set(EXPORTS_CONNECTION, env) else data_connection_name(env)


def is_set(connection: str, env: Mapping[str, str]) -> bool:
    """Whether any setting of the connection exists."""
    return any(name == connection or name.startswith(f"{connection}__") for name in env)
