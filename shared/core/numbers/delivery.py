"""The countries to which Microsoft delivers SMS and voice calls only after an opt-in of the tenant.

Source: Microsoft Entra's "Regions that need to opt in for multifactor authentication telephony verification"
(concept-mfa-regional-opt-in), as of LIST_DATE. That page lists every calling code but those below, and every country of
+1 but the two below. No property of Graph shows whether a tenant has opted in.
"""

from __future__ import annotations

from shared.core.numbers import numbering_plan

LIST_DATE = "20 May 2025"
_NORTH_AMERICA = 1
_REGIONS_AT_ONCE = frozenset({"US", "CA"})
"""The regions of calling code 1 that need no opt-in."""
_CODES_AT_ONCE = frozenset({33, 34, 61, 800, 808, 870, 878, 881, 882, 883, 888, 979})


def needs_opt_in(region: str) -> bool:
    """Whether Microsoft delivers to numbers of this country (ISO 3166 alpha-2) only after an opt-in."""
    code = numbering_plan.country_code_of(region)
    return region not in _REGIONS_AT_ONCE if code == _NORTH_AMERICA else code not in _CODES_AT_ONCE
