"""What one heading says: its role, whose it is, and whether every word of it is known."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.export.column_aliases import AMBIGUOUS_HEADERS, FIELD_BY_HEADER, Field, headers_of
from shared.core.export.heading import Heading, Role, Topic
from shared.core.export.headings.hints import nearest_field
from shared.core.export.headings.meaning import topic_of
from shared.core.export.headings.reading import read_heading
from shared.core.export.headings.spelling import divisions, spell
from shared.core.export.headings.vocabulary import fold, languages, vocabulary, words_of


def role_of(text: str, group: str = "") -> str:
    """The role, "-" for known and not used, "open" where the values decide, "?" for not understood."""
    read = read_heading(text, group)
    if read.role is not None:
        return f"{read.role}{'~' if read.weak else ''}"
    return "-" if read.known else "open" if read.weak else "?"


TABLE = {
    "mobile": "携帯TEL|Mobile|mobilePhone|mobile_phone|MOBILE PHONE|Phone_Mobile__c|Mobile*|Mobile:|Mobile (required)|"
    "[mobile] Required|Mobile\nphone|Mobile N°|Mobile Nr.|Mobile #|Mobile / Handy|Handy/Mobile|Mobile (E.164)|"
    "Mobile (Work)|Work Cell|Mobile (company)|Diensthandynummer|Mobiltelefonnummer|Mobil (privat)|MFA phone|"
    "Mobile (new)|Mobile or cell phone|Tel. mobil gesch.|Cellulare - aziendale|Recovery phone",
    "alternateMobile": "Mobile 2|2nd mobile|Alternate mobile phone|Zweithandy|Alternate authentication phone|Handy 2",
    "alternateMobile~": "Phone 2|Alternate phone|Other phone",
    "office": "Office phone|BusinessPhones|Phone (office)|Work/Business phone|Telefon Büro|Direct line|Company phone",
    "office~": "Office|Office number|Work number",
    "phone~": "Phone|Telefon/Phone|Phone 1|Contact Phone|N° de téléphone|Phone #|Employee phone",
    "mail": "E-mail|Work email|E-Mail - geschäftlich|Primary work email|Business Email Address|USRID_LONG",
    "mail~": "Contact email",
    "email": "Private e-mail|Home email|Alternate email address|Email 2|SSPR email|alternateEmailAddress|"
    "Recovery Email",
    "country": "Country|Country/Region|usageLocation|Work Country|Country (Work)|Office Country|Location Country|"
    "ISO country code|Home country|Land|Pays",
    "country~": "Country Code|Kraj|Ländercode|Code pays|Kod kraju|国コード",
    "mobile.country": "Mobile country",
    "callingCode": "Ländervorwahl|Landesvorwahl|Calling code|Country dialing code|Indicatif international",
    "callingCode~": "International Phone Code|Prefix|Indicatif|Phone country code",
    "office.callingCode~": "Office Country Code|Work phone country code",
    "mobile.callingCode~": "Mobile Country Code|Landcode mobiel|Mobile prefix",
    "areaCode": "Area Code|City Code|Ortsvorwahl",
    "areaCode~": "Vorwahl",
    "office.areaCode": "Office Area Code",
    "extension": "Durchwahl|Ext.|Phone extension|Anknytning",
    "extension~": "Poste",
    "office.extension": "Work phone ext",
    "phoneType": "Phone type|phoneType|Type de téléphone|Telefonart",
    "status": "Status|Employment status|Is active|Active",
    "leftOn": "Termination date|Last working day|Austrittsdatum|Employment end date",
    "validFrom": "Effective date|Valid from|Hire date|BEGDA|Effective Date (YYYY-MM-DD)",
    "validFrom~": "Start date|Beginn|von",
    "validTo": "Valid to|ENDDA",
    "validTo~": "End date|Ende",
    "smsSignIn": "SMS sign-in|SMS sign-in (Y/N)",
    "employeeId": "EMPLID|EMPL_ID|Pers.No.|"
    "Employee ID|Employee #|Emp. No.|PERNR|Personalnummer|Worker ID|EmployeeNumber",
    "id": "Object ID|Entra object id",
    "userPrincipalName": "UPN|User principal name|User name [userPrincipalName] Required",
    "-": "自宅TEL|Móvil (DNI)|Fax|Pager|Home phone|Telefon privat|Work phone 2|Third phone|Mobile 3|Mobile (old)|"
    "Headset|Phone model|Phone allowance|"
    "Home area code|Emergency contact phone|Notfallhandy|Contact name|Contact person mobile|Manager email|"
    "Spouse mobile|"
    "Country of birth|Nationality|Citizenship|Passport country|SSN|BSN|PESEL|personnummer|NIF|Passport number|"
    "Department|Cost centre|First name|Prefix (name)|Date of birth|Contract end date|sAMAccountName|Address 1|"
    "Email status|Account status|Employee type|Address type|County|State|Marital status|HR Business Partner|"
    "Employee tax ID|Badge ID|Legacy employee ID|Parent/guardian phone",
    "open": "Number|Contact|Work|Home|Business|Type|Code|Location|Area|Date|Username|login|id|User ID|"
    "Employee|Office location|Notification mobile|Email alias|"
    "Mobile (WhatsApp)",
    "?": "Moblie phone|Phone for Audit|Telphone|Moblie|Emial|Contry|Department phone|Landline|Phone (work/home)|"
    "Phone/Mobile|Mobile/Fax|Home/Mobile|Work/Mobile phone|Primary contact phone|Contact 2 mobile|Team mobile|"
    "Work/Home phone|Mobile / Emergency contact|Pool mobile|City/Country|Favourite thing|"
    "Country of the payroll|Home country code|Country Department",
}


@pytest.mark.parametrize(
    ("heading", "expected"), [(heading, role) for role, headings in TABLE.items() for heading in headings.split("|")]
)
def test_headings(heading: str, expected: str) -> None:
    """`~` = the values must agree; `-` = known and not used; `open` = the values decide; `?` = not understood."""
    assert role_of(heading) == expected


GROUPS = {
    ("Emergency contact", "Mobile phone"): "-",
    ("Emergency contact", "Name"): "-",
    ("Notfallkontakt", "Telefon"): "-",
    ("Manager", "Employee ID"): "-",
    ("Manager", "E-mail"): "-",
    ("Employee", "Mobile phone"): "mobile",
    ("Employee", "Work email"): "mail",
    ("Employee", "Employee ID"): "employeeId",
    ("Contact information", "Mobile"): "mobile",
    ("Personal information", "Employee ID"): "employeeId",
    ("Work", "Phone"): "office",
    ("Work", "Mobile"): "mobile",
    ("Business", "E-mail"): "mail",
    ("Private", "Phone"): "-",
    ("Private", "E-mail"): "email",
    ("Private", "Country"): "country",
    ("Phone", "Mobile"): "mobile",
    ("Phone", "Work"): "office",
    ("Phone", "Type"): "phoneType",
    ("Phone", "Country Code"): "callingCode~",
    ("Mobile", "Country Code"): "mobile.callingCode~",
    ("Mobile", "Number"): "mobile",
    ("Office", "Extension"): "office.extension",
    ("Work", "Department"): "-",
    ("Locker", "Mobile phone"): "?",
    ("Gremium", "Mobile phone"): "?",
    ("2nd contact", "Phone"): "?",
}


@pytest.mark.parametrize(("group", "heading"), GROUPS)
def test_group_headings_qualify(group: str, heading: str) -> None:
    """A group says whose its columns are; one that is not understood leaves them not understood."""
    assert role_of(heading, group) == GROUPS[group, heading]
    assert read_heading(heading, group).text == f"{group} / {heading}"


@pytest.mark.parametrize(
    ("heading", "group", "other"),
    [
        ("Mobile phone", "Emergency contact", True),
        ("Employee ID", "Manager", True),
        ("E-mail", "Manager", True),
        ("Emergency contact", "", True),
        ("Relationship", "", True),
        ("Contact name", "", True),
        ("Manager email", "", True),
        ("Manager", "", False),
        ("Supervisor ID", "", False),
        ("Mobile phone", "Employee", False),
        ("Contact phone", "", False),
    ],
)
def test_whose_column_it_is(heading: str, group: str, *, other: bool) -> None:
    """Another person's columns are known, not used and marked; a manager's name alone is only a name."""
    read = read_heading(heading, group)
    assert read.other_person == other
    assert not (other and read.role)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Mobile (work)", "Mobile"),
        ("Mobile", "Mobile (private)"),
        ("MFA mobile", "Work mobile"),
        ("Work country", "Country"),
        ("Country", "Home country"),
        ("Effective date", "Start date"),
        ("Start date", "Hire date"),
    ],
)
def test_ranks(better: str, worse: str) -> None:
    """Of two headings of one role the more explicit one is the better."""
    assert read_heading(better).rank > read_heading(worse).rank
    assert read_heading(better).role == read_heading(worse).role


@pytest.mark.parametrize(
    ("heading", "topics"),
    [
        ("Moblie phone", {Topic.PHONE}),
        ("Moblie", {Topic.PHONE}),
        ("Telphone", {Topic.PHONE}),
        ("Telefonx", {Topic.PHONE}),
        ("Emial", {Topic.EMAIL}),
        ("Contry", {Topic.COUNTRY}),
        ("Emplyee ID number xx", {Topic.PERSON}),
        ("Mobile Emergncy contct", {Topic.PHONE}),
        ("Emergency xyzzy", {Topic.OTHER_PERSON}),
        ("携帯xyz", {Topic.PHONE}),
        ("Locker xyzzy", set()),
        ("Shirt xyzzy type", set()),
        ("Parking xyzzy number", set()),
        ("Phrase", set()),
        ("Stone", set()),
        ("", set()),
        ("---", set()),
    ],
)
def test_topics_of_what_is_not_understood(heading: str, topics: set[Topic]) -> None:
    """Known words, longer words with one inside, and words with a typo keep their topic; harmless words have none."""
    read = read_heading(heading)
    assert not read.known
    assert topics <= read.topics
    assert bool(topics) == bool(read.topics)


def test_harmless_words_are_no_misspellings() -> None:
    """`County` is no misspelt `Country`: no harmless word of a language is given a topic."""
    for language in languages():
        for word in (*words_of(language).get("harmless", ()), *words_of(language).get("name", ())):
            assert read_heading(word).known or read_heading(word).weak or read_heading(word).role, (language, word)


def test_every_word_is_understood_alone() -> None:
    """No word of any language is left without a meaning, and none has a role of another topic than its concept."""
    silent = {"stop", "noise", "third", "former", "start", "end", "elsewhere", "iso", "home_line"}
    for language in languages():
        for concept, words in words_of(language).items():
            for word in words:
                if concept not in silent and spell(word).letters:
                    read = read_heading(word)
                    assert read.known or read.topics or concept in ("domain", "prefix"), (language, concept, word)


_EXPLAINED = {
    "służbowy": "`business` alone may be a phone or an e-mail address",
}
"""Headings that had a field and have none now."""


def test_every_alias_of_before_keeps_its_field() -> None:
    """What the list of whole headings knew is known still; a weak heading keeps its role as a proposal."""
    for field in Field:
        for header in headers_of(field):
            read = read_heading(header)
            if header in _EXPLAINED:
                assert read.role is None
            else:
                assert read.role == Role(field), header


def test_ambiguous_headings_of_before_have_no_role() -> None:
    """`Username`, `id` and `Home phone` are no column to use."""
    for header in AMBIGUOUS_HEADERS:
        assert read_heading(header).role is None, header


PARTS = (
    "Mobile",
    "Work",
    "Mobile phone",
    "E-mail",
    "Private",
    "Office phone",
    "Employee ID",
    "Country",
    "Fax",
    "Email",
)


@given(st.sampled_from(PARTS), st.sampled_from(["{}", "{}*", "{}:", " {} ", "{} (required)", "[{}]", '"{}"', "{} -"]))
def test_case_and_signs_do_not_matter(part: str, frame: str) -> None:
    """Capitals, spaces, brackets, underscores and a mark for `required` change nothing."""
    plain = read_heading(part)
    for text in (frame.format(part), frame.format(part).upper(), frame.format(part.replace(" ", "_")).lower()):
        assert same(read_heading(text), plain), text


@given(
    st.sampled_from(["Mobile", "Phone", "E-mail", "Handy", "Téléphone", "Correo", "Telefoon", "Cellulare"]),
    st.sampled_from(["work", "private", "alternate", "business", "personal", "home"]),
)
def test_order_of_qualifiers_does_not_matter(thing: str, qualifier: str) -> None:
    """Before, behind, in brackets, behind a dash or a colon."""
    spellings = ("{q} {t}", "{t} {q}", "{t} ({q})", "{t} - {q}", "{t}: {q}", "{q}_{t}", "[{q}] {t}")
    readings = [read_heading(spelling.format(q=qualifier, t=thing)) for spelling in spellings]
    assert all(same(reading, readings[0]) for reading in readings)
    assert readings[0].known


@given(st.sampled_from(["Mobile", "Handy", "Portable", "Móvil", "Office phone", "Telefon privat", "Fax"]))
def test_words_for_number_do_not_matter(thing: str) -> None:
    """`N°`, `Nº`, `#`, `Nr.`, `no` and `number` say nothing."""
    plain = read_heading(thing)
    for word in ("N°", "Nº", "#", "Nr.", "No.", "number", "№"):
        assert same(read_heading(f"{thing} {word}"), plain), word


@given(st.text(max_size=40), st.text(max_size=12))
def test_any_text_is_read(text: str, group: str) -> None:
    """Whatever stands there: a role only for what is known, and nothing that is used is another person's."""
    read = read_heading(text, group)
    assert read.role is None or read.known
    assert not (read.other_person and read.role)


@given(
    st.sampled_from(["Emergency contact", "Spouse", "Notfallkontakt", "Next of kin", "緊急連絡先"]),
    st.sampled_from(PARTS),
)
def test_another_person_wins_over_everything(person: str, part: str) -> None:
    """Nothing of an emergency contact or a spouse is used, in the heading or in the group."""
    for read in (read_heading(part, person), read_heading(f"{person} {part}"), read_heading(f"{part} ({person})")):
        assert read.role is None
        assert Topic.OTHER_PERSON in read.topics


THINGS = ("mobile", "tel", "e-mail", "employee id")


@pytest.mark.parametrize("language", languages())
def test_no_language_gives_away_another_person(language: str) -> None:
    """A word for another person, or for a national number, never stands beside a role, whatever language reads it."""
    for concept in ("other_person", "superior", "national_id"):
        for word in words_of(language).get(concept, ()):
            for text in (f"{word} {thing}" for thing in THINGS):
                read = read_heading(text)
                assert read.role is None or (read.weak and text in SHARED_WORDS), text


SHARED_WORDS = {"PA employee id", "TFN mobile", "TFN tel", "pers.nr employee id", "persnr employee id"}
"""Words of another meaning elsewhere: `tfn` is a Swedish phone, `Pers.-Nr.` a German employee id."""


def test_scripts() -> None:
    """Letters of every script count; accents, vowel points and the forms of one letter do not."""
    assert fold("Téléphone n° 2") == "telephonen2"
    assert fold("İŞ TELEFONU") == fold("iş telefonu")
    assert fold("Κινητό ΤΗΛΈΦΩΝΟ") == "κινητοτηλεφωνο"
    assert fold("هَاتِف") == fold("هاتف")
    assert fold("ﾓﾊﾞｲﾙ") == fold("モバイル")
    assert len(fold("휴대폰")) == len("휴대폰")
    assert fold("Ё й") == "еи"


def test_a_division_is_complete_or_none() -> None:
    """A word that is not known leaves no division; a compound is divided; the whole word goes first."""
    assert not list(divisions(spell("Mobile xyzzy"), vocabulary()))
    assert frozenset({("work", "mobile")}) <= next(divisions(spell("Diensthandy"), vocabulary()))
    assert all(len(words) == 1 for words in next(divisions(spell("personnummer"), vocabulary())))


@given(
    st.one_of(st.text(max_size=20), st.sampled_from(["Emial adress", "Altrnate mobile", "Moblie", "Contry", "E-Mali"]))
)
def test_hints_never_cross_kinds(text: str) -> None:
    """A heading about e-mail is never said to resemble a phone."""
    read = read_heading(text)
    field = nearest_field(read)
    assert field is None or topic_of(field) in read.topics


def test_hints() -> None:
    """A misspelt heading names the field that it resembles."""
    hints = {
        "Moblie phone": Field.MOBILE,
        "Emial address": Field.MAIL,
        "Usr Principal Name": Field.USER_PRINCIPAL_NAME,
        "Favourite thing": None,
    }
    assert {text: nearest_field(read_heading(text)) for text in hints} == hints


def test_nothing_is_loaded_before_the_first_heading() -> None:
    """Importing the module reads no file: a cold start pays nothing for the words."""
    code = (
        "import shared.core.export.headings.reading, shared.core.export.headings.vocabulary as v;"
        "print(v.vocabulary.cache_info().currsize)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    assert ran.stdout.strip() == "0"


def test_reading_is_fast() -> None:
    """All words load in 30 ms of a quiet processor, a heading takes about a millisecond; four times that is allowed."""
    loads = []
    for _ in range(5):
        vocabulary.cache_clear()
        start = time.process_time()
        vocabulary()
        loads.append(time.process_time() - start)
    assert min(loads) < 0.12
    headings = [" ".join(pair) for pair in itertools.product(PARTS, PARTS)]
    read_heading.cache_clear()
    start = time.process_time()
    for heading in headings:
        read_heading(heading)
    assert time.process_time() - start < 0.4


def test_contract_of_old_names() -> None:
    """The fields of the old table are the fields of roles."""
    assert {Role(field) for field in FIELD_BY_HEADER.values()} >= {Role(Field.MOBILE), Role(Field.MAIL)}


def same(one: Heading, other: Heading) -> bool:
    return (one.role, one.known, one.rank, one.other_person) == (
        other.role,
        other.known,
        other.rank,
        other.other_person,
    )
