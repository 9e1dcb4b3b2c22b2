"""Turns the faults of a file into FileRefusedErrors.

Libraries quote what they could not read, which may be a phone number. So their messages are dropped and only the
kind of error is named.
"""

from __future__ import annotations

import csv
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError

from defusedxml.common import DefusedXmlException

from shared.core.values.codes import CODES
from shared.core.values.errors import FileRefusedError
from shared.core.values.said import Said

BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    csv.Error,
    ExpatError,
    ParseError,
    NotImplementedError,  # zipfile: a version or compression that Office never uses
    OSError,  # openpyxl: a package without a workbook
    ArithmeticError,
    AttributeError,  # openpyxl: a part without an element that it expects
    LookupError,  # also unknown encodings
    TypeError,  # openpyxl: a value of another type than the standard says
    ValueError,  # also undecodable text
)
"""What zipfile, expat, csv and openpyxl raise on damaged files, as seen when damaging thousands of them (see tests)."""


_PRIVATE = re.compile(r"@|(?:\d\D*){9}")
_LONGEST_NAME = 60


def refusal(code: str, message: Said) -> FileRefusedError:
    """The error, with its remedy from the table of codes."""
    return FileRefusedError(code, message, remedy=CODES[code].remedy)


def quoted(name: str) -> Said:
    """The name of a sheet or table for a message; not when it may be a phone number or an e-mail address."""
    return Said("(name not shown)") if _PRIVATE.search(name) else Said("'{name}'", name=name[:_LONGEST_NAME])


@contextmanager
def refuse_broken(what: Said) -> Iterator[None]:
    """Raise FileRefusedError for anything that a library cannot read in `what`, without the library's message."""
    try:
        yield
    except DefusedXmlException:
        raise refusal("entityDeclared", Said("{what} declares a document type or entities.", what=what)) from None
    except BROKEN as error:
        raise refusal(
            "corruptFile", Said("{what} cannot be read ({kind}).", what=what, kind=type(error).__name__)
        ) from None
