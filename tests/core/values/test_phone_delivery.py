"""What has ended and what is warned of, by the setting and the instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from shared.core.values.phone_delivery import NOTHING_ENDED, WARNING_DAYS, Deliverer, Ended, PhoneDelivery

DAY = date(2027, 2, 1)
BEGINS = datetime(2027, 2, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WARNED = BEGINS - timedelta(days=WARNING_DAYS)
ALL_ENDED, SMS_ENDED = Ended(numbers=True, sms_sign_in=True), Ended(sms_sign_in=True)


@pytest.mark.parametrize(
    ("deliverer", "ended", "warns"),
    [
        (Deliverer.UNKNOWN, SMS_ENDED, True),
        (Deliverer.MICROSOFT, ALL_ENDED, True),
        (Deliverer.OWN_PROVIDER, SMS_ENDED, False),
    ],
)
def test_the_date(deliverer: Deliverer, ended: Ended, *, warns: bool) -> None:
    """To the second, at 00:00 UTC."""
    delivery = PhoneDelivery(deliverer, DAY)

    assert (NOTHING_ENDED, ended) == (delivery.ended(BEGINS - SECOND), delivery.ended(BEGINS))
    assert not delivery.warning(WARNED - SECOND)
    assert warns == bool(delivery.warning(WARNED)) == bool(delivery.warning(BEGINS))


def test_the_warning_tells_whether_the_day_has_come() -> None:
    delivery = PhoneDelivery(Deliverer.UNKNOWN, DAY)
    assert delivery.warning(WARNED).startswith("From 2027-02-01 Microsoft will no longer deliver")
    assert delivery.warning(BEGINS).startswith("Since 2027-02-01 Microsoft no longer delivers")


@pytest.mark.parametrize("deliverer", list(Deliverer))
def test_without_a_date_nothing_ends(deliverer: Deliverer) -> None:
    """As in the clouds for which none is announced."""
    delivery = PhoneDelivery(deliverer)
    assert (NOTHING_ENDED, "") == (delivery.ended(BEGINS), delivery.warning(BEGINS))
