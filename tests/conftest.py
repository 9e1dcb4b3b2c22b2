"""Fixtures for every test: the watch over leaks, the check of runs' moves, and one Azurite.

Tests share the Azurite by using names of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from sandbox.azurite import Azurite
from sandbox.people import Staff, make_staff
from tests.run_moves import run_moves
from tests.watch import nothing_leaks, watch

__all__ = ["azurite", "nothing_leaks", "run_moves", "watch"]


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running Azurite."""
    server = Azurite(tmp_path_factory.mktemp("azurite"))
    asyncio.run(server.start())
    yield server.connection_string
    asyncio.run(server.stop())


@pytest.fixture(scope="session")
def staff() -> Staff:
    """A hundred people with every kind among them."""
    return make_staff(100)
