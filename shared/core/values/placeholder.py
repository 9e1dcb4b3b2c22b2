"""Words and signs that fill a cell and say nothing: `N/A`, `-`, `keine`. Such a cell is unspecified, as a blank one.

Called by `read_row` and wherever placeholders of a column are counted. A word that removes a value, or that means yes
or no, is never a placeholder; a test compares the tables.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from shared.core.values.cell import Cell, CellKind, folded, visible_text

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
"""By language, ISO 639-1. Case, accents, spaces and signs do not matter."""

_LONGEST = 40
"""Characters of a placeholder with brackets and signs around it."""
_SIGNS = frozenset("._/\\?…·,:;~=()[]<>'\"¿")
_OTHER_DIGIT = re.compile("[1-9]")
_ZEROS = re.compile(r"[0\s().,/-]*0[0\s().,/-]*(?:E[+-]?\d+)?", re.IGNORECASE)


def is_placeholder(cell: Cell) -> bool:
    """Whether a text cell holds only a word of the table, dashes or other signs that stand for nothing.

    A text such as `#N/A` is none: it is the error of a formula, which may have lost a value.
    """
    if cell.kind is not CellKind.TEXT or len(cell.text) > _LONGEST or _OTHER_DIGIT.search(cell.text):
        return False
    text = visible_text(cell.text)
    if text and all(each in _SIGNS or each.isspace() or unicodedata.category(each) == "Pd" for each in text):
        return True
    return "#" not in text and folded(text) in _words()


def is_country_placeholder(cell: Cell) -> bool:
    """As `is_placeholder`; two letters alone are a country's code: NA is Namibia, N/A is nothing."""
    return is_placeholder(cell) and re.fullmatch(r"[A-Za-z]{2}", visible_text(cell.text)) is None


def is_phone_placeholder(cell: Cell) -> bool:
    """As `is_placeholder`; only zeros are no phone number either."""
    if cell.kind not in {CellKind.TEXT, CellKind.INTEGER, CellKind.FLOAT}:
        return False
    return is_placeholder(cell) or (
        len(cell.text) <= _LONGEST
        and not _OTHER_DIGIT.search(cell.text)
        and _ZEROS.fullmatch(visible_text(cell.text)) is not None
    )


@cache
def _words() -> frozenset[str]:
    return frozenset(folded(word) for words in PLACEHOLDERS.values() for word in words.split(","))
