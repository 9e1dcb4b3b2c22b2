"""The names of roles: in words for HR, and as `COLUMN_MAP` and approvers write them."""

from __future__ import annotations

from dataclasses import replace

from shared.core.export.fields import PARTS, PHONES, Field
from shared.core.export.headings.heading import Role, shown_heading
from shared.core.numbers.column_reading import ColumnReading
from shared.core.values.said import Said
from shared.core.values.slot import PhoneType

IGNORE = "ignore"

_WORDS: dict[Field, Said] = {
    Field.OBJECT_ID: Said("the object id"),
    Field.USER_PRINCIPAL_NAME: Said("the user principal name"),
    Field.EMPLOYEE_ID: Said("the employee id"),
    Field.MAIL: Said("the work e-mail address that identifies the person"),
    Field.MOBILE: Said("the mobile phone"),
    Field.ALTERNATE_MOBILE: Said("the alternate mobile phone"),
    Field.OFFICE: Said("the office phone"),
    Field.PHONE: Said("the phone of the type that its row names"),
    Field.EMAIL: Said("the authentication e-mail address"),
    Field.COUNTRY: Said("the country"),
    Field.SMS_SIGN_IN: Said("the switch of SMS sign-in"),
    Field.CALLING_CODE: Said("the calling code"),
    Field.AREA_CODE: Said("the area code"),
    Field.EXTENSION: Said("the extension"),
    Field.DIRECT_DIAL: Said("the direct-dial digits"),
    Field.PHONE_TYPE: Said("the type of the phone"),
    Field.STATUS: Said("the status of the employment"),
    Field.HAS_LEFT: Said("whether the person has left"),
    Field.LEFT_ON: Said("the day on which the person left"),
    Field.EFFECTIVE_FROM: Said("the day on which the row replaces the person's earlier ones"),
    Field.VALID_FROM: Said("the first day on which the row applies"),
    Field.VALID_TO: Said("the last day on which the row applies"),
    Field.IGNORE: Said("nothing"),
}


_READINGS: dict[ColumnReading, Said] = {
    ColumnReading.INTERNATIONAL: Said("digits without a + read as international numbers"),
    ColumnReading.NATIONAL: Said("digits without a + read as numbers of the person's country"),
    ColumnReading.ZERO_LOST: Said(
        "digits without a + read as numbers of the person's country that may lack a zero in front"
    ),
    ColumnReading.SINGLE: Said("each number read by itself"),
}


def in_words(role: Role) -> Said:
    words = _WORDS[role.field]
    if role.phone:
        words = Said("{part} of {phone}", part=words, phone=_WORDS[Field(role.phone.value)])
    return Said("{role}, with {reading}", role=words, reading=_READINGS[role.reading]) if role.reading else words


def role_named(name: str) -> Role | None:
    """The role that `COLUMN_MAP` or an approver names: `mobile`, `callingCode`, `office.extension`.

    None for `ignore`. Raises ValueError for anything else.
    """
    phone, _, part = name.strip().rpartition(".")
    fields = {field.lower(): field for field in Field}
    phones = {phone_type.lower(): phone_type for phone_type in PhoneType}
    if part.lower() not in fields or (phone and (phone.lower() not in phones or fields[part.lower()] not in PARTS)):
        raise _no_role(name)
    role = Role(fields[part.lower()], phones[phone.lower()] if phone else None)
    return None if role.field is Field.IGNORE else role


def decided_role_named(name: str) -> Role | None:
    """As `role_named`; a person may add the digit reading of a phone: `mobile:international`."""
    plain, colon, reading = name.strip().partition(":")
    role = role_named(plain)
    if not colon:
        return role
    readings = {one.lower(): one for one in ColumnReading}
    if role is None or role.field not in (*PHONES, Field.PHONE) or reading.lower() not in readings:
        raise _no_role(name)
    return replace(role, reading=readings[reading.lower()])


def _no_role(name: str) -> ValueError:
    return ValueError(f"there is no column role {shown_heading(name) or 'of that name'}")


def role_name(role: Role | None) -> str:
    """The inverse of `decided_role_named`."""
    return str(role) if role else IGNORE
