"""Reads the body of an upload: the workbook itself, or a form with it as the part `file`.

Forms are parsed by werkzeug, a dependency of azure-functions, in memory, because a temporary file would be one more
place with numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from shared.api.errors import ErrorDetail, RequestRefusedError
from shared.api.schema import XLSX
from shared.core.values.said import counted

RAW_NAMES = {XLSX: "upload.xlsx", "text/csv": "upload.csv", "application/octet-stream": "upload.xlsx"}
"""The media types of uploads without a form, and the default file name of each."""
FORM = "multipart/form-data"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Workbook:
    data: bytes = field(repr=False)
    name: str


def received(content_type: str, body: bytes, name: str) -> Workbook:
    """The workbook in a body. Raises RequestRefusedError if there is none.

    `name` is the file name in the query; "" = that of the form, or the default of the media type.
    """
    media_type, _ = _parsed(content_type)
    if media_type == FORM:
        fields, file = parsed_form(content_type, body, most_parts=1)
        if file is None or fields:
            raise _fault("it is not a form with the one part `file`")
        found = file
    elif media_type in RAW_NAMES:
        found = Workbook(body, RAW_NAMES[media_type])
    else:
        raise RequestRefusedError("unsupportedMediaType", target="header.Content-Type")
    if not found.data:
        # A chunked body always reaches a Python function empty.
        raise _fault("the body is empty; send it with a Content-Length")
    return Workbook(found.data, _file_name(name) or found.name)


def _parsed(content_type: str) -> tuple[str, dict[str, str]]:
    from werkzeug.http import parse_options_header

    media_type, options = parse_options_header(content_type)
    return media_type.lower(), options


def parsed_form(content_type: str, body: bytes, *, most_parts: int) -> tuple[dict[str, str], Workbook | None]:
    """The fields of a form, and its part `file`; None = it has no such part, or several.

    Raises RequestRefusedError if the body is no form, or has more than `most_parts` parts.
    """
    from werkzeug.exceptions import RequestEntityTooLarge
    from werkzeug.formparser import FormDataParser

    parser = FormDataParser(stream_factory=_in_memory, max_form_parts=most_parts, silent=False)
    try:
        _, fields, files = parser.parse(BytesIO(body), FORM, len(body), _parsed(content_type)[1])
    except (ValueError, RequestEntityTooLarge):
        raise _fault(f"it is not a form with at most {counted(most_parts, 'part', 'parts')}") from None
    found = files.getlist("file")
    if len(found) != 1:
        return fields.to_dict(), None
    return fields.to_dict(), Workbook(found[0].read(), _file_name(found[0].filename or "") or RAW_NAMES[XLSX])


def _in_memory(*_: object, **__: object) -> IO[bytes]:
    return BytesIO()


def _file_name(name: str) -> str:
    """The last part of a path of any system, without unprintable characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(character for character in last if character.isprintable())[-_LONGEST_NAME:]


def _fault(message: str) -> RequestRefusedError:
    detail = ErrorDetail(code="uploadUnreadable", message=message, target="body")
    return RequestRefusedError("badRequest", f"body: {message}.", target="body", details=[detail])
