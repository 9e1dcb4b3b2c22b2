"""Fixtures for every test: the watch over leaks, the checks of runs' moves and Graph's traffic, and one Azurite.

Tests share the Azurite by using names of their own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import settings

from sandbox.azurite import Azurite
from sandbox.graph.recording import FOLDER
from sandbox.people import Staff, make_staff
from tests.conformance.checker import missing_metadata
from tests.conformance.traffic import faults, recorded
from tests.run_moves import run_moves
from tests.watch import nothing_leaks, watch

__all__ = ["azurite", "nothing_leaks", "run_moves", "watch"]


TESTS = Path(__file__).parent


def pytest_collection(session: pytest.Session) -> None:
    """Lets each process of xdist begin with other modules, before it collects all of them in order.

    On a fresh machine the modules are compiled, and rewritten for pytest, when they are imported: each by one process.
    """
    own, of = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if of > 1 and [TESTS] == [Path(argument).resolve() for argument in session.config.args]:
        modules = sorted(path.relative_to(TESTS.parent) for path in TESTS.rglob("test_*.py"))
        first = len(modules) * int(own.removeprefix("gw")) // of
        for path in (*modules[first:], *modules[:first]):
            import_module(".".join(path.with_suffix("").parts))


settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
"""On a busy machine a slow example is no fault."""


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of a running Azurite."""
    server = Azurite(tmp_path_factory.mktemp("azurite"))
    asyncio.run(server.start())
    yield server.connection_string
    asyncio.run(server.stop())


@pytest.fixture(scope="session", autouse=True)
def graph_traffic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Checks what all tests of this process exchanged with the stand-in by Graph's metadata, where that is there."""
    if missing_metadata():
        yield
        return
    folder = tmp_path_factory.mktemp("graph-exchanges")
    os.environ[FOLDER] = str(folder)
    yield
    assert [] == faults(recorded(folder))


@pytest.fixture(scope="session")
def staff() -> Staff:
    """A hundred people with every kind among them."""
    return make_staff(100)
