# ruff: noqa: E501, RUF001 - full-width letters and signs of other scripts
"""The usual headings of each language, with qualifiers before, behind and in brackets."""

from __future__ import annotations

import pytest

from shared.core.export.headings.reading import read_heading
from shared.core.export.headings.vocabulary import languages

ROLES = [
    "employeeId",
    "mobile",
    "mobile(work)",
    "mobile(private)",
    "office",
    "private-phone",
    "mail",
    "email",
    "country",
    "callingCode",
    "extension",
    "fax",
    "other",
    "other",
    "national",
]
"""What the columns of HEADINGS mean: a role, a mobile with its rank, or why a column is not used."""
HEADINGS = {
    "en": "Employee ID|Mobile phone|Mobile (Work)|Mobile (private)|Office phone|Home phone|Work e-mail|Private e-mail|"
    "Country|Country calling code|Extension|Fax|Emergency contact phone|Spouse mobile|Social security number",
    "de": "Personalnummer|Handynummer|Diensthandy|Handy (privat)|Telefon geschäftlich|Telefon privat|"
    "E-Mail - geschäftlich|private E-Mail|Land|Ländervorwahl|Nebenstelle|Telefax|Notfallkontakt Telefon|"
    "Handy Ehepartner|Sozialversicherungsnummer",
    "fr": "Matricule|Téléphone portable|Téléphone portable professionnel|Portable (personnel)|Téléphone de bureau|"
    "Téléphone personnel|E-mail professionnel|E-mail personnel|Pays|Indicatif du pays|Numéro de poste|Télécopie|"
    "Téléphone du contact d'urgence|Portable du conjoint|Numéro de sécurité sociale",
    "es": "Número de empleado|Teléfono móvil|Móvil (trabajo)|Móvil personal|Teléfono de oficina|Teléfono particular|"
    "Correo electrónico de trabajo|Correo personal|País|Prefijo internacional|Extensión|Fax|"
    "Teléfono de contacto de emergencia|Móvil del cónyuge|Número de seguridad social",
    "it": "Matricola|Telefono cellulare|Cellulare aziendale|Cellulare (personale)|Telefono ufficio|Telefono casa|"
    "E-mail aziendale|Email personale|Paese|Prefisso internazionale|Interno|Fax|"
    "Telefono contatto di emergenza|Cellulare coniuge|Codice fiscale",
    "nl": "Personeelsnummer|Mobiel nummer|Mobiel (zakelijk)|Mobiel privé|Telefoon werk|Telefoon privé|Zakelijk e-mailadres|"
    "Privé e-mailadres|Land|Landnummer|Toestelnummer|Fax|Telefoon noodcontact|Mobiel partner|Burgerservicenummer",
    "pt": "Número de funcionário|Telemóvel|Telemóvel (trabalho)|Celular pessoal|Telefone comercial|Telefone residencial|"
    "E-mail profissional|E-mail pessoal|País|Indicativo do país|Ramal|Fax|Telefone de contato de emergência|"
    "Celular do cônjuge|CPF",
    "pl": "Numer pracownika|Telefon komórkowy|Telefon komórkowy (służbowy)|Komórka prywatna|Telefon służbowy|"
    "Telefon prywatny|E-mail służbowy|Prywatny e-mail|Kraj|Numer kierunkowy kraju|Numer wewnętrzny|Faks|"
    "Telefon kontaktu awaryjnego|Telefon małżonka|PESEL",
    "sv": "Anställningsnummer|Mobilnummer|Jobbmobil|Mobil (privat)|Arbetstelefon|Hemtelefon|E-post arbete|Privat e-post|"
    "Land|Landsnummer|Anknytning|Fax|Telefon närmast anhörig|Mobil make|Personnummer",
    "no": "Ansattnummer|Mobiltelefon|Mobil (jobb)|Privat mobil|Kontortelefon|Hjemmetelefon|E-post jobb|Privat e-post|Land|"
    "Landsnummer|Internnummer|Telefaks|Telefon nærmeste pårørende|Mobil ektefelle|Fødselsnummer",
    "da": "Medarbejdernummer|Mobilnr.|Arbejdsmobil|Mobil (privat)|Arbejdstelefon|Privattelefon|Arbejdsmail|Privat e-mail|"
    "Land|Landenummer|Lokalnummer|Fax|Telefon nærmeste pårørende|Mobil ægtefælle|CPR-nummer",
    "fi": "Henkilönumero|Matkapuhelin|Työmatkapuhelin|Matkapuhelin (oma)|Työpuhelin|Kotipuhelin|Työsähköposti|"
    "Henkilökohtainen sähköposti|Maa|Maan suuntanumero|Alanumero|Faksi|Lähiomaisen puhelin|Puolison matkapuhelin|"
    "Henkilötunnus",
    "cs": "Osobní číslo|Mobilní telefon|Služební mobil|Mobil (soukromý)|Telefon do práce|Soukromý telefon|"
    "Pracovní e-mail|Soukromý e-mail|Země|Předvolba země|Klapka|Fax|Telefon nouzový kontakt|Mobil manželka|"
    "Rodné číslo",
    "hu": "Törzsszám|Mobiltelefonszám|Céges mobil|Mobil (magán)|Munkahelyi telefon|Otthoni telefon|Céges e-mail|"
    "Magán e-mail|Ország|Országhívószám|Mellék|Fax|Vészhelyzeti kapcsolattartó telefonszáma|Házastárs mobil|"
    "Adóazonosító jel",
    "tr": "Sicil No|Cep Telefonu|İş Cep Telefonu|Cep Telefonu (kişisel)|İş Telefonu|Ev Telefonu|İş E-postası|"
    "Kişisel E-posta|Ülke|Ülke telefon kodu|Dahili|Faks|Acil durum kişisi telefonu|Eşinin cep telefonu|T.C. Kimlik No",
    "ru": "Табельный номер|Мобильный телефон|Рабочий мобильный|Мобильный (личный)|Рабочий телефон|Домашний телефон|"
    "Рабочая почта|Личная почта|Страна|Телефонный код страны|Добавочный|Факс|Телефон контактного лица|"
    "Мобильный супруга|СНИЛС",
    "el": "Αριθμός μητρώου|Κινητό τηλέφωνο|Κινητό (εργασίας)|Προσωπικό κινητό|Τηλέφωνο εργασίας|Τηλέφωνο οικίας|"
    "Email εργασίας|Προσωπικό email|Χώρα|Κωδικός κλήσης χώρας|Εσωτερικό|Φαξ|Τηλέφωνο έκτακτης ανάγκης|"
    "Κινητό συζύγου|ΑΜΚΑ",
    "ja": "社員番号|携帯電話番号|社用携帯|携帯電話（個人）|会社電話番号|自宅電話番号|会社メールアドレス|個人メールアドレス|国|国番号|"
    "内線番号|FAX|緊急連絡先電話番号|配偶者携帯|マイナンバー",
    "zh": "工号|手机号码|公司手机|手机（个人）|办公电话|家庭电话|公司邮箱|私人邮箱|国家/地区|国际区号|分机号|传真|紧急联系人电话|"
    "配偶手机|身份证号码",
    "zh-Hant": "員工編號|手機號碼|公務手機|手機（個人）|公司電話|住家電話|公司電郵|私人電郵|國家/地區|國際區碼|分機|傳真|"
    "緊急聯絡人電話|配偶手機|身分證字號",
    "ko": "사번|휴대폰번호|업무용 휴대폰|휴대폰 (개인)|회사 전화|자택전화|회사 이메일|개인 이메일|국가|국가번호|내선번호|팩스|"
    "비상연락처 전화번호|배우자 휴대폰|주민등록번호",
    "ar": "الرقم الوظيفي|رقم الجوال|جوال العمل|الجوال (شخصي)|هاتف العمل|هاتف المنزل|البريد الإلكتروني للعمل|"
    "البريد الإلكتروني الشخصي|البلد|رمز الاتصال الدولي|التحويلة|فاكس|هاتف جهة اتصال الطوارئ|جوال الزوجة|رقم الهوية",
    "he": 'מספר עובד|טלפון נייד|נייד עבודה|נייד (פרטי)|טלפון בעבודה|טלפון בבית|דוא"ל עבודה|מייל פרטי|מדינה|קידומת בינלאומית|'
    "שלוחה|פקס|טלפון איש קשר לחירום|נייד בן זוג|תעודת זהות",
}
RANKS = {"mobile": 1, "mobile(work)": 2, "mobile(private)": 0}


def test_every_language_has_a_table() -> None:
    """No file of words goes without its usual headings."""
    assert {*languages()} - {"common"} == HEADINGS.keys()
    assert {len(ROLES)} == {len(headings.split("|")) for headings in HEADINGS.values()}


@pytest.mark.parametrize("language", HEADINGS)
def test_the_usual_headings_of_a_language(language: str) -> None:
    """Each is known, as what it is."""
    found = dict(zip(HEADINGS[language].split("|"), ROLES, strict=True))
    assert {heading: meaning(heading, expected) for heading, expected in found.items()} == found


def meaning(heading: str, expected: str) -> str:
    """The name in ROLES of what a heading is read as."""
    read = read_heading(heading)
    assert read.known, heading
    if read.role is None:
        names = {"a fax number": "fax", "about another person": "other"}
        if read.why.startswith("a private "):
            return "private-phone"
        return "national" if read.why.startswith("a national identity number") else names.get(read.why, read.why)
    role = str(read.role)
    if expected in RANKS and role == "mobile":
        return next(name for name, rank in RANKS.items() if rank == read.rank)
    return role
