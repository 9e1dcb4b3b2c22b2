"""Fixtures for flows: made-up staff."""

from __future__ import annotations

import pytest

from sandbox.people import Staff, make_staff


@pytest.fixture(scope="session")
def staff() -> Staff:
    """A hundred people with every kind among them."""
    return make_staff(100)
