"""The doctor's check of who delivers text messages and voice calls, and until when."""

from __future__ import annotations

from datetime import datetime

from shared.core.values.phone_delivery import Deliverer, PhoneDelivery
from shared.doctor.findings import DoctorCheck, Finding, Status

_REMEDY = {
    Deliverer.UNKNOWN: "Set PHONE_DELIVERY to own-provider or microsoft; if Microsoft has moved the date, correct "
    "PHONE_RETIREMENT_DATE.",
    Deliverer.MICROSOFT: "Set up a telecom provider in Microsoft Entra and set PHONE_DELIVERY to own-provider, or have "
    "people register passkeys.",
}


def delivery_finding(delivery: PhoneDelivery, now: datetime) -> Finding:
    check = DoctorCheck.DELIVERY
    if delivery.first_day_without is None:
        return Finding(
            check,
            Status.OK,
            "No day is set, or applies here, on which Microsoft stops delivering text messages and calls.",
        )
    if warning := delivery.warning(now):
        return Finding(check, Status.WARNING, warning, _REMEDY[delivery.deliverer])
    if delivery.deliverer is Deliverer.OWN_PROVIDER:
        sentence = "By PHONE_DELIVERY, a telecom provider of the organisation delivers text messages and calls."
        return Finding(check, Status.OK, sentence)
    sentence = f"From {delivery.first_day_without} Microsoft delivers no text messages and calls for sign-in."
    return Finding(check, Status.OK, sentence)
