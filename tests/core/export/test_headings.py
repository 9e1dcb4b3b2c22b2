"""What one heading says: its role, whose it is, and whether every word of it is known."""

from __future__ import annotations

import pytest

from shared.core.export.headings.heading import Topic
from shared.core.export.headings.reading import read_heading


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
    "directDial~": "Durchwahl|Durchwahlnummer|DID|Doorkiesnummer|Direct dial",
    "office.directDial~": "Durchwahl Büro|Work DDI",
    "extension": "Ext.|Nebenstelle|Klappe|Phone extension|Anknytning",
    "extension~": "Poste",
    "office.extension": "Work phone ext",
    "phoneType": "Phone type|phoneType|Type de téléphone|Telefonart",
    "status": "Worker state|Still employed|Status|Employment status|Is active|Active",
    "hasLeft": "Inactive|Terminated|Is terminated (Y/N)|Leaver|ausgeschieden|Pasif",
    "leftOn": "Termination date|Last working day|Relieving date|Leave date|Austrittsdatum|Employment end date",
    "effectiveFrom": "Effective date|Change effective date|Valid from|BEGDA|Effective Date (YYYY-MM-DD)",
    "validFrom": "Hire date|Eintrittsdatum|Date d'embauche",
    "validFrom~": "Start date|Beginn|von",
    "validTo": "Valid to|ENDDA|Contract end date|Contract ends|Vertragsende|Fin de contrat|Einde contract|"
    "Scadenza contratto|Koniec umowy|Fim do contrato|Fecha fin de contrato",
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
    "Department|Cost centre|First name|Prefix (name)|Date of birth|sAMAccountName|Address 1|"
    "Email status|Account status|Employee type|Address type|County|State|Marital status|HR Business Partner|"
    "Employee tax ID|Badge ID|Legacy employee ID|Parent/guardian phone",
    "open": "Number|Contact|Work|Home|Business|Type|Code|Location|Area|Date|Username|login|id|User ID|"
    "Employee|Office location|Notification mobile|Email alias|"
    "Mobile (WhatsApp)",
    "?": "Sorti|Parti (O/N)|Ex-employee|Desligado|Slutat|"
    "Moblie phone|Phone for Audit|Telphone|Moblie|Emial|Contry|Department phone|Landline|Phone (work/home)|"
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
