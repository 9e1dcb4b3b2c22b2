"""The encoding of a text file.

Without a byte order mark a text file does not say its encoding, and most code pages can read any bytes. A file that is
not in Unicode is read by the code page with which most headings are known; among equals, by the one whose letters fit
each other best. Code pages that fit nearly as well are its rivals: a cell is not certain if a rival reads another text
in it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO, TextIOWrapper
from itertools import islice, pairwise

from shared.adapters.workbook.reading.refusal import refusal
from shared.core.export.headings.reading import read_heading
from shared.core.values.said import Said

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("cp932", "cp936", "cp949", "cp950"),
    *("mac_roman", "mac_latin2", "mac_cyrillic", "mac_greek", "mac_turkish", "mac_iceland"),
    *("mac_croatian", "mac_romanian"),
    *("cp850", "cp437", "cp852", "cp866", "cp737", "cp857", "cp862", "cp720", "cp775"),
)
"""What Excel writes: CSV on Windows, CSV on macOS (Japanese, Chinese and Korean as on Windows), CSV (MS-DOS).

Among equals the first is used."""
_CHUNK = 64 * 1024
_HEAD = 4096
_HEADER_LINES = 20
_SAMPLE_LINES = 2_000
_SAMPLE_BYTES = 256 * 1024
_NEARLY_AS_GOOD = 1.5
"""Up to this factor of the fewest misfits, an encoding fits as well as the best one; real text has misfits too."""
_BETWEEN_FIELDS = re.compile(r"[,;\t|]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_NOT_ASCII_CHARACTER = re.compile(r"[^\x00-\x7f]")
_SOUND_SHARE = 5
"""With more characters outside ASCII than this for each damaged one, a text is damaged UTF-8 and no other encoding."""
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffe\uffff\ufffd]")
_HARMLESS = frozenset("’‘–—“”„«»·º°ª©®™…\N{NO-BREAK SPACE}")  # noqa: RUF001 - as people type them
"""Signs that may stand beside a letter."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding, by its name in Python."""

    name: str
    rivals: tuple[str, ...] = ()
    """Encodings that fit the file nearly as well, and read another text."""

    @property
    def is_unicode(self) -> bool:
        return self.name.startswith("utf")

    def is_certain(self, text: str) -> bool:
        """Whether every rival reads the same text from the same bytes."""
        if text.isascii():
            return True
        data = text.encode(self.name, "replace")
        return all(_decoded(data, rival) == text for rival in self.rivals)


def heading_score(text: str) -> int:
    """1 for a heading that is known, else 0."""
    return read_heading(text).known


def recognise_encoding(data: bytes) -> Encoding:
    """Raises FileRefusedError for bytes that are text in no known encoding, and for damaged UTF-8."""
    for bom, name in _BOMS:
        if data.startswith(bom):
            return Encoding(name)
    if b"\0" in data[:_HEAD]:
        guessed = utf_16_without_bom(data)
        if guessed is None or not _decodes(data, guessed):
            raise _unknown()
        return Encoding(guessed)
    if _decodes(data, "utf-8"):
        return Encoding("utf-8")
    _refuse_damaged_utf_8(data)
    return _code_page(data)


def utf_16_without_bom(data: bytes) -> str | None:
    """The byte order of UTF-16 with which the first bytes are text, preferring more ASCII; None = neither."""
    head = data[: _HEAD - _HEAD % 2]
    found: dict[str, int] = {}
    for name in ("utf-16-le", "utf-16-be"):
        text = head.decode(name, "replace")
        plain = sum(map(text.count, ',;\t|\r\n "0123456789'))
        if plain and not _NOT_TEXT.search(text):
            found[name] = plain
    return max(found, key=lambda name: found[name], default=None)


def _refuse_damaged_utf_8(data: bytes) -> None:
    text = data[:_SAMPLE_BYTES].decode("utf-8", "replace")
    damaged = text.count("\N{REPLACEMENT CHARACTER}")
    if len(_NOT_ASCII_CHARACTER.findall(text)) > _SOUND_SHARE * damaged:
        raise refusal(
            "encodingUnknown",
            Said("The text is in UTF-8, but it has damaged characters ({damaged} or more).", damaged=damaged),
        )


def _code_page(data: bytes) -> Encoding:
    header = b"\n".join(islice(data.splitlines(), _HEADER_LINES))
    sample = header + b"\n" + _lines_with_letters(data)
    fits: list[tuple[int, int, str, str]] = []
    for page in _CODE_PAGES:
        decoded = _decoded(sample, page)
        if decoded is not None and _decodes(data, page):
            lines = decoded.splitlines()[:_HEADER_LINES]
            fits.append((max(map(_known_headings, lines), default=0), -_misfits(decoded), page, decoded))
    if not fits:
        raise _unknown()
    known = max(fit[0] for fit in fits)
    fits = [fit for fit in fits if fit[0] == known]
    _, misfits, name, text = max(fits, key=lambda fit: fit[1])  # the first of equals
    rivals = [fit for fit in fits if fit[1] >= _NEARLY_AS_GOOD * misfits and fit[3] != text]
    return Encoding(name, tuple(fit[2] for fit in rivals))


def _lines_with_letters(data: bytes) -> bytes:
    """The first lines with characters outside ASCII; other lines are the same text in every code page."""
    lines = (line for line in BytesIO(data) if _NOT_ASCII.search(line))
    return b"".join(islice(lines, _SAMPLE_LINES))[:_SAMPLE_BYTES].rpartition(b"\n")[0]


def _known_headings(line: str) -> int:
    return sum(_cached_score(field.strip('" ')) for field in _BETWEEN_FIELDS.split(line))


@lru_cache(maxsize=4096)
def _cached_score(text: str) -> int:
    return heading_score(text)


def _misfits(text: str) -> int:
    """How badly neighbouring characters fit each other.

    A pair that no word has counts 2. Two Latin letters outside ASCII count 1: they are rare in any language, and
    frequent when another alphabet is read as Latin.
    """
    pairs = Counter(pair for pair in pairwise(text) if not (pair[0].isascii() and pair[1].isascii()))
    return sum(count * _misfit(*pair) for pair, count in pairs.items())


def _misfit(left: str, right: str) -> int:
    scripts = _script(left), _script(right)
    if _NO_TEXT in scripts:
        return 2
    if _SIGN not in scripts:
        if _ANY in scripts:
            return 0
        if scripts[0] != scripts[1] or (left.islower() and right.isupper()):
            return 2
        return scripts == ("LATIN", "LATIN") and not left.isascii() and not right.isascii()
    sign = left if scripts[0] is _SIGN else right
    is_beside_letter = scripts != (_SIGN, _SIGN) and not sign.isascii() and sign not in _HARMLESS
    return 2 if is_beside_letter else 0


_NO_TEXT, _SIGN, _ANY = "", "SIGN", "ANY"


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    """The alphabet of a letter or accent: the first word of the character's name."""
    category = unicodedata.category(character)
    name = unicodedata.name(character, "")
    if category in ("Cc", "Co", "Cn", "Cs") and not character.isascii():
        return _NO_TEXT
    if character in _HARMLESS or category[0] not in "LM":
        return _SIGN
    if name.startswith("LATIN SMALL LIGATURE F"):
        return _NO_TEXT  # print shops write it, HR systems do not
    if name.startswith("COMBINING"):
        return _ANY
    word = name.partition(" ")[0]
    return "CJK" if word in ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else word


def _decoded(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return None


def _decodes(data: bytes, name: str) -> bool:
    text = TextIOWrapper(BytesIO(data), name)
    try:
        while text.read(_CHUNK):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _unknown() -> Exception:
    return refusal("encodingUnknown", Said("The encoding of the text could not be recognised."))
