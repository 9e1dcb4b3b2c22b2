"""The made-up staff: deterministic, mixed as promised, on fictional numbers only, and acceptable to the stand-in."""

from __future__ import annotations

import random
from collections import Counter

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from sandbox.fictional_numbers import COUNTRIES, MAX_PEOPLE_PER_MOBILE, OFFICES, NumberDealer, mobiles
from sandbox.graph.state import Tenant
from sandbox.people import ADMINISTRATORS, MIX, PersonKind, Staff, StaffMember, make_staff
from shared.core.person.account import KeyKind
from shared.core.values.slot import PhoneNumber, PhoneType, number_from_graph
from shared.core.values.states import RowState
from shared.read_settings import read_settings

LIMITS = read_settings({})


@pytest.fixture(scope="module")
def staff() -> Staff:
    return make_staff(300)


def of_kind(staff: Staff, kind: PersonKind) -> list[StaffMember]:
    return [member for member in staff.members if member.kind is kind]


def total(staff: Staff) -> Counter[RowState]:
    return sum(staff.expected.values(), Counter())


def there(member: StaffMember) -> dict[PhoneType, object]:
    assert member.person is not None
    return {PhoneType(name): number_from_graph(text) for name, text in member.person.phones.items()}


def mobile_holders(staff: Staff) -> Counter[PhoneNumber]:
    return Counter(
        number
        for member in staff.members
        for phone_type, number in member.wanted.items()
        if phone_type is not PhoneType.OFFICE
    )


class TestMix:
    def test_one_seed_gives_one_staff(self, staff: Staff) -> None:
        """The same size and seed give the same staff, and so does changing its numbers."""
        assert make_staff(300) == staff
        assert staff.with_changed_numbers(0.1) == make_staff(300).with_changed_numbers(0.1)

    def test_another_seed_gives_another_staff(self, staff: Staff) -> None:
        """The seed matters."""
        assert make_staff(300, seed=7) != staff
        assert staff.with_changed_numbers(0.1) != staff.with_changed_numbers(0.1, seed=7)

    def test_the_shares_are_whole(self) -> None:
        """Every kind has a share, and together they are everybody."""
        assert set(MIX) == set(PersonKind)
        assert pytest.approx(1) == sum(mix.share for mix in MIX.values())

    @pytest.mark.parametrize("size", [0, 1, 2, 10, 99, 100, 301])
    def test_any_size(self, size: int) -> None:
        """A staff has exactly as many people as asked for."""
        assert len(make_staff(size).members) == size

    def test_the_mix_of_three_hundred(self, staff: Staff) -> None:
        """300 people are mixed by the table of shares, to the person."""
        assert Counter(member.kind for member in staff.members) == {
            kind: round(300 * mix.share) for kind, mix in MIX.items()
        }

    def test_a_hundred_people_show_every_kind(self) -> None:
        """From 100 people on, no kind is missing."""
        assert {member.kind for member in make_staff(100).members} == set(PersonKind)

    def test_a_default_run_is_not_held(self, staff: Staff) -> None:
        """300 people stay inside every limit of the gate's defaults."""
        outcomes, unknown = total(staff), len(of_kind(staff, PersonKind.UNKNOWN_USER))
        matched = 300 - unknown
        assert outcomes[RowState.UPDATED] / matched < LIMITS.max_update_share
        assert outcomes[RowState.REFUSED] / matched < LIMITS.max_refused_share
        assert unknown / 300 < LIMITS.max_unmatched_share
        assert outcomes[RowState.CREATED] + outcomes[RowState.UPDATED] < LIMITS.max_writes_unapproved

    def test_the_expected_outcomes(self, staff: Staff) -> None:
        """The table that demo and tests compare with: one state per kind on the first run."""
        assert {
            RowState.CREATED: 201,
            RowState.UNCHANGED: 63,
            RowState.UPDATED: 24,
            RowState.REFUSED: 12,
        } == total(staff)


class TestAccounts:
    def test_the_stand_in_takes_them(self, staff: Staff) -> None:
        """The people obey Graph's rules, so the stand-in can be seeded with all of them but the unknown."""
        assert len(Tenant(staff.people, staff.groups).people) == 300 - len(of_kind(staff, PersonKind.UNKNOWN_USER))

    @pytest.mark.parametrize("key", KeyKind)
    def test_keys_are_unique(self, key: KeyKind) -> None:
        """No two people share an object id, a sign-in name, an employee id or a mail address."""
        keys = [member.keys[key] for member in make_staff(3000).members]
        assert len(set(keys)) == len(keys)

    def test_nobody_is_real(self, staff: Staff) -> None:
        """All addresses are in domains reserved for examples."""
        domains = {
            member.keys[key].rpartition("@")[2]
            for member in staff.members
            for key in (KeyKind.USER_PRINCIPAL_NAME, KeyKind.MAIL)
        }
        assert {"contoso.example", "example.com"} == domains

    def test_greenfield_accounts_are_empty(self, staff: Staff) -> None:
        """A greenfield account has no phone method yet."""
        assert [] == [there(member) for member in of_kind(staff, PersonKind.GREENFIELD) if there(member)]

    def test_same_number(self, staff: Staff) -> None:
        """Where only the spelling differs, the account has exactly the wanted numbers."""
        members = of_kind(staff, PersonKind.SAME_NUMBER_OTHER_SPELLING)
        assert [there(member) for member in members] == [member.wanted for member in members]

    def test_other_number(self, staff: Staff) -> None:
        """Where another number is expected, the main number differs and all others are the wanted ones."""
        for member in of_kind(staff, PersonKind.OTHER_NUMBER):
            differing = [
                phone_type for phone_type in member.wanted if there(member)[phone_type] != member.wanted[phone_type]
            ]
            assert differing == [next(iter(member.wanted))]

    def test_guests(self, staff: Staff) -> None:
        """Guests are guests to Graph, have the long sign-in name, and no usage location to fall back on."""
        guests = [member.person for member in of_kind(staff, PersonKind.GUEST)]
        assert [
            (guest.userType, "#EXT#@" in guest.userPrincipalName, guest.usageLocation) for guest in guests if guest
        ] == [("Guest", True, None)] * 6

    def test_disabled(self, staff: Staff) -> None:
        """Exactly the disabled kind is disabled."""
        disabled = [member.kind for member in staff.members if member.person and not member.person.accountEnabled]
        assert [PersonKind.DISABLED] * 3 == disabled

    def test_administrators(self, staff: Staff) -> None:
        """Exactly the administrators are in the group that holds the role, and HR wants to change their number."""
        admins = [member for member in staff.members if member.person and ADMINISTRATORS.id in member.person.groups]
        assert [PersonKind.ADMINISTRATOR] * 3 == [member.kind for member in admins]
        assert [] == [member for member in admins if there(member) == member.wanted]
        assert [ADMINISTRATORS] == [group for group in staff.groups if group.roles]

    def test_unknown_users(self, staff: Staff) -> None:
        """Exactly the unknown users have a row and no account."""
        assert [PersonKind.UNKNOWN_USER] * 6 == [member.kind for member in staff.members if member.person is None]

    def test_non_ascii_names(self, staff: Staff) -> None:
        """Names may be in any script; sign-in names, as in Entra, may not."""
        members = of_kind(staff, PersonKind.NON_ASCII)
        assert [] == [member.name for member in members if member.name.isascii()]
        assert [] == [member.name for member in members if not member.keys[KeyKind.USER_PRINCIPAL_NAME].isascii()]

    def test_blank_cells(self, staff: Staff) -> None:
        """Some rows ask for nothing."""
        assert [{}] * 3 == [member.wanted for member in of_kind(staff, PersonKind.BLANK_CELLS)]

    def test_a_region_is_always_known(self, staff: Staff) -> None:
        """A blank country cell is only left where the account's usage location is the same country."""
        blank = [member for member in staff.members if not member.country_cell]
        assert 0 < len(blank) < 60
        assert [member.country for member in blank] == [
            member.person.usageLocation for member in blank if member.person
        ]


class TestNumbers:
    MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    OFFICE = (PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)

    def test_every_mobile_could_be_one(self) -> None:
        """Every number of every range is valid in its country as a mobile."""
        assert [] == [
            number
            for country, numbers in mobiles().items()
            for number in numbers
            if not fits(number, country, self.MOBILE)
        ]

    def test_every_office_number_could_be_one(self) -> None:
        """Every number of every range is valid in its country as an office number."""
        assert [] == [
            number
            for country, numbers in OFFICES.items()
            for number in numbers
            if not fits(number, country, self.OFFICE)
        ]

    def test_people_without_mobile(self, staff: Staff) -> None:
        """In countries without fictional mobiles people have an office number only; everywhere else a mobile."""
        assert {(True, PhoneType.MOBILE), (False, PhoneType.OFFICE)} == {
            (member.country in mobiles(), next(iter(member.wanted))) for member in staff.members if member.wanted
        }

    def test_every_country_and_every_type_occurs(self, staff: Staff) -> None:
        """300 people work everywhere, some have alternates, some office numbers, some of those with an extension."""
        assert set(COUNTRIES) == {member.country for member in staff.members}
        assert {phone_type for member in staff.members for phone_type in member.wanted} == set(PhoneType)
        with_extension = [
            member for member in staff.members if any(number.extension for number in member.wanted.values())
        ]
        assert 20 < len(with_extension) < 75

    def test_hardly_anybody_shares_a_mobile(self) -> None:
        """Among 30,000 people no mobile has more than two holders, neither in the first export nor in the next."""
        large = make_staff(30_000)
        assert 1 == max(mobile_holders(large).values())
        assert max(mobile_holders(large.with_changed_numbers(0.5)).values()) <= MAX_PEOPLE_PER_MOBILE
        assert MAX_PEOPLE_PER_MOBILE == LIMITS.max_same_mobile

    def test_the_numbers_run_out_aloud(self) -> None:
        """When every American mobile has two holders, the next draw is an error and not a third holder."""
        american = mobiles()["US"]
        dealer = NumberDealer(seeded(), held=american * 2)
        with pytest.raises(ValueError, match="staff is too large"):
            dealer.draw(PhoneType.MOBILE, "US")
        dealer = NumberDealer(seeded(), held=american + american[1:])
        assert dealer.draw(PhoneType.MOBILE, "US") == american[0]


def seeded() -> random.Random:
    return random.Random(1)


def fits(number: PhoneNumber, country: str, line_types: tuple[int, ...]) -> bool:
    """The library's type of a line is UNKNOWN when the number is invalid."""
    known = phonenumbers.PhoneNumber(number.country_code, int(number.national))
    return phonenumbers.region_code_for_number(known) == country and phonenumbers.number_type(known) in line_types


class TestNextExport:
    def test_the_share_changes(self, staff: Staff) -> None:
        """A tenth of the 285 people who want a number and were not refused get another main number, nobody else."""
        following = staff.with_changed_numbers(0.1)
        changed = [
            (before, after)
            for before, after in zip(staff.members, following.members, strict=True)
            if before.wanted != after.wanted
        ]
        assert 28 == len(changed)
        for before, after in changed:
            main = next(iter(before.wanted))
            assert after.wanted == {**before.wanted, main: after.wanted[main]}
            assert RowState.UPDATED is after.expected

    def test_what_it_expects(self, staff: Staff) -> None:
        """Changed people are updated, refused ones refused again, all others unchanged."""
        assert {
            RowState.UPDATED: 28,
            RowState.REFUSED: 12,
            RowState.UNCHANGED: 260,
        } == total(staff.with_changed_numbers(0.1))

    def test_the_directory_in_between(self, staff: Staff) -> None:
        """Before the next export people have what the first one wanted; the refused have what they had."""
        for before, after in zip(staff.members, staff.with_changed_numbers(0.1).members, strict=True):
            if before.expected is RowState.REFUSED:
                assert after.person == before.person
            else:
                assert there(after) == before.wanted

    @pytest.mark.parametrize(("share", "updated"), [(0, 0), (1, 285)])
    def test_nobody_and_everybody(self, staff: Staff, share: float, updated: int) -> None:
        """A share of none changes nothing, a share of one changes everybody who can change."""
        assert total(staff.with_changed_numbers(share))[RowState.UPDATED] == updated
