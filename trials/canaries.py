"""Finds canaries in text and bytes, also grouped, escaped, encoded and nested.

A canary is a made-up number, e-mail address or name that must not appear in a log.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote_plus

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){6,}")
_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})|\\+x([0-9a-fA-F]{2})")
SEPARATORS = r"[\W_]{0,3}"
"""What may stand between two digits of a grouped number."""
_TELLING_DIGITS = 8
"""How many last digits of a number are searched for; the app may show two of them."""
_DEEPEST = 4
_TEXT = bytes((*range(32, 127), *range(161, 256)))
"""The bytes of printable text."""


class CanaryKind(StrEnum):
    PHONE = "phone number"
    EMAIL = "e-mail address"
    SIGN_IN = "sign-in name"


@dataclass(frozen=True, slots=True)
class Canary:
    """A text that occurs only in the input: the digits of a number, or the distinctive part of an e-mail address."""

    kind: CanaryKind
    text: str

    def expression(self) -> str:
        if self.kind is CanaryKind.PHONE:
            return SEPARATORS.join(re.escape(digit) for digit in self.text[-_TELLING_DIGITS:])
        return re.escape(self.text)


type Search = Callable[[str], object]
"""Returns a true value when the text holds a canary."""


class Finder:
    """Searches for canaries, with one search for each kind."""

    def __init__(self, searches: Mapping[CanaryKind, Search]) -> None:
        self._searches = searches

    @classmethod
    def of(cls, canaries: Iterable[Canary]) -> Finder:
        expressions: dict[CanaryKind, list[str]] = {}
        for canary in canaries:
            expressions.setdefault(canary.kind, []).append(canary.expression())
        return cls({kind: re.compile("|".join(those), re.IGNORECASE).search for kind, those in expressions.items()})

    def found(self, data: bytes | str) -> frozenset[CanaryKind]:
        """The kinds of canaries in `data`, also escaped or encoded ones."""
        raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
        texts = set(_views(raw, _DEEPEST))
        return frozenset(kind for kind, search in self._searches.items() if any(map(search, texts)))


def _views(raw: bytes, depth: int) -> Iterator[str]:
    """The data as text, and every text encoded within it, each once."""
    seen: set[str] = set()
    waiting = [(text, depth) for text in _decoded(raw)]
    while waiting:
        text, left = waiting.pop()
        if text in seen:
            continue
        seen.add(text)
        yield text
        if left:
            waiting += [(other, left - 1) for other in _unwrapped(text)]


def _decoded(raw: bytes) -> set[str]:
    """The data as UTF-8, and again without its zero bytes, so that ASCII characters in UTF-16 are read too."""
    return {raw.decode("utf-8", "replace"), raw.replace(b"\0", b"").decode("utf-8", "replace")}


def _unwrapped(text: str) -> set[str]:
    """Percent-encoding, HTML, JSON and Python escapes undone; base64 and hexadecimal parts decoded."""
    found = {unquote_plus(text), html.unescape(text), _ESCAPE.sub(_character, text)}
    for match in _BASE64.finditer(text):
        for decoded in _base64(match[0]):
            found |= _decoded(decoded)
    for match in _HEX.finditer(text):
        found |= _decoded(bytes.fromhex(match[0]))
    return {other for other in found if other != text}


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1] or match[2], 16))


def _base64(token: str) -> Iterator[bytes]:
    """Decodes both base64 alphabets at each of the four offsets, because a match may begin before the data."""
    standard = token.rstrip("=").replace("-", "+").replace("_", "/")
    for offset in range(4):
        part = standard[offset:]
        try:
            decoded = base64.b64decode(part[: len(part) // 4 * 4] + _padded_rest(part))
        except (binascii.Error, ValueError):
            continue
        if _looks_like_text(decoded):
            yield decoded


def _padded_rest(part: str) -> str:
    rest = part[len(part) // 4 * 4 :]
    return "" if len(rest) < 2 else rest + "=" * (4 - len(rest))


def _looks_like_text(data: bytes) -> bool:
    """Whether these bytes may be text; random bytes, such as those of hashes, are not searched further."""
    plain = data.replace(b"\0", b"")
    return bool(plain) and len(plain.translate(None, _TEXT)) <= 0.4 * len(plain)
