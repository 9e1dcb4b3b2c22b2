"""One cell of an export, the text that people see in it, and the refusal of a cell that cannot be used.

The ledger stores cells until the row needs no more work.

A placeholder is a word or sign without a meaning that fills a cell: `N/A`, `-`, `keine`. Such a cell is unspecified,
like a blank one. A word that removes a value, or that means yes or no, is never a placeholder; a test compares the
tables.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from shared.core.values.characters import plain_characters
from shared.core.values.said import Said
from shared.core.values.slot import SlotValue


class CellKind(StrEnum):
    """The type of the value in the file. `BLANK` is unspecified; `FORMULA` has no stored result.

    A cell of the last four kinds is not used, whatever its column means (`unusable`).
    """

    BLANK = "blank"
    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATE = "date"
    ERROR = "error"
    FORMULA = "formula"
    """`text` is the formula."""
    COVERED = "covered"
    """A merged range hides the value; `text` is empty, because nobody who opens the file sees the value."""
    TOO_LONG = "tooLong"
    """Text that is longer than a cell may be. It is returned to HR but not used."""
    UNCERTAIN = "uncertain"
    """Text that reads differently in another encoding that fits the file as well."""


class FormulaRisk(StrEnum):
    """Why the stored value of a formula is not used; the values are codes."""

    CONSTANT = "formulaConstant"
    """The value does not come from a cell."""
    APPROXIMATE = "formulaApproximate"
    """A look-up may have found another person's row."""
    OUTSIDE = "formulaOutside"
    """The value comes from outside the workbook or from an unknown function, or changes by itself."""


class Cell(NamedTuple):
    """`text` is the raw value without loss (an integer in decimal digits); `repr` never shows it.

    A file has millions of cells, and a named tuple is made in a third of the time of a data class.
    """

    address: str
    """The cell address as in Excel, for instance `C17`; of a call, the name of the JSON field."""
    kind: CellKind
    text: str = ""
    number_format: str = "General"
    """Excel's number format code, by which Excel turns the stored value into the text that people see."""
    risk: FormulaRisk | None = None
    """Why the value of a formula is not used, although HR gets it back; None = it may be used, or is of no formula."""

    @property
    def is_blank(self) -> bool:
        return self.kind is CellKind.BLANK

    def __repr__(self) -> str:
        return f"<{self.kind} cell {self.address}>"


_APOSTROPHES = "'`´‘’"  # noqa: RUF001 - the ones people paste
_MAYBE_WRAPPED = frozenset({"", "=", '"', "'", "`", *map(chr, range(33))})
"""The first characters of ASCII texts that may have to be changed; "" stands for an empty text."""
_QUOTED = re.compile(r'=?"(?P<inside>[^"]*)"')
_NO_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}
_WITHOUT_DECOMPOSITION = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})  # noqa: RUF001 - Turkish


def visible_text(text: str) -> str:
    """`text` as people read it: `plain_characters`, without spaces around it, and without the wrappings that stop a
    spreadsheet from calculating a value (`'…`, `="…"`)."""
    if text.isascii() and text[:1] not in _MAYBE_WRAPPED and text[-1] > " ":
        return text
    text = plain_characters(text).strip()
    quoted = _QUOTED.fullmatch(text)
    return (quoted["inside"] if quoted else text).lstrip(_APOSTROPHES).strip()


def folded(text: str) -> str:
    """Letters and digits only, without case and accents, so that different spellings of one word are equal."""
    seen = visible_text(text)
    if seen.isascii():
        return seen.lower().translate(_NO_SIGNS)
    return "".join(character for character in decomposed(seen.casefold()) if character.isalnum())


def unaccented(lowered: str) -> str:
    """Lower-case text without accents; letters such as `ø` and `æ` become `o` and `ae`."""
    return "".join(character for character in decomposed(lowered) if not unicodedata.combining(character))


def decomposed(lowered: str) -> str:
    """Lower-case text with accents apart from their letters, and with letters in place of characters such as `№`."""
    return unicodedata.normalize("NFKD", lowered.translate(_WITHOUT_DECOMPOSITION)).casefold()


def words_in(name: str) -> tuple[str, ...]:
    """A name, such as that of a sheet, and each of its words."""
    return (name, *re.split(r"[\W\d_]+", name))


SMS_SIGN_IN = "smsSignIn"
"""The name of SMS sign-in in lists of slots."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a cell or a row is not used; `code` is one of `codes.CODES`."""

    code: str
    reason: Said
    """For people, for instance `C17: the number has letters in it`. It never repeats the content of a cell."""
    address: str
    candidates: tuple[SlotValue, ...] = ()
    """The numbers or e-mail addresses that the cell may stand for, only for those who may see numbers."""
    slot: str = ""
    """The slot that is refused, or SMS_SIGN_IN; "" = the row as a whole."""


def refuse(cell: Cell, code: str, sentence: Said, candidates: tuple[SlotValue, ...] = ()) -> Refusal:
    """A refusal of `cell`; `sentence` begins in lower case and does not repeat the content."""
    return Refusal(code, Said("{cell}: {what}", cell=cell.address, what=sentence), cell.address, candidates)


_RISKS = {
    FormulaRisk.CONSTANT: Said("the formula takes its value from no cell"),
    FormulaRisk.APPROXIMATE: Said("the formula looks up a value that is only similar"),
    FormulaRisk.OUTSIDE: Said("the formula reaches outside the workbook, or its value changes by itself"),
}
_UNUSABLE = {
    CellKind.FORMULA: ("formulaNotCalculated", Said("the formula has no stored result")),
    CellKind.COVERED: ("cellCovered", Said("a merged range hides the value of the cell")),
    CellKind.TOO_LONG: ("cellTooLong", Said("the cell holds more characters than allowed")),
    CellKind.UNCERTAIN: ("encodingUncertain", Said("the text file does not say which letters the cell holds")),
}


def unusable(cell: Cell) -> Refusal | None:
    """Why the value of `cell` is not used, whatever its column means; None = it may be used."""
    if cell.risk is not None:
        return refuse(cell, cell.risk.value, _RISKS[cell.risk])
    return refuse(cell, *_UNUSABLE[cell.kind]) if cell.kind in _UNUSABLE else None


PLACEHOLDERS: dict[str, str] = {
    "en": (
        "n/a, na, none, nil, null, nan, unknown, not available, not applicable, not provided, not known, not given,"
        "not set, not specified, not on file, no phone, no mobile, no number, no email, no data, no value, missing,"
        "blank, empty, undefined, unspecified, tbd, tba, tbc, to be determined, to follow, pending, nothing, without"
    ),
    "de": (
        "k.A., keine Angabe, keine Angaben, kein, keine, keiner, keines, nicht vorhanden, nicht bekannt, n.v., n.b.,"
        "unbekannt, ohne, leer, entfällt, fehlt, kein Handy, kein Telefon, keine Nummer, keine E-Mail"
    ),
    "fr": (
        "néant, aucun, aucune, inconnu, inconnue, non renseigné, non communiqué, non disponible, non applicable, n/c,"
        "n/d, s/o, sans, sans objet, vide, manquant, pas de téléphone, pas de portable"
    ),
    "es": (
        "sin, sin teléfono, sin móvil, sin datos, sin correo, sin número, ninguno, ninguna, desconocido, no disponible,"
        "no aplica, no tiene, no consta, s/d, s/n, vacío, falta"
    ),
    "it": "nessuno, nessuna, assente, sconosciuto, non disponibile, non presente, n.d., senza, vuoto, mancante",
    "nl": "geen, nvt, n.v.t., onbekend, niet bekend, niet beschikbaar, niet van toepassing, leeg, ontbreekt, zonder",
    "pt": (
        "nenhum, nenhuma, sem, sem telefone, desconhecido, não informado, não disponível, não aplicável, não possui,"
        "não tem, vazio"
    ),
    "pl": "brak, brak danych, nie dotyczy, nieznany, nieznane, nie ma, nie podano, n/d, puste, bez",
    "sv": "saknas, uppgift saknas, okänd, okänt, ingen, inget, inga, ej tillgänglig, ej aktuellt, ej angivet, tom",
    "no": "ingen, mangler, ukjent, ikke oppgitt, ikke tilgjengelig, ikke aktuelt, ikke kjent, uten",
    "da": "ingen, mangler, ukendt, ikke oplyst, ikke relevant, ikke angivet, ikke kendt, uden, tom",
    "fi": "ei ole, ei tiedossa, ei saatavilla, ei mitään, ei puhelinta, puuttuu, tuntematon, tyhjä",
    "cs": "není, žádný, žádná, žádné, neznámý, neznámé, neuvedeno, nevyplněno, chybí, nemá, bez, prázdné",
    "hu": "nincs, nincs adat, nincs megadva, ismeretlen, nem ismert, nem elérhető, hiányzik, üres",
    "tr": "yok, bilinmiyor, boş, mevcut değil, belirtilmemiş, belirtilmedi, geçerli değil",
    "ru": (
        "нет, нет данных, нет номера, не указан, не указано, не задан, не задано, отсутствует, неизвестно, неизвестен,"
        "н/д, пусто, без"
    ),
    "el": "κανένα, κανένας, καμία, άγνωστο, άγνωστος, δεν υπάρχει, μη διαθέσιμο, δ/υ, χωρίς, κενό",  # noqa: RUF001 - Greek
    "ja": "無, 無し, なし, ナシ, 不明, 未登録, 未入力, 未設定, 未定, 該当なし, 空欄",
    "zh": "无, 無, 没有, 沒有, 暂无, 暫無, 未知, 不详, 不詳, 未填写, 未填寫, 未提供, 不适用, 不適用, 空",
    "ko": "없음, 무, 해당없음, 미등록, 미입력, 미정, 알 수 없음, 모름",
    "ar": "لا يوجد, لا شيء, لا ينطبق, غير معروف, غير متوفر, غير متاح, غير محدد, بدون",
    "he": "אין, אין נתונים, לא ידוע, לא זמין, לא קיים, לא רלוונטי, לא צוין, ללא",
}
"""Words by language, ISO 639-1. Case, accents, spaces and signs do not matter."""

_LONGEST_PLACEHOLDER = 40
"""The most characters of a placeholder, with brackets and signs around it."""
_SIGNS = frozenset("._/\\?…·,:;~=()[]<>'\"¿")
_OTHER_DIGIT = re.compile("[1-9]")
_ZEROS = re.compile(r"[0\s().,/-]*0[0\s().,/-]*(?:E[+-]?\d+)?", re.IGNORECASE)


def is_placeholder(cell: Cell) -> bool:
    """Whether a text cell has nothing but a word of PLACEHOLDERS, dashes or other signs without a meaning.

    `#N/A` is no placeholder: it is the error of a formula, which may have lost a value.
    """
    if cell.kind is not CellKind.TEXT or len(cell.text) > _LONGEST_PLACEHOLDER or _OTHER_DIGIT.search(cell.text):
        return False
    return _stands_for_nothing(cell.text)


@lru_cache(maxsize=4096)
def _stands_for_nothing(text: str) -> bool:
    """Whether the text has no meaning; cached, because columns repeat their words."""
    text = visible_text(text)
    if text and all(each in _SIGNS or each.isspace() or unicodedata.category(each) == "Pd" for each in text):
        return True
    return "#" not in text and folded(text) in _words()


def is_country_placeholder(cell: Cell) -> bool:
    """As `is_placeholder`, but two letters alone are a country's code: NA is Namibia, N/A is a placeholder."""
    return is_placeholder(cell) and re.fullmatch(r"[A-Za-z]{2}", visible_text(cell.text)) is None


def is_phone_placeholder(cell: Cell) -> bool:
    """As `is_placeholder`; zeros alone are a placeholder too."""
    if len(cell.text) > _LONGEST_PLACEHOLDER or _OTHER_DIGIT.search(cell.text):
        return False
    if cell.kind is CellKind.TEXT and _stands_for_nothing(cell.text):
        return True
    may_be_zeros = cell.kind in (CellKind.TEXT, CellKind.INTEGER, CellKind.FLOAT)
    return may_be_zeros and _ZEROS.fullmatch(visible_text(cell.text)) is not None


@cache
def _words() -> frozenset[str]:
    return frozenset(folded(word) for words in PLACEHOLDERS.values() for word in words.split(","))


def is_empty(cell: Cell) -> bool:
    """Whether the cell has no value, or a text that shows nothing; a placeholder is not empty."""
    return cell.is_blank or (cell.kind is CellKind.TEXT and not visible_text(cell.text))
