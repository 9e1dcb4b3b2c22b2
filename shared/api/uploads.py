"""The body of an upload: the workbook itself, or a form with it as the part `file`.

Called by the route that starts runs; the size was judged before. Forms are read by werkzeug, which azure-functions
brings along, and kept in memory: a temporary file would be one more place with numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO

from shared.api.errors import ErrorDetail, RequestRefusedError
from shared.api.schema import XLSX

RAW_NAMES = {XLSX: "upload.xlsx", "text/csv": "upload.csv", "application/octet-stream": "upload.xlsx"}
"""What is taken without a form, and what it is called when nobody names it."""
FORM = "multipart/form-data"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Workbook:
    data: bytes = field(repr=False)
    name: str


def received(content_type: str, body: bytes, name: str) -> Workbook:
    """`name` is what the caller says it is called, "" = nothing. Raises RequestRefusedError."""
    media_type, options = _parsed(content_type)
    if media_type == FORM:
        found = _from_form(body, options)
    elif media_type in RAW_NAMES:
        found = Workbook(body, RAW_NAMES[media_type])
    else:
        raise RequestRefusedError("unsupportedMediaType", target="header.Content-Type")
    if not found.data:
        # A chunked body reaches a Python function empty, whatever was sent.
        raise _fault("the body is empty; send it with a Content-Length")
    return Workbook(found.data, _file_name(name) or _file_name(found.name) or RAW_NAMES[XLSX])


def _parsed(content_type: str) -> tuple[str, dict[str, str]]:
    header = Message()
    header["Content-Type"] = content_type
    return header.get_content_type() if content_type else "", dict(header.get_params(failobj=[])[1:])


def _from_form(body: bytes, options: dict[str, str]) -> Workbook:
    from werkzeug.exceptions import RequestEntityTooLarge
    from werkzeug.formparser import FormDataParser

    parser = FormDataParser(stream_factory=_in_memory, max_form_parts=1, silent=False)
    try:
        _, fields, files = parser.parse(BytesIO(body), FORM, len(body), options)
    except (ValueError, RequestEntityTooLarge):
        raise _fault("it is not a form with one part") from None
    found = files.getlist("file")
    if len(found) != 1 or fields:
        raise _fault("it is not a form with the one part `file`")
    return Workbook(found[0].read(), found[0].filename or "")


def _in_memory(*_: object, **__: object) -> IO[bytes]:
    return BytesIO()


def _file_name(name: str) -> str:
    """The last part of a path of any system, without what no file name holds."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(character for character in last if character.isprintable())[-_LONGEST_NAME:]


def _fault(message: str) -> RequestRefusedError:
    detail = ErrorDetail(code="uploadUnreadable", message=message, target="body")
    return RequestRefusedError("badRequest", f"body: {message}.", target="body", details=[detail])
