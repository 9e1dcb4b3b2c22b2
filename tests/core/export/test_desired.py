"""What a row wants: one doubtful cell refuses it whole, with every reason; what is left alone is noted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.core.export.desired import Desired, DesiredValueRules, desired_of_row
from shared.core.export.export_row import ExportRow
from shared.core.numbers.read_number import RegionSource
from shared.core.person.account import KeyKind, PersonKey
from shared.core.values.capabilities import Capabilities
from shared.core.values.cell import Cell, CellKind, Refusal
from shared.core.values.codes import CODES
from shared.core.values.slot import EmailAddress, PhoneNumber, PhoneType, Remove, Slot
from shared.core.values.states import SmsSignIn

TEXT = CellKind.TEXT
JAN = PersonKey(KeyKind.USER_PRINCIPAL_NAME, "jan@contoso.example")
NL_MOBILE = PhoneNumber(31, "612345678")


def row_with(
    mobile: str = "",
    office: str = "",
    *,
    email: Cell | None = None,
    country: Cell | None = None,
    sms_sign_in: Cell | None = None,
) -> ExportRow:
    cells = ((PhoneType.MOBILE, Cell("C17", TEXT, mobile)), (PhoneType.OFFICE, Cell("D17", TEXT, office)))
    phones = tuple((phone_type, cell) for phone_type, cell in cells if cell.text)
    return ExportRow(17, JAN, phones, email=email, country=country, sms_sign_in=sms_sign_in)


def desire_of(
    row: ExportRow, rules: DesiredValueRules | None = None, *, usage_location: str | None = None
) -> Desired | tuple[Refusal, ...]:
    return desired_of_row(row, rules or DesiredValueRules(), usage_location=usage_location, file_region=None)


def codes_of(found: Desired | tuple[Refusal, ...]) -> list[str]:
    return [each.code for each in (found.notes if isinstance(found, Desired) else found)]


def test_numbers_become_wishes() -> None:
    """Each filled phone cell is a wish for its slot; a number that names its country needs no region."""
    assert desire_of(row_with("+31 6 12345678", "+31 10 1234567 x12")) == Desired(
        ((Slot.MOBILE, NL_MOBILE), (Slot.OFFICE, PhoneNumber(31, "101234567", "12")))
    )


def test_a_row_without_phones_wants_nothing() -> None:
    """Blank cells are no opinion, and no opinion is no wish."""
    assert desire_of(row_with()) == Desired(())


def test_the_rows_country_goes_before_the_account() -> None:
    """A national number is read in the country of the row, else of the account, and the source is recorded."""
    by_row = desire_of(row_with("0612345678", country=Cell("F17", TEXT, "Nederland")), usage_location="DE")
    by_account = desire_of(row_with("0612345678"), DesiredValueRules(app_region="US"), usage_location="NL")
    by_app = desire_of(row_with("0612345678"), DesiredValueRules(app_region="NL"))
    assert by_row == Desired(((Slot.MOBILE, NL_MOBILE),), region="NL", region_source=RegionSource.ROW)
    assert by_account == Desired(((Slot.MOBILE, NL_MOBILE),), region="NL", region_source=RegionSource.ACCOUNT)
    assert by_app == Desired(((Slot.MOBILE, NL_MOBILE),), region="NL", region_source=RegionSource.APP)


def test_a_country_that_cannot_be_read_gives_way_to_nothing() -> None:
    """An unreadable country is no reason to read a national number in another one."""
    atlantis = Cell("F17", TEXT, "Atlantis")
    assert [
        "regionMissing",
        "countryUnknown",
    ] == codes_of(desire_of(row_with("0612345678", country=atlantis), usage_location="NL"))


def test_a_country_that_is_not_needed_is_only_noted() -> None:
    """Where every number names its country, an unreadable one stops nothing."""
    found = desire_of(row_with("+31612345678", country=Cell("F17", TEXT, "Atlantis")))
    assert isinstance(found, Desired)
    assert [("countryUnknown", "F17")] == [(note.code, note.address) for note in found.notes]


def test_one_doubtful_cell_refuses_the_whole_row() -> None:
    """A row is obeyed as a whole or not at all, and every reason is told."""
    assert ["numberHasLetters"] == codes_of(desire_of(row_with("+31612345678", "call 0612345678")))
    assert [
        "numberNotValid",
        "numberHasLetters",
    ] == codes_of(desire_of(row_with("06-1", "call 0612345678"), usage_location="NL"))


def test_refusals_of_reading_the_row_stay() -> None:
    """What was wrong with the row already is told with what is wrong with its numbers."""
    missing = Refusal("keyMissing", "A17: the person's cell is empty", "A17")
    found = desire_of(replace(row_with("call 0612345678"), refusals=(missing,)))
    assert isinstance(found, tuple)
    assert [
        "A17: the person's cell is empty",
        "C17: the number has letters in it",
    ] == [refusal.reason for refusal in found]


def test_removals_are_wishes_only_where_they_are_allowed() -> None:
    """The word takes a method away when the switch allows it; otherwise it refuses the row."""
    row = row_with("entfernen", "remove")
    assert desire_of(row, DesiredValueRules(allow_removals=True)) == Desired(
        ((Slot.MOBILE, Remove.REMOVE), (Slot.OFFICE, Remove.REMOVE))
    )
    assert ["removalNotAllowed", "removalNotAllowed"] == codes_of(desire_of(row))


WITH_REMOVALS = {mode: DesiredValueRules(sms_sign_in=mode, allow_removals=True) for mode in SmsSignIn}
NO_REMOVALS = DesiredValueRules(sms_sign_in=SmsSignIn.COLUMN)
CHINA = Capabilities(sms_sign_in=False, email_methods=False)


@pytest.mark.parametrize(
    ("rules", "text", "found"),
    [
        (WITH_REMOVALS[SmsSignIn.LEAVE], "", None),
        (WITH_REMOVALS[SmsSignIn.LEAVE], "yes", "smsSignInNotAllowed"),
        (WITH_REMOVALS[SmsSignIn.LEAVE], "maybe", "yesNoInvalid"),
        (WITH_REMOVALS[SmsSignIn.COLUMN], "", None),
        (WITH_REMOVALS[SmsSignIn.COLUMN], "yes", True),
        (WITH_REMOVALS[SmsSignIn.COLUMN], "no", False),
        (NO_REMOVALS, "yes", True),
        (NO_REMOVALS, "no", "removalNotAllowed"),
        (WITH_REMOVALS[SmsSignIn.ENABLE], "", True),
        (WITH_REMOVALS[SmsSignIn.ENABLE], "yes", True),
        (WITH_REMOVALS[SmsSignIn.ENABLE], "no", "smsSignInNotAllowed"),
        (DesiredValueRules(sms_sign_in=SmsSignIn.DISABLE), "", False),
        (DesiredValueRules(sms_sign_in=SmsSignIn.DISABLE), "no", False),
        (WITH_REMOVALS[SmsSignIn.DISABLE], "yes", "smsSignInNotAllowed"),
        (DesiredValueRules(sms_sign_in=SmsSignIn.COLUMN, offers=CHINA), "", None),
        (DesiredValueRules(sms_sign_in=SmsSignIn.COLUMN, offers=CHINA), "yes", "notAvailableInCloud"),
        (DesiredValueRules(sms_sign_in=SmsSignIn.ENABLE, offers=CHINA), "", "notAvailableInCloud"),
    ],
)
def test_who_decides_on_sms_sign_in(rules: DesiredValueRules, text: str, *, found: bool | str | None) -> None:
    """The setting says whether the cell counts; a cell that may not be obeyed refuses the row, never half of it."""
    cell = Cell("G17", TEXT, text) if text else None
    desired = desire_of(row_with("+31612345678", sms_sign_in=cell), rules)
    if isinstance(found, str):
        assert codes_of(desired) == [found]
        assert found in CODES
    else:
        assert desired == Desired(((Slot.MOBILE, NL_MOBILE),), found)


def test_an_email_address_becomes_a_wish() -> None:
    """The explicit e-mail column fills the e-mail slot; only then is the stored address worth a request."""
    found = desire_of(row_with("+31612345678", email=Cell("E17", TEXT, "jan@example.com")))
    assert found == Desired(((Slot.MOBILE, NL_MOBILE), (Slot.EMAIL, EmailAddress("jan@example.com"))))
    assert found.needs_email
    assert "jan" not in repr(found)
    phones_only = desire_of(row_with("+31612345678"))
    assert isinstance(phones_only, Desired)
    assert not phones_only.needs_email


@pytest.mark.parametrize(
    ("rules", "text", "code"),
    [
        (DesiredValueRules(), "jan", "emailMalformed"),
        (DesiredValueRules(), "remove", "removalNotAllowed"),
        (DesiredValueRules(offers=CHINA), "jan@example.com", "notAvailableInCloud"),
    ],
)
def test_an_email_cell_that_cannot_be_obeyed_refuses_the_row(rules: DesiredValueRules, text: str, code: str) -> None:
    """Before any call, with the cell named and its content not repeated."""
    found = desire_of(row_with("+31612345678", email=Cell("E17", TEXT, text)), rules)
    assert codes_of(found) == [code]
    assert isinstance(found, tuple)
    assert [("E17", False)] == [(refusal.address, "jan" in refusal.reason) for refusal in found]


def test_an_email_address_can_be_removed_where_removals_are_allowed() -> None:
    """The same word as for phones."""
    found = desire_of(row_with(email=Cell("E17", TEXT, "remove")), DesiredValueRules(allow_removals=True))
    assert found == Desired(((Slot.EMAIL, Remove.REMOVE),))
