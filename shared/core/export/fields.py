"""The fields: what a column can hold, by the names that COLUMN_MAP and approvers use."""

from __future__ import annotations

from enum import StrEnum

from shared.core.values.said import Said


class Field(StrEnum):
    """The main part of a column's `Role`.

    `MAIL` is the account's e-mail address, a key; `EMAIL` is the e-mail address of the slot. `PHONE` is a phone of the
    default type, or of the type that its row names.
    """

    OBJECT_ID = "id"
    USER_PRINCIPAL_NAME = "userPrincipalName"
    EMPLOYEE_ID = "employeeId"
    MAIL = "mail"
    MOBILE = "mobile"
    ALTERNATE_MOBILE = "alternateMobile"
    OFFICE = "office"
    PHONE = "phone"
    EMAIL = "email"
    COUNTRY = "country"
    SMS_SIGN_IN = "smsSignIn"
    CALLING_CODE = "callingCode"
    AREA_CODE = "areaCode"
    EXTENSION = "extension"
    DIRECT_DIAL = "directDial"
    PHONE_TYPE = "phoneType"
    STATUS = "status"
    HAS_LEFT = "hasLeft"
    LEFT_ON = "leftOn"
    EFFECTIVE_FROM = "effectiveFrom"
    VALID_FROM = "validFrom"
    VALID_TO = "validTo"
    IGNORE = "ignore"

    @property
    def said(self) -> Said:
        """Its name in a sentence."""
        return Said(self.value)


PHONES = (Field.MOBILE, Field.ALTERNATE_MOBILE, Field.OFFICE)
MOBILES = frozenset({Field.MOBILE, Field.ALTERNATE_MOBILE})
ASKING = frozenset({*PHONES, Field.PHONE, Field.EMAIL, Field.SMS_SIGN_IN})
"""Fields whose values are written to accounts; a file without any of them asks for nothing."""
CONTACTS = frozenset({*PHONES, Field.PHONE, Field.EMAIL, Field.MAIL})
"""Numbers and e-mail addresses, which may belong to another person."""
PARTS = frozenset({Field.CALLING_CODE, Field.AREA_CODE, Field.EXTENSION, Field.DIRECT_DIAL, Field.COUNTRY})
"""The parts that a phone number may have in columns of their own, and its country."""
