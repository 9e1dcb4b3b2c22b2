"""E-mail addresses compare without regard to case and hide themselves."""

from __future__ import annotations

import pytest

from shared.core.values.slot import EmailAddress

ADDRESS = EmailAddress("Jan.Jansen@example.com")


def test_case_does_not_matter() -> None:
    """Graph and HR may disagree on capitals, and that is no difference."""
    assert ADDRESS == EmailAddress("jan.jansen@EXAMPLE.com")
    assert 1 == len({ADDRESS, EmailAddress("jan.jansen@example.com")})
    assert EmailAddress("jan@example.com") != ADDRESS
    assert ADDRESS != "Jan.Jansen@example.com"


@pytest.mark.parametrize(
    "shown", [str(ADDRESS), repr(ADDRESS), f"{ADDRESS}", f"{ADDRESS!r:>40}", str({ADDRESS: [ADDRESS]})]
)
def test_an_address_shows_nothing_of_itself(shown: str) -> None:
    """No way of formatting shows the name or the domain."""
    assert "an" not in shown.lower().replace("address", "")
    assert "example" not in shown
