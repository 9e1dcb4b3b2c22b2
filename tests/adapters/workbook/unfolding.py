"""Has a workbook written that unfolds to gigabytes, in a process of its own so that its peak of memory is its own.

`python -m tests.adapters.workbook.unfolding MIB` limits the memory of the process that writes.
"""

from __future__ import annotations

import json
import resource
import sys

from shared.adapters.workbook.reading.limits import MIB, FileLimits
from shared.adapters.workbook.reading.source import LAST_ROW
from shared.adapters.workbook.reading.xlsx import XlsxSource
from shared.adapters.workbook.writing.annotated import CannotRewriteError
from shared.adapters.workbook.writing.limited_process import ProcessLimits, write_in_process
from shared.adapters.workbook.writing.our_columns import ResultContent, SheetContent
from shared.core.report.result_pages import PeopleCounts, summary_page
from testing.process_memory import peak_mib
from tests.adapters.workbook.packages import inline_rows, sheet, workbook
from tests.adapters.workbook.results import ENGLISH, RUN


def unfolding() -> ResultContent:
    """Two kilobytes, of which openpyxl makes some millions of cells."""
    after = '<mergeCells><mergeCell ref="C10:XFD1048576"/></mergeCells>'
    return content_of(workbook(sheet(inline_rows(), after=after)))


def content_of(data: bytes) -> ResultContent:
    source = XlsxSource(data, FileLimits())
    page = source.sheets[0]
    scan = source.scan(page, stop_after=LAST_ROW)
    header = next(cells for _, cells in source.rows(page, 3, scan=scan))
    part = SheetContent(page, 1, header, 0, (), scan)
    summary = summary_page(RUN, {}, PeopleCounts.of({}, ENGLISH), ENGLISH)
    return ResultContent(source, (part,), None, {}, summary, 0, ENGLISH, "")


def main(memory_mib: int) -> None:
    content = unfolding()
    assert isinstance(content.source, XlsxSource)
    try:
        write_in_process(content.source, content, ProcessLimits(memory_bytes=memory_mib * MIB))
        said = "written"
    except CannotRewriteError as error:
        said = str(error)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = {"said": said, "appMiB": peak_mib(), "processMiB": used.ru_maxrss / 1024}
    sys.stdout.write(json.dumps(found | {"seconds": used.ru_utime + used.ru_stime}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
