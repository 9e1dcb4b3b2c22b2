"""Whether two values are the same, although one may be spelled in a form that its country has retired.

Called wherever a current value is compared with a desired or written one. A number that Graph stores in an old form is
not a change, and it is not rewritten.
"""

from __future__ import annotations

from shared.core.numbers.old_forms import present_form
from shared.core.values.slot import DesiredValue, PhoneNumber, StoredValue


def same_value(one: StoredValue | DesiredValue | None, other: StoredValue | DesiredValue | None) -> bool:
    """Equal, or the same phone number; a masked value equals only a masked value."""
    if isinstance(one, PhoneNumber) and isinstance(other, PhoneNumber):
        return same_number(one, other)
    return one == other


def same_number(one: PhoneNumber, other: PhoneNumber) -> bool:
    """Whether both reach the same phone: +52 1 55… was the form of +52 55… until 2019."""
    return one == other or (one.country_code == other.country_code and present_form(one) == present_form(other))
