"""Every code page that Excel writes, in every language that it can write: read right, never with lost headings."""

from __future__ import annotations

import pytest

from shared.adapters.workbook.reading.encodings import recognise_encoding
from shared.core.values.cell import CellKind
from shared.core.values.errors import FileRefusedError
from tests.adapters.workbook.reading import opened, texts

_CODE_PAGES = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("cp932", "cp936", "cp949", "cp950"),
    *("mac_roman", "mac_latin2", "mac_cyrillic", "mac_greek", "mac_turkish", "mac_iceland", "shift_jis"),
    *("cp437", "cp850", "cp852", "cp866", "cp857"),
)
_LANGUAGES = {
    "de": ("Personalnummer", "Mobiltelefon", "Telefon Büro", "Land", "Jürgen Größler", "Österreich"),
    "fr": ("Matricule", "Téléphone portable", "Téléphone bureau", "Pays", "Hélène Lefèvre", "Algérie"),
    "es": ("Número de empleado", "Teléfono móvil", "Teléfono oficina", "País", "Íñigo Muñoz", "España"),
    "pt": ("Número de funcionário", "Telemóvel", "Telefone do escritório", "País", "João Simões", "Moçambique"),
    "pl": ("Numer pracownika", "Telefon komórkowy", "Telefon służbowy", "Kraj", "Wałęsa Żółć", "Węgry"),
    "sv": ("Anställningsnummer", "Mobiltelefon", "Arbetstelefon", "Land", "Åsa Sjöström", "Österrike"),
    "da": ("Medarbejdernummer", "Mobiltelefon", "Arbejdstelefon", "Land", "Søren Ægidius", "Grækenland"),
    "cs": ("Osobní číslo", "Mobilní telefon", "Pracovní telefon", "Země", "Jiří Dvořák", "Německo"),
    "hu": ("Törzsszám", "Mobiltelefon", "Irodai telefon", "Ország", "Győző Szűcs", "Magyarország"),
    "tr": ("Sicil numarası", "Cep telefonu", "İş telefonu", "Ülke", "Gülşah Yıldız", "Türkiye"),  # noqa: RUF001 - Turkish
    "ru": ("Табельный номер", "Мобильный телефон", "Рабочий телефон", "Страна", "Мария Иванова", "Россия"),
    "el": ("Αριθμός μητρώου", "Κινητό τηλέφωνο", "Τηλέφωνο γραφείου", "Χώρα", "Γιώργος Παπαδάκης", "Ελλάδα"),
    "ja": ("社員番号", "携帯電話", "会社電話", "国", "山田太郎", "日本"),
    "zh": ("员工编号", "手机", "办公电话", "国家", "王小明", "中国"),
    "ko": ("사원번호", "휴대전화", "사무실 전화", "국가", "김철수", "대한민국"),
    "ar": ("رقم الموظف", "الجوال", "هاتف المكتب", "البلد", "محمد علي", "مصر"),
    "he": ("מספר עובד", "טלפון נייד", "טלפון במשרד", "מדינה", "דוד כהן", "ישראל"),
}


def _written(texts_of: tuple[str, ...], encoding: str, rows: int) -> bytes | None:
    employee, mobile, office, land, name, country = texts_of
    lines = [";".join((employee, mobile, office, land, "Name"))]
    lines += [f"{1000 + row};+1 202 555 0123;;{country};{name}" for row in range(rows)]
    try:
        return "\r\n".join(lines).encode(encoding)
    except UnicodeEncodeError:
        return None


_PAIRS = [
    (language, encoding, rows)
    for language, texts_of in _LANGUAGES.items()
    for encoding in _CODE_PAGES
    for rows in (1, 30)
    if _written(texts_of, encoding, rows) is not None
]


@pytest.mark.parametrize(("language", "encoding", "rows"), _PAIRS)
def test_each_language_in_each_code_page(language: str, encoding: str, rows: int) -> None:
    """Headings and cells are read as they were written, or the cells of the column are marked as uncertain."""
    texts_of = _LANGUAGES[language]
    data = _written(texts_of, encoding, rows) or b""
    found = recognise_encoding(data)
    text = data.decode(found.name).removeprefix("\N{BYTE ORDER MARK}")
    assert ";".join((*texts_of[:4], "Name")) == text.splitlines()[0]
    last = text.splitlines()[-1].split(";")
    for expected, read in ((texts_of[5], last[3]), (texts_of[4], last[4])):
        assert expected == read or not found.is_certain(read)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850", "cp1250"])
def test_a_key_with_letters_is_never_guessed(encoding: str) -> None:
    """Where only a key holds letters outside ASCII, it is read right or marked."""
    data = "upn;mobile\nrené@contoso.example;+1 202 555 0123\nzoë@contoso.example;1\n".encode(encoding)
    for _, cells in opened(data, "export.csv").rows():
        assert CellKind.UNCERTAIN is cells[0].kind or cells[0].text[:3] in ("ren", "zoë")


def test_rivals_do_not_touch_plain_cells() -> None:
    """A file whose names may be read in two ways is read; only those names are uncertain."""
    data = "upn;mobile;name\na@contoso.example;1;Kami\xf1ski\n".encode("latin-1")
    ((_, cells),) = opened(data, "export.csv").rows()
    assert [CellKind.TEXT, CellKind.TEXT, CellKind.UNCERTAIN] == [cell.kind for cell in cells]


def test_damaged_utf_8_is_refused() -> None:
    """One broken character in UTF-8 does not turn the file into a code page."""
    data = (
        "upn;mobile;name\na@contoso.example;1;Jürgen Größler Žižka Łódź\n".encode() + b"b@contoso.example;1;J\xfcrgen\n"
    )
    with pytest.raises(FileRefusedError) as refused:
        texts(opened(data, "export.csv"))
    assert "encodingUnknown" == refused.value.code
