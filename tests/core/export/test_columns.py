"""How a header row is recognised, in many languages, and how everything unused is explained."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.column_aliases import AMBIGUOUS_HEADERS, FIELD_BY_HEADER, RESULT_PREFIX, Field
from shared.core.export.columns import ColumnMap, explain_missing, recognise_header
from shared.core.person.account import KeyKind
from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.slot import PhoneType

ONLY_AS_WORDS = {
    Field.CALLING_CODE,
    Field.AREA_CODE,
    Field.EXTENSION,
    Field.PHONE_TYPE,
    Field.STATUS,
    Field.LEFT_ON,
    Field.VALID_FROM,
    Field.VALID_TO,
    Field.IGNORE,
}
"""Fields without a list of whole headings: only `headings.reading` knows them."""
MOBILE, ALTERNATE, OFFICE = PhoneType.MOBILE, PhoneType.ALTERNATE_MOBILE, PhoneType.OFFICE


def recognise(
    *headers: str, column_map: Mapping[str, str] | None = None, default: PhoneType = MOBILE
) -> ColumnMap | None:
    return recognise_header(headers, column_map=column_map or {}, default_phone_type=default)


def columns_of(*headers: str, column_map: Mapping[str, str] | None = None, default: PhoneType = MOBILE) -> ColumnMap:
    found = recognise(*headers, column_map=column_map, default=default)
    assert found is not None
    return found


def why_ignored(columns: ColumnMap) -> dict[int, str]:
    return {note.index: note.why for note in columns.ignored}


@pytest.mark.parametrize(
    "header", ["mobilePhone", "Mobile Phone", "MOBILE_PHONE", " mobile-phone ", "Mobile phone no.", "mobile\u00a0phone"]
)
def test_case_spaces_and_underscores_do_not_matter(header: str) -> None:
    """A header is known by its letters alone."""
    assert ((MOBILE, 1),) == columns_of("UPN", header).phones


@pytest.mark.parametrize(
    ("language", "employee", "mobile", "office", "country"),
    [
        ("English", "Employee ID", "Mobile number", "Business phone", "Country"),
        ("German", "Personalnummer", "Mobilfunknummer", "Telefon geschäftlich", "Land"),
        ("French", "Matricule", "Téléphone portable", "Téléphone professionnel", "Pays"),
        ("Spanish", "Número de empleado", "Teléfono móvil", "Teléfono de oficina", "País"),
        ("Italian", "Matricola", "Numero di cellulare", "Telefono ufficio", "Paese"),
        ("Dutch", "Personeelsnummer", "Mobiel nummer", "Zakelijk telefoonnummer", "Landcode"),
        ("Portuguese", "Matrícula", "Número de telemóvel", "Telefone comercial", "País"),
        ("Polish", "Numer pracownika", "Telefon komórkowy", "Telefon służbowy", "Kraj"),
        ("Swedish", "Anställningsnummer", "Mobilnummer", "Arbetstelefon", "Land"),
        ("Norwegian", "Ansattnummer", "Mobiltelefon", "Kontortelefon", "Landkode"),
        ("Danish", "Medarbejdernummer", "Mobilnr.", "Arbejdstelefon", "Landekode"),
    ],
)
def test_an_export_in_each_language(language: str, employee: str, mobile: str, office: str, country: str) -> None:
    """The usual headers of HR systems are known in eleven languages."""
    columns = columns_of(employee, mobile, office, country)
    assert (language, columns) == (
        language,
        ColumnMap((KeyKind.EMPLOYEE_ID, 0), phones=((MOBILE, 1), (OFFICE, 2)), country=3),
    )


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        (("mail", "employeeId", "UPN", "objectId", "mobile"), (KeyKind.OBJECT_ID, 3)),
        (("mail", "employeeId", "userPrincipalName", "mobile"), (KeyKind.USER_PRINCIPAL_NAME, 2)),
        (("E-Mail", "Personalnummer", "mobile"), (KeyKind.EMPLOYEE_ID, 1)),
        (("E-Mail", "Name", "mobile"), (KeyKind.MAIL, 0)),
        (("User name [userPrincipalName] Required", "mobile"), (KeyKind.USER_PRINCIPAL_NAME, 0)),
    ],
)
def test_one_key_column_by_precedence(headers: tuple[str, ...], key: tuple[KeyKind, int]) -> None:
    """Object id before sign-in name before employee id before mail; the other keys are noted."""
    columns = columns_of(*headers)
    assert columns.key == key
    assert {note.index for note in columns.ignored} == set(range(len(headers) - 1)) - {key[1]}


def test_email_is_a_key_and_nothing_more() -> None:
    """A plain e-mail column is the company mailbox; it never fills the e-mail slot."""
    assert columns_of("Email", "mobile").email is None
    beside = columns_of("UPN", "Email", "mobile")
    assert beside.email is None
    assert {1: "the column of userPrincipalName already identifies the person"} == why_ignored(beside)


@pytest.mark.parametrize(
    "header",
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
def test_the_email_slot_has_explicit_headers(header: str) -> None:
    """Only a header that says so means the e-mail slot."""
    columns = columns_of("UPN", header)
    assert (1, ()) == (columns.email, columns.phones)


@pytest.mark.parametrize("header", ["telephoneNumber", "Phone", "Telefon", "Téléphone", "Teléfono", "Telefoon", "Tlf."])
def test_a_plain_phone_means_the_default_type_only_when_alone(header: str) -> None:
    """`telephoneNumber` takes the default phone type; beside any other phone column it is ambiguous and ignored."""
    assert ((MOBILE, 1),) == columns_of("UPN", header).phones
    assert ((OFFICE, 1),) == columns_of("UPN", header, default=OFFICE).phones
    beside = columns_of("UPN", header, "mobile")
    assert ((MOBILE, 2),) == beside.phones
    assert {1: "beside another phone column it is not clear which phone type it is"} == why_ignored(beside)
    mapped = columns_of("UPN", header, "mobile", column_map={header: "office"})
    assert ((MOBILE, 2), (OFFICE, 1)) == mapped.phones


@pytest.mark.parametrize("headers", [("mobile", "Handy"), ("phone", "telephone")])
def test_two_columns_of_one_meaning_are_not_chosen_between(headers: tuple[str, str]) -> None:
    """Two columns for one slot are both left out and named, until COLUMN_MAP says which."""
    columns = columns_of("UPN", "alternateEmail", *headers)
    assert () == columns.phones
    assert {2: "several columns mean mobile", 3: "several columns mean mobile"} == why_ignored(columns)
    mapped = columns_of("UPN", *headers, column_map={headers[1]: "mobile"})
    assert ((MOBILE, 2),) == mapped.phones
    assert 1 in why_ignored(mapped)


@pytest.mark.parametrize("header", ["id", "Username", "sAMAccountName", "Home phone", "Telefon privat", "usuário"])
def test_ambiguous_headers_wait_for_a_mapping(header: str) -> None:
    """What could be two things is not used and says why."""
    columns = columns_of("UPN", "mobile", header)
    assert why_ignored(columns)[2].startswith("it may be ")
    assert (KeyKind.EMPLOYEE_ID, 0) == columns_of(header, "mobile", column_map={header: "employeeId"}).key


def test_column_map_goes_before_every_alias() -> None:
    """A mapped header means what the map says, whatever it looks like; its spelling does not matter."""
    columns = columns_of(
        "UPN", "Tel. 3", "mobile", "Code", column_map={"tel 3": "alternateMobile", "MOBILE": "office", "code": "ignore"}
    )
    assert ((ALTERNATE, 1), (OFFICE, 2)) == columns.phones
    assert {3: "COLUMN_MAP says so"} == why_ignored(columns)


def test_column_map_with_an_unknown_field_refuses_the_file() -> None:
    """A misspelt field in the setting is explained, not ignored."""
    with pytest.raises(FileRefusedError) as refused:
        recognise("UPN", "mobile", column_map={"mobile": "mobil"})
    assert "columnMapUnknown" == refused.value.code
    assert "`mobil`" in refused.value.message
    assert refused.value.code in CODES


def test_unknown_columns_are_named_with_the_nearest_field() -> None:
    """No column is ignored silently; a misspelt one names what it may have meant."""
    columns = columns_of("UPN", "mobile", "Altrnate mobile", "Favourite colour", "")
    assert [
        ("Altrnate mobile", "it is not known; did you mean alternateMobile?"),
        ("Favourite colour", "it is not known"),
    ] == [(note.header, note.why) for note in columns.ignored]


def test_our_own_result_columns_are_recognised() -> None:
    """A result workbook can be dropped again: what we added is ours and neither read nor complained of."""
    columns = columns_of("UPN", f"{RESULT_PREFIX}outcome", "mobile", f"{RESULT_PREFIX}suggested value")
    assert {1, 3} == columns.ours
    assert () == columns.ignored


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
    """A header row names a person's column and at least one wish; titles, data and halves of a header do not."""
    assert recognise(*values) is None


def test_a_missing_person_column_is_refused_with_the_nearest() -> None:
    """The refusal names the candidates of the row that comes nearest to a header."""
    refused = explain_missing(
        [("Export",), ("Usr Principal Name", "Mobile", "Username"), ("a", "b")],
        column_map={},
        default_phone_type=MOBILE,
    )
    assert "noPersonColumn" == refused.code
    assert (
        "No column identifies the person. Nearest: `Usr Principal Name` (it is not known; did you mean "
        "userPrincipalName?), `Username` (it may be a user principal name or a name of another system)."
    ) == refused.message
    assert refused.remedy.endswith("COLUMN_MAP which one it is.")


def test_a_missing_phone_column_is_refused_with_the_nearest() -> None:
    """Ambiguous and misspelt phone columns are named as candidates."""
    refused = explain_missing([("Email", "Mobil Phoen", "Home phone")], column_map={}, default_phone_type=MOBILE)
    assert "noPhoneColumn" == refused.code
    assert "`Mobil Phoen` (it is not known; did you mean mobile?)" in refused.message
    assert "`Home phone` (it may be any phone type or none)" in refused.message


def test_a_refusal_echoes_no_person() -> None:
    """Without a header row the first rows are data: neither names, nor numbers, nor addresses are repeated."""
    rows = [("Jan Jansen", "+31612345678", "mobil@contoso.example", "mobile 0612345678")]
    refused = explain_missing(rows, column_map={}, default_phone_type=MOBILE)
    assert "noPersonColumn" == refused.code
    assert not any(value in refused.message for value in rows[0])
    empty = explain_missing([], column_map={}, default_phone_type=MOBILE)
    assert "No column identifies the person." == empty.message


def test_private_headers_are_masked_in_notes() -> None:
    """A column headed by a number or an address is noted without it."""
    columns = columns_of("UPN", "mobile", "+31612345678", "jan@contoso.example")
    assert ["(masked)", "(masked)"] == [note.header for note in columns.ignored]


def test_no_header_means_two_things() -> None:
    """The alias table is free of contradictions."""
    assert set(AMBIGUOUS_HEADERS).isdisjoint(FIELD_BY_HEADER)
    assert "" not in FIELD_BY_HEADER
    assert {field for field in Field if field not in ONLY_AS_WORDS} == set(FIELD_BY_HEADER.values())
    assert "personnummer" not in FIELD_BY_HEADER


@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(sorted(FIELD_BY_HEADER))), max_size=12))
def test_every_named_column_is_used_or_noted(headers: list[str]) -> None:
    """Whatever the header row, each column with a name is used, ours, or explained."""
    columns = recognise(*headers)
    if columns is None:
        return
    used = {
        columns.key[1],
        columns.email,
        columns.country,
        columns.sms_sign_in,
        *(index for _, index in columns.phones),
    }
    noted = {note.index for note in columns.ignored}
    listed = {index for index, header in enumerate(headers) if any(map(str.isalnum, header))}
    assert listed <= used | noted | columns.ours
    assert not used & noted
