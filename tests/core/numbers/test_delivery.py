"""Where Microsoft delivers only after an opt-in: the table is compared with its source, row by row."""

from __future__ import annotations

import pytest

from shared.core.numbers.delivery import needs_opt_in
from shared.core.numbers.numbering_plan import KNOWN_REGIONS, country_code_of, region_of

AT_ONCE = {"US", "CA", "FR", "ES", "AU", "CX", "CC"}
"""Christmas Island and the Cocos Islands share Australia's calling code."""
LISTED_INSIDE_1 = (
    "242 246 264 268 284 340 345 441 473 649 658 664 670 671 684 721 758 767 784 787 809 849 868 869 876 939"
)


def test_every_country_but_seven_is_listed() -> None:
    """Germany, the United Kingdom and India too."""
    assert AT_ONCE == {region for region in KNOWN_REGIONS if not needs_opt_in(region)}


@pytest.mark.parametrize("area", LISTED_INSIDE_1.split())
def test_countries_that_share_the_code_1_are_told_apart(area: str) -> None:
    """Microsoft lists them by area code; all of them but the United States and Canada are listed."""
    region = region_of(1, f"{area}5550100") or region_of(1, f"{area}2345678")
    assert region is not None
    assert 1 == country_code_of(region)
    assert needs_opt_in(region)


@pytest.mark.parametrize(
    ("code", "national", "region"),
    [(1, "2025550100", "US"), (49, "3023125000", "DE"), (44, "2079460000", "GB"), (883, "5100012345", None)],
)
def test_the_country_of_a_number(code: int, national: str, region: str | None) -> None:
    """Numbers of networks without a country have none."""
    assert region == region_of(code, national)
