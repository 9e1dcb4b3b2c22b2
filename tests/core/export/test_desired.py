"""What a row wants: one doubtful cell refuses its own slot, with the reason; what is left alone is noted."""

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
from shared.core.values.said import Said
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


def desire_of(row: ExportRow, rules: DesiredValueRules | None = None, *, usage_location: str | None = None) -> Desired:
    return desired_of_row(row, rules or DesiredValueRules(), usage_location=usage_location, file_region=None)


def refused(found: Desired) -> list[tuple[str, str]]:
    """Slot and code of every refusal."""
    return [(refusal.slot, refusal.code) for refusal in found.refused]


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
    by_row = desire_of(row_with("0612345678", country=Cell("F17", TEXT, "Nederland")), usage_location="US")
    by_account = desire_of(row_with("0612345678"), DesiredValueRules(app_region="US"), usage_location="NL")
    by_app = desire_of(row_with("0612345678"), DesiredValueRules(app_region="NL"))
    assert by_row == Desired(((Slot.MOBILE, NL_MOBILE),), region="NL", region_source=RegionSource.ROW)
    assert by_account == Desired(((Slot.MOBILE, NL_MOBILE),), region="NL", region_source=RegionSource.ACCOUNT)
    assert by_app == Desired(((Slot.MOBILE, NL_MOBILE),), region="NL", region_source=RegionSource.APP)


def test_a_country_that_cannot_be_read_gives_way_to_nothing() -> None:
    """An unreadable country is no reason to read a national number in another one."""
    atlantis = Cell("F17", TEXT, "Atlantis")
    found = desire_of(row_with("0612345678", "+31 10 1234567", country=atlantis), usage_location="NL")
    assert [("mobile", "regionMissing")] == refused(found)
    assert "F17: the cell holds no country" in found.refused[0].reason
    assert ([Slot.OFFICE], ()) == ([slot for slot, _ in found.slots], found.notes)


def test_a_country_that_is_not_needed_is_only_noted() -> None:
    """Where every number names its country, an unreadable one stops nothing."""
    found = desire_of(row_with("+31612345678", country=Cell("F17", TEXT, "Atlantis")))
    assert [("countryUnknown", "F17")] == [(note.code, note.address) for note in found.notes]


def test_one_doubtful_cell_refuses_only_its_slot() -> None:
    """A bad office number does not cost a good mobile, nor the other way round; every reason is given."""
    bad_office = desire_of(row_with("+31612345678", "call 0612345678"))
    bad_mobile = desire_of(row_with("06-1", "+31 10 1234567"), usage_location="NL")
    both = desire_of(row_with("06-1", "call 0612345678"), usage_location="NL")

    assert (((Slot.MOBILE, NL_MOBILE),), [("office", "numberHasLetters")]) == (bad_office.slots, refused(bad_office))
    assert (((Slot.OFFICE, PhoneNumber(31, "101234567")),), [("mobile", "numberNotValid")]) == (
        bad_mobile.slots,
        refused(bad_mobile),
    )
    assert [("mobile", "numberNotValid"), ("office", "numberHasLetters")] == refused(both)
    assert [False, False, True] == [found.is_refused for found in (bad_office, bad_mobile, both)]


def test_refusals_of_reading_the_row_stay() -> None:
    """What was wrong with the row already refuses all of it, beside what is wrong with its numbers."""
    missing = Refusal("keyMissing", Said("A17: the person's cell is empty"), "A17")
    found = desire_of(replace(row_with("call 0612345678", "+31 10 1234567"), refusals=(missing,)))
    assert found.is_refused
    assert [
        "A17: the person's cell is empty",
        "C17: the number has letters in it",
    ] == [refusal.reason for refusal in found.refused]


def test_a_removal_waits_while_another_number_is_refused() -> None:
    """The number may belong in the refused slot, so it stays until the row is right; an address is no number."""
    rules = DesiredValueRules(allow_removals=True)
    row = row_with("call 0612345678", "remove", email=Cell("E17", TEXT, "remove"))
    found = desire_of(row, rules)
    bad_email = desire_of(row_with("remove", email=Cell("E17", TEXT, "nobody")), rules)

    assert [("mobile", "numberHasLetters"), ("office", "removalWaits")] == refused(found)
    assert ((Slot.EMAIL, Remove.REMOVE),) == found.slots
    assert ((Slot.MOBILE, Remove.REMOVE),) == bad_email.slots


@pytest.mark.parametrize("mode", [SmsSignIn.COLUMN, SmsSignIn.ENABLE, SmsSignIn.DISABLE])
def test_sms_sign_in_waits_while_the_mobile_is_refused(mode: SmsSignIn) -> None:
    """It would be switched for another number than the one that HR meant."""
    rules = DesiredValueRules(allow_removals=True, sms_sign_in=mode)
    said = Cell("G17", TEXT, "no" if mode is SmsSignIn.DISABLE else "yes")
    by_setting = desire_of(row_with("call 06", "+31 10 1234567"), rules)
    by_cell = desire_of(row_with("call 06", "+31 10 1234567", sms_sign_in=said), rules)

    assert [None, None] == [by_setting.sms_sign_in, by_cell.sms_sign_in]
    assert [("mobile", "numberHasLetters"), ("smsSignIn", "smsSignInWaits")] == refused(by_cell)
    assert [("mobile", "numberHasLetters")] == refused(by_setting)


def test_removals_are_wishes_only_where_they_are_allowed() -> None:
    """The word takes a method away when the switch allows it; otherwise it refuses the slot."""
    row = row_with("entfernen", "remove")
    assert desire_of(row, DesiredValueRules(allow_removals=True)) == Desired(
        ((Slot.MOBILE, Remove.REMOVE), (Slot.OFFICE, Remove.REMOVE))
    )
    assert [("mobile", "removalNotAllowed"), ("office", "removalNotAllowed")] == refused(desire_of(row))


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
    """The setting says whether the cell counts; a cell that may not be obeyed costs only SMS sign-in."""
    cell = Cell("G17", TEXT, text) if text else None
    desired = desire_of(row_with("+31612345678", sms_sign_in=cell), rules)
    if isinstance(found, str):
        assert ((Slot.MOBILE, NL_MOBILE),) == desired.slots
        assert ([("smsSignIn", found)], None) == (refused(desired), desired.sms_sign_in)
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
    assert not phones_only.needs_email


@pytest.mark.parametrize(
    ("rules", "text", "code"),
    [
        (DesiredValueRules(), "jan", "emailMalformed"),
        (DesiredValueRules(), "remove", "removalNotAllowed"),
        (DesiredValueRules(offers=CHINA), "jan@example.com", "notAvailableInCloud"),
    ],
)
def test_an_email_cell_that_cannot_be_obeyed_refuses_its_slot(rules: DesiredValueRules, text: str, code: str) -> None:
    """Before any call, with the cell named and its content not repeated."""
    found = desire_of(row_with("+31612345678", email=Cell("E17", TEXT, text)), rules)
    assert (((Slot.MOBILE, NL_MOBILE),), [("email", code)]) == (found.slots, refused(found))
    assert [("E17", False)] == [(refusal.address, "jan" in refusal.reason) for refusal in found.refused]


def test_an_email_address_can_be_removed_where_removals_are_allowed() -> None:
    """The same word as for phones."""
    found = desire_of(row_with(email=Cell("E17", TEXT, "remove")), DesiredValueRules(allow_removals=True))
    assert found == Desired(((Slot.EMAIL, Remove.REMOVE),))
