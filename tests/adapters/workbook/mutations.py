"""Damages valid files at random and reads them, in a process of its own so that its peak of memory is its own.

`python -m tests.adapters.workbook.mutations SEED COUNT` prints what came of it as JSON. Any error but the typed refusal
ends it, with the number of the mutation.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable

from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.adapters.workbook.writing import limited_process
from shared.adapters.workbook.writing.annotated import write_annotated
from shared.adapters.workbook.writing.limited_process import ProcessLimits
from shared.adapters.workbook.writing.our_columns import ResultContent
from shared.core.report.texts import Language, texts_in
from shared.core.values.cell import Cell, CellKind
from shared.core.values.errors import FileRefusedError
from testing.endless import must_end
from testing.process_memory import peak_mib
from tests.adapters.workbook.corpus_structure import two_tables
from tests.adapters.workbook.packages import (
    HEADER,
    PEOPLE,
    inline,
    inline_rows,
    number,
    row,
    shared,
    sheet,
    strings,
    styles,
    unzipped,
    workbook,
    zipped,
)
from tests.adapters.workbook.reading import counted_by_tree, opened, texts
from tests.adapters.workbook.results import result_of
from tests.adapters.workbook.styled import styled_workbook

_EXTREMES = (b"0", b"-1", b"1", b"1048576", b"1048577", b"99999999999999999999", b"1e999", b"nan", b"", b"A1", b"true")
_SHARE_WRITTEN = 0.15
_SHARE_IN_A_PROCESS = 0.05
"""Of those written. A new interpreter for each takes longer than all the rest, and what it runs is the same."""
_NUMBER = re.compile(rb"\d+")
_TAG = re.compile(rb"<[^>]*>")


def _bases() -> list[tuple[str, bytes]]:
    mixed = sheet(
        row(1, [shared(0), shared(1), shared(2)])
        + row(2, [shared(3), number("12025550123", 1), shared(2)])
        + inline_rows(PEOPLE, first=3)
        + row(9, ['<c r="@"><f>A1</f></c>', '<c r="@" t="b"><v>1</v></c>'])
    )
    text = "\r\n".join(";".join(f'"{field}"' for field in line) for line in (HEADER, *PEOPLE, *PEOPLE))
    return [
        (
            "export.xlsx",
            workbook(mixed, shared_strings=strings(*HEADER, "ana@contoso.example"), stylesheet=styles("0")),
        ),
        ("export.xlsx", two_tables()),
        ("export.xlsx", _computed()),
        ("export.xlsm", styled_workbook()),
        ("export.csv", text.encode("utf-8-sig")),
    ]


def _computed() -> bytes:
    """Formulas of every kind, defined names, merged ranges, links and rules."""
    rows = (
        row(
            2, [inline(PEOPLE[0][0]), '<c r="@" t="str"><f t="shared" ref="B2:B3" si="0">D2</f><v>+12025550123</v></c>']
        )
        + row(3, [inline(PEOPLE[1][0]), '<c r="@" t="str"><f t="shared" si="0"/><v>+12025550124</v></c>'])
        + row(4, [inline(PEOPLE[2][0]), '<c r="@" t="str"><f t="array" ref="B4:C5">Phones</f><v>+12025550125</v></c>'])
        + row(5, [inline("di@contoso.example"), inline("+12025550126")])
    )
    after = (
        '<mergeCells><mergeCell ref="E1:F9"/></mergeCells><conditionalFormatting sqref="B2:B9"><cfRule '
        'type="expression" priority="1"><formula>LEN(B2)=0</formula></cfRule></conditionalFormatting>'
        '<dataValidations count="1"><dataValidation type="list" sqref="C2:C9"><formula1>Phones</formula1>'
        '</dataValidation></dataValidations><hyperlinks><hyperlink ref="A2:A3" location="B1"/></hyperlinks>'
    )
    names = '<definedNames><definedName name="Phones">Sheet1!$D$2:$D$9</definedName></definedNames>'
    return workbook(sheet(inline_rows([HEADER]) + rows, after=after), tail=names, stylesheet=styles("0"))


def _change_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    begin, end = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
    return data[:begin] + data[end:]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(data))
    piece = data[begin : begin + rng.randint(1, 200)]
    return data[:begin] + piece * rng.choice((2, 3, 50)) + data[begin + len(piece) :]


def _extreme_number(data: bytes, rng: random.Random) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(_EXTREMES) + data[match.end() :]


def _swap_tags(data: bytes, rng: random.Random) -> bytes:
    found = list(_TAG.finditer(data))
    if not found:
        return data
    first, second = rng.choice(found), rng.choice(found)
    return data[: first.start()] + second[0] + data[first.end() :]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _change_bytes,
    _cut,
    _repeat,
    _extreme_number,
    _swap_tags,
)


def _damaged(name: str, data: bytes, rng: random.Random) -> bytes:
    """The file as a whole for a fifth of the mutations, else one of its parts."""
    damage = rng.choice(_DAMAGES)
    if name.endswith(".csv") or rng.random() < 0.2:
        return damage(data, rng)
    parts: dict[str, str | bytes] = dict(unzipped(data))
    part = rng.choice(sorted(parts))
    content = parts[part]
    parts[part] = damage(content, rng) if isinstance(content, bytes) and content else content
    return zipped(parts)


def _outcome(name: str, data: bytes) -> str:
    try:
        export = opened(data, name)
        rows = texts(export)
    except FileRefusedError as refused:
        return refused.code
    if not name.endswith(".csv") and counted_by_tree(data, export) != len(rows):
        return "LOST ROWS"
    return "read"


def _written(name: str, data: bytes) -> str:
    """What can be read can be answered: the result holds the same rows."""
    export = opened(data, name)
    result = opened(result_of(data, name, {}))
    width = len(export.header.headings)
    before = [(row, tuple(map(_comes_back_as, cells[:width]))) for row, cells in export.rows()]
    after = [(row, line[:width]) for row, line in texts(result)]
    return "written" if before == after else "LOST IN THE RESULT"


def _comes_back_as(cell: Cell) -> str:
    return texts_in(Language.ENGLISH).say("copy.noResult") if cell.kind is CellKind.FORMULA else cell.text


def _write_mostly_here(rng: random.Random) -> None:
    """Most results are written in this process, by the code that the app runs in one of its own."""
    in_a_process = limited_process.write_in_process

    def write(source: XlsxSource, content: ResultContent, limits: ProcessLimits | None = None) -> bytes:
        if rng.random() < _SHARE_IN_A_PROCESS:
            return in_a_process(source, content, limits)
        return write_annotated(source, content)

    limited_process.write_in_process = write


def main(seed: int, count: int) -> None:
    rng = random.Random(seed)
    _write_mostly_here(random.Random(seed))
    bases = _bases()
    outcomes: Counter[str] = Counter()
    for index in range(count):
        name, data = rng.choice(bases)
        damaged = _damaged(name, data, rng)
        try:
            with must_end(cpu_seconds=60):
                outcome = _outcome(name, damaged)
                if outcome == "read" and rng.random() < _SHARE_WRITTEN:
                    outcome = _written(name, damaged)
            outcomes[outcome] += 1
        except Exception as error:
            raise RuntimeError(f"seed {seed}, mutation {index}") from error
    sys.stdout.write(json.dumps({"outcomes": outcomes, "peakMiB": peak_mib()}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
