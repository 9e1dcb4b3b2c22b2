"""What the columns of a file mean by their headings, values and neighbours, and what is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.columns import TOGETHER, ColumnMap, PhoneColumns, positions, with_choices
from shared.core.export.fields import PARTS, Field
from shared.core.export.file_mapping import Chosen, FileMapping, Use
from shared.core.export.header import HeaderRules, MergedRange
from shared.core.export.headings.heading import Role
from shared.core.export.mapping_json import mapping_from_text, mapping_to_text
from shared.core.person.account import KeyKind
from shared.core.values.said import NOTHING
from shared.core.values.slot import PhoneType
from tests.core.export.former_aliases import FIELD_BY_HEADER
from tests.core.export.mapped import Value, column, columns_of, in_doubt, mapping_of, phones, used, why_ignored

MOBILE, ALTERNATE, OFFICE = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE
M, O = "+49 171 1234567", "+49 30 23125678"  # noqa: E741 - a mobile and an office number
Rows = tuple[tuple[Value, ...], ...]


@pytest.mark.parametrize(
    "heading",
    ["mobilePhone", "Mobile Phone", "MOBILE_PHONE", " mobile-phone ", "Mobile phone no.", "mobile\u00a0phone"],
)
def test_case_spaces_and_underscores_do_not_matter(heading: str) -> None:
    """A heading is known by its letters alone."""
    assert ((MOBILE, 1),) == phones(columns_of("UPN", heading))


@pytest.mark.parametrize(
    ("employee", "mobile", "office", "country"),
    [
        ("Employee ID", "Mobile number", "Business phone", "Country"),
        ("Personalnummer", "Mobilfunknummer", "Telefon geschäftlich", "Land"),
        ("Matricule", "Téléphone portable", "Téléphone professionnel", "Pays"),
        ("Número de empleado", "Teléfono móvil", "Teléfono de oficina", "País"),
        ("Matricola", "Numero di cellulare", "Telefono ufficio", "Paese"),
        ("Personeelsnummer", "Mobiel nummer", "Zakelijk telefoonnummer", "Landcode"),
        ("Matrícula", "Número de telemóvel", "Telefone comercial", "País"),
        ("Numer pracownika", "Telefon komórkowy", "Telefon służbowy", "Kraj"),
        ("Anställningsnummer", "Mobilnummer", "Arbetstelefon", "Land"),
        ("Ansattnummer", "Mobiltelefon", "Kontortelefon", "Landkode"),
        ("Medarbejdernummer", "Mobilnr.", "Arbejdstelefon", "Landekode"),
    ],
)
def test_an_export_in_each_language(employee: str, mobile: str, office: str, country: str) -> None:
    """The usual headings of HR systems are known in eleven languages."""
    assert columns_of(employee, mobile, office, country) == ColumnMap(
        (KeyKind.EMPLOYEE_ID, 0), phones=(PhoneColumns(MOBILE, 1), PhoneColumns(OFFICE, 2)), country=3
    )


@pytest.mark.parametrize(
    ("headings", "key"),
    [
        (("mail", "employeeId", "UPN", "objectId", "mobile"), (KeyKind.OBJECT_ID, 3)),
        (("mail", "employeeId", "userPrincipalName", "mobile"), (KeyKind.USER_PRINCIPAL_NAME, 2)),
        (("E-Mail", "Personalnummer", "mobile"), (KeyKind.EMPLOYEE_ID, 1)),
        (("E-Mail", "Name", "mobile"), (KeyKind.MAIL, 0)),
        (("User name [userPrincipalName] Required", "mobile"), (KeyKind.USER_PRINCIPAL_NAME, 0)),
    ],
)
def test_one_key_column_by_precedence(headings: tuple[str, ...], key: tuple[KeyKind, int]) -> None:
    """Object id before sign-in name before employee id before mail; the other keys are noted."""
    mapping = mapping_of(headings)
    assert columns_of(*headings).key == key
    assert set(why_ignored(mapping)) == set(range(len(headings) - 1)) - {key[1]}


def test_email_is_a_key_and_nothing_more() -> None:
    """A plain e-mail column is the company mailbox; it never fills the e-mail slot."""
    assert columns_of("Email", "mobile").email is None
    assert {1: "the column of userPrincipalName already identifies the person"} == why_ignored(
        mapping_of(("UPN", "Email", "mobile"))
    )


@pytest.mark.parametrize(
    "heading",
    [
        "authenticationEmail",
        "SSPR email",
        "private_email",
        "alternateEmail",
        "recovery email",
        "Private E-Mail",
        "E-mail personnel",
        "Correo personal",
        "Email personale",
        "Privé e-mailadres",
        "E-mail pessoal",
        "Prywatny e-mail",
        "Privat e-post",
    ],
)
def test_the_email_slot_has_explicit_headings(heading: str) -> None:
    """Only a heading that says so means the e-mail slot."""
    columns = columns_of("UPN", heading)
    assert (1, ()) == (columns.email, columns.phones)


@pytest.mark.parametrize(
    "heading", ["telephoneNumber", "Phone", "Telefon", "Téléphone", "Teléfono", "Telefoon", "Tlf."]
)
def test_a_plain_phone_means_the_default_type_only_when_alone(heading: str) -> None:
    """`telephoneNumber` takes the default phone type; beside any other phone column it is not used."""
    assert ((MOBILE, 1),) == phones(columns_of("UPN", heading))
    assert ((OFFICE, 1),) == phones(columns_of("UPN", heading, default=OFFICE))
    assert ((MOBILE, 2),) == phones(columns_of("UPN", heading, "mobile"))
    assert {1: "beside another phone column it is not clear which phone type it is"} == why_ignored(
        mapping_of(("UPN", heading, "mobile"))
    )
    mapped = columns_of("UPN", heading, "mobile", column_map={heading: "office"})
    assert ((MOBILE, 2), (OFFICE, 1)) == phones(mapped)


@pytest.mark.parametrize("headings", [("mobile", "Handy"), ("phone", "telephone")])
def test_of_two_columns_of_one_meaning_none_is_proposed(headings: tuple[str, str]) -> None:
    """Two columns for one slot are both in doubt, until COLUMN_MAP says which."""
    mapping = mapping_of(("UPN", "alternateEmail", *headings), ("a@b.example", "", M, M))
    assert {"C": "ignore", "D": "ignore"} == in_doubt(mapping)
    by_hand = mapping_of(("UPN", *headings), column_map={headings[1]: "mobile"})
    assert ({"A": "userPrincipalName", "C": "mobile"}, {}) == (used(by_hand), in_doubt(by_hand))


def test_column_map_goes_before_every_heading() -> None:
    """A mapped heading means what the map says, whatever it looks like; its spelling does not matter."""
    mapping = mapping_of(
        ("UPN", "Tel. 3", "mobile", "Code"),
        column_map={"tel 3": "alternateMobile", "MOBILE": "office", "code": "ignore"},
    )
    assert {"A": "userPrincipalName", "B": "alternateMobile", "C": "office"} == used(mapping)
    assert {3: "COLUMN_MAP says so"} == why_ignored(mapping)


ROLES_OF_ONE_COLUMN = [
    *(Role(field) for field in Field if field not in {*TOGETHER, *PARTS, Field.IGNORE}),
    *(Role(part, phone) for part in sorted(PARTS) for phone in PhoneType),
]


@pytest.mark.parametrize("role", ROLES_OF_ONE_COLUMN, ids=str)
def test_of_two_columns_that_column_map_names_for_one_role_none_is_used(role: Role) -> None:
    """It is for all files, so it does not say which one holds in a file that has both; an approver does."""
    rows = (
        ("userPrincipalName", "mobile", "office", "alternateMobile", "First", "Second"),
        ("a@b.example", "171 1234567", "30 23125678", "171 1234568", "49", "44"),
    )
    names = {"First": str(role), "Second": str(role)}
    mapping = mapping_of(*rows, column_map=names)
    for letters in ("E", "F"):
        assert (letters, Use.USED) != (letters, column(mapping, letters).use)

    chosen = mapping_of(*rows, column_map=names, choices={5: Chosen(role, "somebody")})
    assert "E" not in {**used(chosen), **in_doubt(chosen)}


def test_of_keys_of_two_kinds_one_identifies_the_person_whoever_names_them() -> None:
    """The order of kinds decides, unless a person does; the mapping names the column whose cells are read."""
    rows = (("Nr", "Login", "mobile"), ("4711", "a@b.example", M))
    names = {"Nr": "employeeId", "Login": "userPrincipalName"}
    for choices, key in (({}, "B"), ({0: Chosen(Role(Field.EMPLOYEE_ID), "somebody")}, "A")):
        mapping = mapping_of(*rows, column_map=names, choices=choices)
        found = positions(mapping)
        assert found is not None
        assert mapping.key is not None
        assert [key] == [letters for letters in used(mapping) if letters != "C"]
        assert (key, found.key[1]) == (mapping.key.letters, mapping.key.index)
        assert 1 == len(mapping.other_keys)


def test_what_two_people_choose_for_one_role_is_refused() -> None:
    mapping = mapping_of(("UPN", "mobile", "Tel 2"), ("a@b.example", M, O))
    first = with_choices(mapping, {"B": "mobile"}, "somebody")
    with pytest.raises(ValueError, match="two columns are chosen as"):
        with_choices(first, {"C": "mobile"}, "somebody else")
    both = with_choices(first, {"B": "ignore", "C": "mobile"}, "somebody else")
    assert {"A": "userPrincipalName", "C": "mobile"} == used(both)


@pytest.mark.parametrize("spelling", ["{:02}:{:02}", "{:02}:{:02}:00", "{}.{:02}", "{}h{:02}", "{:02}:{:02} - 17:00"])
@pytest.mark.parametrize("heading", ["Time", "Uhrzeit", "Shift", "Beginn", "Von", "Erreichbar ab", "Zz"])
def test_times_of_day_leave_the_phone_beside_them_alone(heading: str, spelling: str) -> None:
    """Whatever is thought of their own column."""
    times = [spelling.format(7 + number % 3, 15 * (number % 4)) for number in range(6)]
    rows = [(f"E{number}", f"0171 12345{number:02}", time) for number, time in enumerate(times)]
    mapping = mapping_of(("employeeId", "mobile", heading), *rows)
    assert "mobile" == used(mapping).get("B")
    assert "C" not in used(mapping)


def test_a_chosen_status_column_is_not_replaced_by_its_heading() -> None:
    """Of two status columns the one in COLUMN_MAP holds, also where the other stands first."""
    rows = (("Employee ID", "Status", "Zz", "Mobile"), ("1", "Terminated", "Left", M))
    assert "status" == used(mapping_of(*rows, column_map={"Zz": "status"})).get("C")


def test_our_own_result_columns_are_recognised() -> None:
    """A result workbook can be uploaded again: what the app added is neither read nor in doubt."""
    mapping = mapping_of(("UPN", "Phone methods: outcome", "mobile", "Anmeldetelefon: Vorschlag"))
    assert ["B", "D"] == [one.letters for one in mapping.columns if one.use is Use.OURS]
    assert ({}, {}) == (why_ignored(mapping), in_doubt(mapping))


@pytest.mark.parametrize(
    "values",
    [
        (),
        ("UPN",),
        ("mobile",),
        ("UPN", "Country"),
        ("Export of 21 November", "", ""),
        ("person@contoso.example", "+31612345678"),
    ],
)
def test_what_is_no_header_row(values: tuple[str, ...]) -> None:
    """A header names what identifies the person and asks for something; titles, data and halves of a header do not."""
    assert HeaderRules().find([(1, values)]) is None


def test_a_missing_column_is_refused_with_the_nearest() -> None:
    """The refusal names the candidates of the row that comes nearest to a header."""
    person = HeaderRules().explain_missing([("Export",), ("Usernme", "Mobile", "Username"), ("a", "b")])
    assert "noPersonColumn" == person.code
    assert "`Username`" in person.message
    phone = HeaderRules().explain_missing([("Email", "Mobil Phoen")])
    assert "noPhoneColumn" == phone.code
    assert "`Mobil Phoen`" in phone.message


def test_a_refusal_echoes_no_person() -> None:
    """Without a header the first rows are data: neither names, nor numbers, nor addresses are repeated."""
    row = ("Jan Jansen", "+31612345678", "mobil@contoso.example", "mobile 0612345678", "E17")
    refused = HeaderRules().explain_missing([row])
    assert "noPersonColumn" == refused.code
    assert not any(value in refused.message for value in row)


def test_a_heading_that_looks_like_a_value_is_not_shown() -> None:
    """A column headed by a number or an address is named by its letters alone."""
    mapping = mapping_of(("UPN", "mobile", "+31612345678", "jan@contoso.example"))
    assert ["", ""] == [column(mapping, letters).heading for letters in "CD"]


_MISTYPED = (49, 33, 31, 35)
OBSERVED: dict[str, tuple[Rows, dict[str, str], dict[str, str]]] = {
    "area code": (
        (("Personalnummer", "Vorwahl", "Telefon Büro"), ("1", "030", "23125678")),
        {"A": "employeeId", "B": "areaCode", "C": "office"},
        {},
    ),
    "calling code": (
        (("Employee ID", "International Phone Code", "Mobile Phone"), *(((str(n), 41, 791234567)) for n in range(30))),
        {"A": "employeeId", "B": "callingCode", "C": "mobile"},
        {},
    ),
    "prefix": (
        (("Employee ID", "Prefix", "Mobile"), ("1", "+33", "612345678")),
        {"A": "employeeId", "B": "callingCode", "C": "mobile"},
        {},
    ),
    "prefix of names": (
        (("Employee ID", "Prefix", "Mobile"), ("1", "Dr.", M)),
        {"A": "employeeId", "C": "mobile"},
        {},
    ),
    "code and area": (
        (("Employee ID", "Office Country Code", "Office Area Code", "Office Phone"), ("1", 49, 30, 2345678)),
        {"A": "employeeId", "B": "office.callingCode", "C": "office.areaCode", "D": "office"},
        {},
    ),
    "country code that is a country": (
        (("Employee ID", "Country Code", "Mobile"), ("1", "DE", "0171 1234567")),
        {"A": "employeeId", "B": "country", "C": "mobile"},
        {},
    ),
    "country code that is a calling code": (
        (("Employee ID", "Country Code", "Mobile"), ("1", "+49", "0171 1234567")),
        {"A": "employeeId", "B": "callingCode", "C": "mobile"},
        {},
    ),
    "work country": (
        (("Employee ID", "Office Phone", "Work Country"), ("1", "020 1234567", "NL")),
        {"A": "employeeId", "B": "office", "C": "country"},
        {},
    ),
    "emergency contact": (
        (("Employee ID", "Emergency Contact", "Relationship", "Contact Phone"), ("1", "B. Example", "spouse", M)),
        {"A": "employeeId"},
        {"D": "ignore"},
    ),
    "phone behind another person": (
        (("Employee ID", "Emergency Contact", "Mobile"), ("1", "B. Example", M)),
        {"A": "employeeId"},
        {"C": "ignore"},
    ),
    "one row per phone": (
        (("Employee ID", "Phone Type", "Phone Number"), ("1", "Fax", M), ("1", "Mobile", M)),
        {"A": "employeeId", "B": "phoneType", "C": "phone"},
        {},
    ),
    "calling codes of which one is mistyped": (
        (
            ("Employee ID", "Country Code", "Mobile"),
            *((str(n), code, "171 1234567") for n, code in enumerate(_MISTYPED)),
        ),
        {"A": "employeeId", "B": "callingCode", "C": "mobile"},
        {},
    ),
    "codes of no country": (
        (("Employee ID", "Country Code", "Mobile"), ("1", 5, "171 1234567"), ("2", 35, "171 1234567")),
        {"A": "employeeId"},
        {"B": "ignore", "C": "ignore"},
    ),
    "types that are not known": (
        (("Employee ID", "Phone Type", "Phone Number"), ("1", "Kompass", M), ("1", "Mobile", M)),
        {"A": "employeeId", "C": "phone"},
        {"B": "phoneType"},
    ),
    "weak beside strong": (
        (("Employee ID", "Phone", "Work Cell"), ("1", O, M)),
        {"A": "employeeId", "C": "mobile"},
        {},
    ),
    "office is a room": (
        (("Employee ID", "Office", "Mobile"), ("1", 30123, M)),
        {"A": "employeeId", "C": "mobile"},
        {"B": "ignore"},
    ),
    "office is a place": (
        (("Employee ID", "Office", "Mobile"), ("1", "New York", M)),
        {"A": "employeeId", "C": "mobile"},
        {},
    ),
    "a misspelt heading": (
        (("Employee ID", "Moblie phone", "Office phone"), ("1", M, O)),
        {"A": "employeeId", "C": "office"},
        {"B": "ignore"},
    ),
    "a blank heading": (
        (("Employee ID", "Mobile", ""), ("1", "171 1234567", "+49")),
        {"A": "employeeId", "B": "mobile"},
        {"C": "callingCode"},
    ),
    "a column behind the last heading": (
        (("Employee ID", "Mobile"), ("1", M, O)),
        {"A": "employeeId", "B": "mobile"},
        {"C": "ignore"},
    ),
    "extensions": (
        (("Employee ID", "Office Phone", "Extension", "Mobile"), ("1", O, "12", M)),
        {"A": "employeeId", "B": "office", "C": "office.extension", "D": "mobile"},
        {},
    ),
    "a code that may belong to either phone": (
        (("Employee ID", "Calling code", "Office Phone", "Mobile"), ("1", "+49", "30 23125678", "171 1234567")),
        {"A": "employeeId"},
        {"B": "ignore", "C": "ignore", "D": "ignore"},
    ),
    "status": (
        (("Employee ID", "Status", "Termination Date", "Mobile"), ("1", "Terminated", "2024-01-31", M)),
        {"A": "employeeId", "B": "status", "C": "leftOn", "D": "mobile"},
        {},
    ),
}


@pytest.mark.parametrize("name", OBSERVED)
def test_layouts_of_real_systems(name: str) -> None:
    """Each column is used for what it is, ignored, or in doubt with one proposal."""
    rows, expected_used, expected_in_doubt = OBSERVED[name]
    mapping = mapping_of(*rows)
    assert (expected_used, expected_in_doubt) == (used(mapping), in_doubt(mapping))


def test_a_hidden_twin_is_in_doubt() -> None:
    """Of a hidden and a visible column for one slot, none is proposed; a hidden column alone is."""
    mapping = mapping_of(("Employee ID", "Mobile", "Mobile phone"), ("1", M, M), hidden=[1])
    assert {"B": "ignore", "C": "ignore"} == in_doubt(mapping)
    assert {"B": "mobile"} == in_doubt(mapping_of(("Employee ID", "Mobile"), ("1", M), hidden=[1]))


def test_groups_say_whose_a_phone_is() -> None:
    """Under a group heading of another person nothing is used, whatever the heading below."""
    merges = [MergedRange(1, 1, 1, 2), MergedRange(1, 3, 1, 4)]
    contact = mapping_of(
        ("Employee", "", "Emergency contact", ""),
        ("Employee ID", "Name", "Name", "Mobile phone"),
        ("1", "A", "B", M),
        merges=merges,
    )
    assert ({"A": "employeeId"}, 2) == (used(contact), contact.header_row)
    manager = mapping_of(
        ("Manager", "", "Employee", ""),
        ("Employee ID", "E-mail", "Work email", "Mobile"),
        ("1", "a@contoso.example", "b@contoso.example", M),
        merges=merges,
    )
    assert {"C": "mail", "D": "mobile"} == used(manager)
    without_merges = mapping_of(
        ("Employee", "", "Emergency contact", ""), ("Employee ID", "Mobile", "Name", "Mobile"), ("1", M, "B", M)
    )
    assert {"A": "employeeId", "B": "mobile"} == used(without_merges)


def test_an_approver_can_choose_otherwise() -> None:
    """A choice replaces the proposal; choices that leave nothing to do are refused in words."""
    mapping = mapping_of(("Employee ID", "Moblie phone", "Office phone"), ("1", M, O))
    chosen = with_choices(mapping, {"B": "mobile"}, "someone")
    assert {"A": "employeeId", "B": "mobile", "C": "office"} == used(chosen)
    assert () == chosen.concerns()
    for choices, words in (
        ({"Z": "mobile"}, "no column Z"),
        ({"B": "mobile", "C": "mobile"}, "two columns are chosen as the mobile phone"),
        ({"C": "ignore"}, "no column holds a phone"),
        ({"A": "ignore", "B": "mobile"}, "no column identifies"),
        ({"B": "moblie"}, "no column role moblie"),
        ({"B": M}, "no column role of that name$"),
    ):
        with pytest.raises(ValueError, match=words):
            with_choices(mapping, choices, "someone")


def test_a_mapping_survives_its_stored_form() -> None:
    """The stored form loses nothing."""
    for rows, _, _ in OBSERVED.values():
        mapping = mapping_of(*rows)
        assert mapping == mapping_from_text(mapping_to_text(mapping))


@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(sorted(FIELD_BY_HEADER))), max_size=12))
def test_every_column_is_used_or_explained(headings: list[str]) -> None:
    """Whatever the header row, each column with a heading is used, ours, in doubt, or explained."""
    if HeaderRules().find([(1, headings)]) is None:
        return
    mapping = mapping_of(headings)
    for one in mapping.columns:
        if any(map(str.isalnum, headings[one.index])):
            assert one.use in (Use.USED, Use.PART, Use.OURS) or one.why
    assert _one_column_per_role(mapping)
    assert positions(mapping) is not None or not used(mapping)


def _one_column_per_role(mapping: FileMapping) -> bool:
    roles = [str(one.role) for one in mapping.columns if one.role is not None and one.use is not Use.IGNORED]
    return len(roles) == len(set(roles))


def test_a_hidden_column_changes_the_kinds() -> None:
    """The kinds of a column say that it is hidden, so that a layout with it is another layout."""
    rows = (("Employee ID", "Mobile"), ("1", M))
    shown, hidden = mapping_of(*rows), mapping_of(*rows, hidden=[1])
    assert replace(column(hidden, "B"), use=Use.USED, why=NOTHING, kinds=()) == replace(
        column(shown, "B"), why=NOTHING, kinds=()
    )
    assert "hidden" in column(hidden, "B").kinds


def test_a_blank_row_above_the_header_groups_nothing() -> None:
    """A row whose cells hold empty texts is neither a title nor a row of groups."""
    mapping = mapping_of(("", "", ""), ("Employee ID", "Mobile", "Name"), ("1", M, "A"))
    assert {"A": "employeeId", "B": "mobile"} == used(mapping)


def test_a_misspelt_status_stays_in_doubt() -> None:
    """Phones that name their countries settle what countries mean, and nothing about people who have left."""
    mapping = mapping_of(("Employee ID", "Mobile", "Zzstat"), ("1", M, "Terminated"), ("2", M, "Active"))
    assert {"C": "status"} == in_doubt(mapping)


_DAYS = ("2024-01-31", "2087-01-01")
_TYPES = ("Home", "Mobile")
DOUBTS: dict[str, tuple[Sequence[str], Sequence[Sequence[Value]], dict[str, str]]] = {
    **{
        f"days under {heading or 'a blank heading'}": (
            ("Employee ID", "Mobile", heading),
            [("1", M, _DAYS[0]), ("2", M, _DAYS[1])],
            {"B": "ignore", "C": "ignore"},
        )
        for heading in ("Terminaton date", "Leavnig date", "Valid form", "Contratc end", "Qrx", "", "Date")
    },
    **{
        f"{active} and {left} under {heading or 'a blank heading'}": (
            ("Employee ID", "Mobile", heading),
            [("1", M, left), ("2", M, active), ("3", M, active)],
            {"C": "status"},
        )
        for heading in ("Emplyoment state", "Sttaus", "Qrx", "")
        for active in ("Active", "Working")
        for left in ("Terminated", "Zqx")
    },
    **{
        f"types of phones under {heading or 'a blank heading'}": (
            ("Employee ID", heading, "Phone number"),
            [("1", _TYPES[0], M), ("2", _TYPES[1], M), ("3", "Emergency", M), ("4", "Fax", M)],
            {"B": "ignore", "C": "ignore"},
        )
        for heading in ("numbber type", "Qrx", "", "Type of numbr", "Department", "Work location", "Kind")
    },
    "types beside a mobile": (
        ("Employee ID", "Phone type", "Mobile"),
        [("1", _TYPES[0], M), ("2", _TYPES[1], M)],
        {"B": "ignore", "C": "ignore"},
    ),
    "types under another heading beside a mobile": (
        ("Employee ID", "Category", "Mobile"),
        [("1", _TYPES[0], M), ("2", _TYPES[1], M)],
        {"B": "ignore", "C": "ignore"},
    ),
    **{
        f"extensions under {heading or 'a blank heading'}": (
            ("Employee ID", "Office phone", heading, "Mobile"),
            [("1", "+49 30 23125", "123", M), ("2", "+49 30 23126", "4567", M)],
            {"B": "ignore", "C": "ignore"},
        )
        for heading in ("", "Qrx", "Extensoin", "Number")
    },
    "extensions as people write them": (
        ("Employee ID", "Office phone", "", "Mobile"),
        [("1", "+49 30 23125", "x123", M), ("2", "+49 30 23126", "ext. 4567", M)],
        {"B": "ignore", "C": "ignore"},
    ),
    "extensions before the phone": (
        ("Employee ID", "", "Office phone"),
        [("1", "12", "+49 30 23125"), ("2", "345", "+49 30 23126")],
        {"B": "ignore", "C": "ignore"},
    ),
    **{
        f"calling codes under {heading or 'a blank heading'}": (
            ("Employee ID", heading, "Mobile"),
            [("1", "+33", "612345678"), ("2", "+49", "171 1234567")],
            {"B": "callingCode"},
        )
        for heading in ("Qrx", "", "Department", "Grade")
    },
    "plain codes that may be calling codes": (
        ("Employee ID", "Qrx", "Mobile"),
        [("1", 33, "612345678"), ("2", 49, "171 1234567")],
        {"B": "ignore", "C": "ignore"},
    ),
    "an unknown country beside national numbers": (
        ("Employee ID", "Mobile", "Office phone", "Qrx"),
        [("1", "612345678", O, "FR"), ("2", "171 1234567", O, "DE")],
        {"B": "ignore", "D": "ignore"},
    ),
    "the country of the home beside national numbers": (
        ("Employee ID", "Home country", "Office phone"),
        [("1", "FR", "030 23125678")],
        {"B": "ignore", "C": "ignore"},
    ),
    "extensions under a word that looks like a messenger": (
        ("Employee ID", "Office phone", "linenummer"),
        [("1", O, "929"), ("2", O, "4728")],
        {"B": "ignore", "C": "ignore"},
    ),
    **{
        f"the rest of a number under {heading or 'a blank heading'}, behind its {part}": (
            ("Employee ID", f"Mobile {part}", heading, "Building", "Private mobile"),
            [("1", code, "000846", "North", "+32 450 00 88 37"), ("2", code, "006962", "South", "+32 450 00 92 20")],
            {"C": "ignore", "E": "ignore"},
        )
        for heading in ("Nr", "Number", "Qrx", "")
        for part, code in (("area code", "450"), ("country code", "32"))
    },
    "the rest of a number before its area code": (
        ("Employee ID", "Nr", "Mobile area code", "Building", "Private mobile"),
        [("1", "000846", "450", "North", "+32 450 00 88 37"), ("2", "006962", "450", "South", "+32 450 00 92 20")],
        {"B": "ignore", "E": "ignore"},
    ),
    "an area code of another phone": (
        ("Employee ID", "Work area code", "Work mobile", "Office phone"),
        [("1", "30", "23125678", "23125679")],
        {"B": "ignore", "C": "ignore", "D": "ignore"},
    ),
}
"""Headings, rows, and the columns in doubt with their proposals; the other columns are used or ignored."""


@pytest.mark.parametrize("name", DOUBTS)
def test_values_that_matter_are_in_doubt_under_any_heading(name: str) -> None:
    """What such a column could change waits for the decision about it."""
    headings, rows, expected = DOUBTS[name]
    assert expected == in_doubt(mapping_of(headings, *rows))


@pytest.mark.parametrize(
    ("codes", "look"),
    [((33, 49), "its values look like calling codes"), ((5, 100), "its values may be a part of the numbers")],
)
def test_only_codes_of_countries_look_like_calling_codes(codes: Sequence[int], look: str) -> None:
    rows = [("1", codes[0], "612345678"), ("2", codes[1], "171 1234567")]
    assert look in column(mapping_of(("Employee ID", "Qrx", "Mobile"), *rows), "B").why


def test_the_area_code_of_a_landline_joins_the_only_phone() -> None:
    mapping = mapping_of(("Employee ID", "Landline area code", "Office phone"), ("1", "030", "23125678"))
    assert {"A": "employeeId", "B": "areaCode", "C": "office"} == used(mapping)


CALM: dict[str, tuple[Sequence[str], Sequence[Sequence[Value]]]] = {
    "a country of the home beside numbers with their countries": (
        ("Employee ID", "Home country", "Office phone"),
        [("1", "FR", O)],
    ),
    "short numbers beside a mobile that is complete": (("Employee ID", "Mobile", "Qrx"), [("1", M, 40)]),
    "jobs that are words for other people's phones": (("Employee ID", "Job title", "Mobile"), [("1", "Manager", M)]),
    "zeros for no phone": (("Employee ID", "Mobile", "Office phone"), [("1", M, 0), ("2", M, O)]),
    "ids of another system": (
        ("UPN", "id", "Mobile"),
        [("a@b.example", "00000000-0000-4000-8000-000000000001", M)],
    ),
    "types under a known heading beside phones of their own": (
        ("Employee ID", "Department", "Mobile", "Office phone"),
        [("1", "Home", M, O), ("2", "Mobile", M, O)],
    ),
    "the country of a home beside that of the work place": (
        ("Employee ID", "Home country", "Work country", "Mobile"),
        [("1", "FR", "DE", "0171 1234567")],
    ),
}


@pytest.mark.parametrize("name", CALM)
def test_what_cannot_change_a_number_holds_nothing(name: str) -> None:
    headings, rows = CALM[name]
    assert {} == in_doubt(mapping_of(headings, *rows))


@pytest.mark.parametrize("group", ["Emergency contact", "Emrgency contact", "Blorp"])
@pytest.mark.parametrize("merged", [True, False])
def test_columns_under_a_group_of_others_are_never_used(group: str, merged: bool) -> None:  # noqa: FBT001 - a case
    """The last group reaches the columns behind its text, with or without merged cells, and so does a single one."""
    below = ("Employee ID", "Mobile", "Name", "Mobile")
    rows = [("1", M, "B. Example", M)]
    merges = [MergedRange(1, 3, 1, 4)] if merged else []
    for above in (("Employee", "", group), ("", "", group)):
        mapping = mapping_of(above, below, *rows, merges=merges)
        assert "D" not in used(mapping)
        assert in_doubt(mapping).get("D") in (None, "ignore")


_DAY = "2022-04-01"
SPILLED: dict[str, tuple[Value, dict[str, str]]] = {
    "Effective date": (_DAY, {"D": "ignore", "B": "ignore"}),
    "Termination date": (_DAY, {"D": "ignore", "B": "ignore"}),
    "Qrx": (_DAY, {"D": "ignore", "B": "ignore"}),
    "Status": ("Active", {"D": "ignore", "B": "ignore"}),
    "Terminated": ("no", {"D": "ignore", "B": "ignore"}),
    "Country": ("NL", {"D": "ignore", "B": "ignore"}),
    "Country calling code": ("+31", {"D": "ignore", "B": "ignore"}),
    "Phone type": ("Home", {"D": "ignore", "B": "ignore"}),
    "User principal name": ("a@contoso.example", {"D": "ignore"}),
    "Mobile phone": ("0151 23456789", {"D": "ignore"}),
    "Name": ("B. Example", {}),
}


@pytest.mark.parametrize("group", ["Emergency contact", "Former", "Fax"])
@pytest.mark.parametrize("heading", SPILLED)
def test_a_group_may_end_before_a_column(group: str, heading: str) -> None:
    """What qualifies rows or numbers is in doubt under a group that reaches it only by assumption, not by a merge."""
    value, doubts = SPILLED[heading]
    above, below = ("", "Staff", group, "", "Department"), ("Employee ID", "Mobile", "Name", heading, "Team")
    row = ("1", "0171 2345678", "B. Example", value, "North")
    mapping = mapping_of(above, below, row)
    assert doubts.keys() <= in_doubt(mapping).keys()
    assert "D" not in used(mapping)
    assert ("B" in used(mapping)) is ("B" not in doubts)


@pytest.mark.parametrize("heading", sorted(SPILLED.keys() - {"Qrx", "Country calling code", "Phone type"}))
def test_a_merged_group_ends_where_it_ends(heading: str) -> None:
    """What it holds matters only where its values contradict the heading."""
    value, _ = SPILLED[heading]
    above, below = ("", "Emergency contact", "", "Staff", ""), ("Employee ID", "Name", heading, "Mobile", "Team")
    merges = [MergedRange(1, 2, 1, 3), MergedRange(1, 4, 1, 5)]
    mapping = mapping_of(above, below, ("1", "B. Example", value, M, "North"), merges=merges)
    assert {"A": "employeeId", "D": "mobile"} == used(mapping)
    assert {} == in_doubt(mapping)


def test_a_group_without_a_merge_beside_merged_ones_reaches_the_blank_cells() -> None:
    """Only one of the groups is merged: the other one still is the group of the cells to its right."""
    above, below = ("Employee", "", "Emergency contact", ""), ("Employee ID", "Office", "Name", "Mobile")
    mapping = mapping_of(above, below, ("1", O, "B. Example", M), merges=[MergedRange(1, 1, 1, 2)])
    assert "D" not in used(mapping)


@pytest.mark.parametrize(
    ("headings", "values"),
    [
        (("Emergency contact", "Country"), ("B. Example", "NL")),
        (("Emergency contact", "Phone", "Country"), ("B. Example", M, "NL")),
        (("Emergency contact", "Country code", "Mobile"), ("B. Example", "+31", "612345678")),
        (("Spouse", "Area code", "Phone"), ("B. Example", "030", "2345678")),
        (("Next of kin", "Phone", "Mobile"), ("B. Example", O, M)),
        (("Qrx", "Calling code", "Mobile"), ("B. Example", "+31", "612345678")),
    ],
)
def test_parts_and_countries_behind_another_person_change_no_number(
    headings: Sequence[str], values: Sequence[Value]
) -> None:
    """They may be those of the other person, so that national numbers wait for the decision."""
    mapping = mapping_of(("Employee ID", "Office phone", *headings), ("1", "020 1234567", *values))
    assert not {"D", "E"} & {letters for letters, role in used(mapping).items() if role != "callingCode"}
    assert ("B" in used(mapping)) is ("Next of kin" in headings)


@pytest.mark.parametrize(
    "headings",
    [
        ("Qrx", "Area code", "Phone"),
        ("Qrx", "Calling code", "Area code", "Phone"),
        ("Emergency contact", "Area code", "Phone"),
        ("Emergency contact", "Calling code", "Area code", "Phone"),
        ("Qrx", "Emergency contact", "Area code", "Phone"),
    ],
)
def test_the_reason_names_the_column_about_the_person_and_not_parts_in_between(headings: Sequence[str]) -> None:
    values = {"Calling code": "+49", "Area code": "030", "Phone": "2345678"}
    row = ("1", *(values.get(heading, "B. Example") for heading in headings))
    columns = mapping_of(("Employee ID", *headings), row).columns
    person = columns[len(headings) - headings[::-1].index("Area code") - 1 - ("Calling code" in headings)]
    assert f"it may belong to another person, because of {person.name}" == columns[-1].why


@pytest.mark.parametrize("value", ["198501011234", "850101-1234", "85010112345"])
def test_a_personnel_number_may_be_a_national_one(value: str) -> None:
    """`Persnr` means either, by language; a short number can only be that of the company."""
    headings = ("Persnr", "E-post", "Mobil")
    assert {"B": "mail", "C": "mobile"} == used(mapping_of(headings, (value, "a@contoso.example", M)))
    assert {"A": "employeeId", "C": "mobile"} == used(mapping_of(headings, ("00012345", "a@contoso.example", M)))


TITLES = {
    "Staff list 2026": True,
    "Employees": True,
    "Emergency contacts": False,
    "Additional": False,
    "Office": True,
    "Former": False,
}


@pytest.mark.parametrize("title", TITLES)
def test_a_title_that_could_be_a_group_makes_phones_doubtful(title: str) -> None:
    """One text in front may stand over one column, over all, or over none."""
    mapping = mapping_of((title, "", ""), ("Mobile phone", "Employee ID", "Name"), (M, "1", "A. Example"))
    assert ("A" in used(mapping)) is TITLES[title]
    assert in_doubt(mapping) == ({} if TITLES[title] else {"A": "ignore"})


@pytest.mark.parametrize(
    ("above", "below", "row", "doubts"),
    [
        (("Employee", ""), ("Contact number", "E-mail"), (M, "a@contoso.example"), {}),
        (("", "", ""), ("Employee ID", "E-mail", "Mobile"), (M, "a@contoso.example", O), {"A": "ignore"}),
        (("", "", ""), ("Employee ID", "CEP", "Mobile"), ("1", "79161234567", M), {"B": "ignore", "C": "ignore"}),
        (("", "Details", "Staff"), ("Employee ID", "", "Mobile"), ("1", _DAY, M), {"B": "ignore", "C": "ignore"}),
    ],
)
def test_a_heading_that_says_too_little_is_not_believed(
    above: Sequence[str], below: Sequence[str], row: Sequence[Value], doubts: dict[str, str]
) -> None:
    """Neither a phone as a key, nor an id as a phone, nor days under a group that says nothing."""
    mapping = mapping_of(above, below, row)
    assert doubts == in_doubt(mapping)
    assert "employeeId" not in used(mapping).values() or "A" not in doubts
