"""What a row wants: one doubtful cell refuses it whole, with every reason; what is left alone is noted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.core.cell import Cell, CellKind
from shared.core.codes import CODES
from shared.core.desired import Desired, Remove, desire
from shared.core.export_row import ExportRow
from shared.core.numbers import RegionSource
from shared.core.person import KeyKind, PersonKey
from shared.core.phone import PhoneNumber, PhoneType
from shared.core.refusal import Refusal

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
    row: ExportRow, *, usage_location: str | None = None, app_region: str | None = None, allow_removals: bool = False
) -> Desired | tuple[Refusal, ...]:
    return desire(
        row, usage_location=usage_location, file_region=None, app_region=app_region, allow_removals=allow_removals
    )


def codes_of(found: Desired | tuple[Refusal, ...]) -> list[str]:
    return [each.code for each in (found.notes if isinstance(found, Desired) else found)]


def test_numbers_become_wishes() -> None:
    """Each filled phone cell is a wish for its slot; a number that names its country needs no region."""
    assert desire_of(row_with("+31 6 12345678", "+31 10 1234567 x12")) == Desired(
        ((PhoneType.MOBILE, NL_MOBILE), (PhoneType.OFFICE, PhoneNumber(31, "101234567", "12")))
    )


def test_a_row_without_phones_wants_nothing() -> None:
    """Blank cells are no opinion, and no opinion is no wish."""
    assert desire_of(row_with()) == Desired(())


def test_the_rows_country_goes_before_the_account() -> None:
    """A national number is read in the country of the row, else of the account, and the source is recorded."""
    by_row = desire_of(row_with("0612345678", country=Cell("F17", TEXT, "Nederland")), usage_location="DE")
    by_account = desire_of(row_with("0612345678"), usage_location="NL", app_region="US")
    by_app = desire_of(row_with("0612345678"), app_region="NL")
    assert by_row == Desired(((PhoneType.MOBILE, NL_MOBILE),), "NL", RegionSource.ROW)
    assert by_account == Desired(((PhoneType.MOBILE, NL_MOBILE),), "NL", RegionSource.ACCOUNT)
    assert by_app == Desired(((PhoneType.MOBILE, NL_MOBILE),), "NL", RegionSource.APP)


def test_a_country_that_cannot_be_read_gives_way_to_nothing() -> None:
    """An unreadable country is no reason to read a national number in another one."""
    atlantis = Cell("F17", TEXT, "Atlantis")
    assert codes_of(desire_of(row_with("0612345678", country=atlantis), usage_location="NL")) == [
        "regionMissing",
        "countryUnknown",
    ]


def test_a_country_that_is_not_needed_is_only_noted() -> None:
    """Where every number names its country, an unreadable one stops nothing."""
    found = desire_of(row_with("+31612345678", country=Cell("F17", TEXT, "Atlantis")))
    assert isinstance(found, Desired)
    assert [(note.code, note.address) for note in found.notes] == [("countryUnknown", "F17")]


def test_one_doubtful_cell_refuses_the_whole_row() -> None:
    """A row is obeyed as a whole or not at all, and every reason is told."""
    assert codes_of(desire_of(row_with("+31612345678", "call 0612345678"))) == ["numberHasLetters"]
    assert codes_of(desire_of(row_with("06-1", "call 0612345678"), usage_location="NL")) == [
        "numberNotValid",
        "numberHasLetters",
    ]


def test_refusals_of_reading_the_row_stay() -> None:
    """What was wrong with the row already is told with what is wrong with its numbers."""
    missing = Refusal("keyMissing", "A17: the person's cell is empty", "A17")
    found = desire_of(replace(row_with("call 0612345678"), refusals=(missing,)))
    assert isinstance(found, tuple)
    assert [refusal.reason for refusal in found] == [
        "A17: the person's cell is empty",
        "C17: the number has letters in it",
    ]


def test_removals_are_wishes_only_where_they_are_allowed() -> None:
    """The word takes a method away when the switch allows it; otherwise it refuses the row."""
    row = row_with("entfernen", "remove")
    assert desire_of(row, allow_removals=True) == Desired(
        ((PhoneType.MOBILE, Remove.REMOVE), (PhoneType.OFFICE, Remove.REMOVE))
    )
    assert codes_of(desire_of(row)) == ["removalNotAllowed", "removalNotAllowed"]


@pytest.mark.parametrize(("text", "code"), [("yes", "smsSignInSwitchedOff"), ("maybe", "yesNoUnclear")])
def test_sms_sign_in_is_left_alone(text: str, code: str) -> None:
    """A filled SMS sign-in cell refuses the row, because obeying half of it would hide the other half."""
    assert codes_of(desire_of(row_with("+31612345678", sms_sign_in=Cell("G17", TEXT, text)))) == [code]


@pytest.mark.parametrize(("text", "code"), [("jan@example.com", "emailNotProvisioned"), ("jan", "emailMalformed")])
def test_email_is_noted_and_blocks_no_phone(text: str, code: str) -> None:
    """The e-mail slot is not provisioned yet: a filled cell is told of, the phones go on."""
    found = desire_of(row_with("+31612345678", email=Cell("E17", TEXT, text)))
    assert isinstance(found, Desired)
    assert found.phones == ((PhoneType.MOBILE, NL_MOBILE),)
    assert [(note.code, note.address) for note in found.notes] == [(code, "E17")]
    assert all(text not in note.text.removeprefix("E17: ").split() for note in found.notes)
    assert codes_of(found)[0] in CODES
