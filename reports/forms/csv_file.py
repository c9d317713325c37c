"""A report as one file of CSV: its only table as it is, several as a ZIP with one CSV each.

Owns which of both it becomes, and the ZIP: the same bytes for the same report. The lines are as_csv's.
"""

from __future__ import annotations

import io
import zipfile

from reports.document import Document
from reports.forms.as_csv import csv_of, table_names
from reports.forms.named import ZIP, file_name

#: The first day that a ZIP can name: when it was written is no part of a report.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


def ending_of(doc: Document, form: str, table: str | None = None) -> str:
    """Return the ending of a report's file in this form; `table` is the only one that is wanted as CSV."""
    return ZIP if form == "csv" and table is None and len(table_names(doc)) > 1 else form


def csv_file(doc: Document, table: str | None = None) -> bytes:
    """Return one table of a report as CSV; without a name all of them, as `ending_of` says. Raises NoTable."""
    if ending_of(doc, "csv", table) == ZIP:
        return zip_of(doc)
    return "".join(csv_of(doc, table)).encode()


def zip_of(doc: Document) -> bytes:
    """Return all tables of a report, one CSV each, in the report's own order."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for table in table_names(doc):
            # Named as it is when it is downloaded alone.
            one = zipfile.ZipInfo(file_name(doc, "csv", table), _NO_TIME)
            one.compress_type, one.create_system, one.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _PLAIN_FILE
            with book.open(one, "w") as file:
                for line in csv_of(doc, table):
                    file.write(line.encode())
    return packed.getvalue()
