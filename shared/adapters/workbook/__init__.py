"""Opens exports, proves that no row is lost, and writes result workbooks.

Called by the split, gate and finish steps and by the HTTP API; openpyxl is imported on first use.
"""

from shared.adapters.workbook.reading.export import ExportFile, open_export
from shared.adapters.workbook.reading.limits import FileLimits
from shared.adapters.workbook.writing.drift import write_drift
from shared.adapters.workbook.writing.result import ExportView, write_result
from shared.adapters.workbook.writing.template import write_template

__all__ = ["ExportFile", "ExportView", "FileLimits", "open_export", "write_drift", "write_result", "write_template"]
