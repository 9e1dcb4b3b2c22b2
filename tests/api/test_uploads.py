"""Whatever content type and body a caller sends, the upload is read or refused by name."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.api.errors import RequestRefusedError
from shared.api.uploads import received

_PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nuser,mobile\r\n--x--\r\n'
_TYPES = ("multipart/form-data", "text/csv", "application/octet-stream", "application/json", "", "MULTIPART/Form-Data")
_PARAMETERS = st.tuples(
    st.sampled_from(["boundary", "boundary*", "boundary*0", "boundary*0*", "a*0", "a*1*", "charset", "*", "=", ""]),
    st.sampled_from(["=", "", "=="]),
    st.sampled_from(
        ["x", '"x"', "utf-8''x", "no-such''x", "utf-8''%ff", '"', "", "\N{SNOWMAN}", "a" * 300, "''", "%00"]
    ),
)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary*=utf-8''x",
        "multipart/form-data; boundary*=…",
        "multipart/form-data; boundary*0=x",
        "text/csv; a*0=…",
        "text/csv; a*0*=utf-8''x",
        "text/csv; a*=no-such''x",
        "text/csv; charset",
    ],
)
def test_odd_parameters_of_a_content_type_are_no_fault_of_the_app(content_type: str) -> None:
    with suppress(RequestRefusedError):
        assert received(content_type, _PART, "").data


_BETWEEN = st.sampled_from(["; ", ";", " "])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_TYPES), st.lists(_PARAMETERS, max_size=4), _BETWEEN, st.binary(max_size=60))
def test_any_content_type_and_body(
    media_type: str, parameters: list[tuple[str, str, str]], by: str, junk: bytes
) -> None:
    content_type = by.join([media_type, *map("".join, parameters)])
    for body in (_PART, junk, _PART.replace(b"a.csv", junk), _PART[: len(junk)]):
        with suppress(RequestRefusedError):
            received(content_type, body, "")


def test_a_form_and_a_plain_body_are_read() -> None:
    assert ("a.csv", b"user,mobile") == _seen("multipart/form-data; boundary=x", _PART)
    assert ("a.csv", b"user,mobile") == _seen('Multipart/Form-Data; charset=utf-8; boundary="x"', _PART)
    assert ("upload.csv", b"user") == _seen("text/csv; charset=utf-8", b"user")


def _seen(content_type: str, body: bytes) -> tuple[str, bytes]:
    workbook = received(content_type, body, "")
    return workbook.name, workbook.data
