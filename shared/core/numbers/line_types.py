"""The kinds of lines that a phone method of each type accepts, and the refusal of all other numbers."""

from __future__ import annotations

from phonenumbers import PhoneNumberType

from shared.core.numbers import numbering_plan
from shared.core.numbers.candidates import Candidate
from shared.core.numbers.numbering_plan import LineType
from shared.core.numbers.old_forms import mobile_of_landline
from shared.core.numbers.written_number import WrittenNumber
from shared.core.values.cell import Cell, Refusal, refuse
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType

_SMS_LINES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_VOICE_LINES = _SMS_LINES | {PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP}

ACCEPTED_LINES: dict[PhoneType, frozenset[LineType]] = {
    PhoneType.MOBILE: _SMS_LINES,
    PhoneType.ALTERNATE_MOBILE: _VOICE_LINES,
    PhoneType.OFFICE: _VOICE_LINES | {PhoneNumberType.UAN},
}
"""Microsoft Entra sends text messages to `mobile` only. It calls the other two, so they may be landlines.

Company-wide numbers (UAN, usual in Austria) reach a desk. Premium, shared-cost, free, personal, pager and voicemail
numbers do not belong to one person's phone, or they cost the caller money.
"""

_LINES: dict[LineType, Said] = {
    PhoneNumberType.TOLL_FREE: Said("a toll free number"),
    PhoneNumberType.PREMIUM_RATE: Said("a premium rate number"),
    PhoneNumberType.SHARED_COST: Said("a shared cost number"),
    PhoneNumberType.VOIP: Said("an internet phone number"),
    PhoneNumberType.PERSONAL_NUMBER: Said("a personal number"),
    PhoneNumberType.PAGER: Said("a pager number"),
    PhoneNumberType.UAN: Said("a company-wide number"),
    PhoneNumberType.VOICEMAIL: Said("a voicemail number"),
}
_OTHER_LINE = Said("a number of this kind")


def unfit(cell: Cell, written: WrittenNumber, candidate: Candidate, phone_type: PhoneType) -> Refusal | None:
    """Why the only candidate of a cell cannot be a phone method of this type; None = it can."""
    if written.extension and phone_type is not PhoneType.OFFICE:
        return refuse(cell, "extensionOfficeOnly", Said("only an office number can have an extension"))
    if candidate.line in ACCEPTED_LINES[phone_type] and numbering_plan.belongs_to_country(
        candidate.number.country_code
    ):
        return None
    if candidate.line == PhoneNumberType.FIXED_LINE:
        mobile = mobile_of_landline(candidate)
        sentence = Said("the number is a landline, which gets no text messages")
        return refuse(cell, "landlineNotMobile", sentence, (mobile.number,) if mobile else ())
    line = _LINES.get(candidate.line, _OTHER_LINE)
    sentence = Said("{line} cannot be the {slot} number of a person", line=line, slot=phone_type.said)
    return refuse(cell, "lineTypeRefused", sentence)
