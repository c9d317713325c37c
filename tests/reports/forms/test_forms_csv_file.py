"""A report as one file of CSV: a ZIP where there are several tables, each as it is when it is had alone."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from reports.document import Document
from reports.forms.as_csv import NoTable, csv_of, table_names
from reports.forms.csv_file import csv_file, ending_of, zip_of
from tests.reports.forms import samples

ONE = replace(samples.FULL, head=(), parts=samples.FULL.parts[:1])


@pytest.mark.parametrize(
    ("doc", "form", "table", "ending"),
    [
        pytest.param(samples.FULL, "csv", None, "zip", id="several tables"),
        pytest.param(samples.FULL, "csv", "departments", "csv", id="one of several"),
        pytest.param(ONE, "csv", None, "csv", id="the only one"),
        pytest.param(replace(ONE, parts=()), "csv", None, "csv", id="none"),
        pytest.param(samples.FULL, "pdf", None, "pdf", id="no CSV"),
    ],
)
def test_several_tables_are_a_zip(doc: Document, form: str, table: str | None, ending: str) -> None:
    assert ending_of(doc, form, table) == ending


@pytest.mark.parametrize("doc", [samples.FULL, samples.spelled(samples.EVIL)], ids=["ordinary", "written by an enemy"])
def test_a_zip_has_every_table_as_it_is_alone(doc: Document) -> None:
    content = csv_file(doc)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        assert len(set(names)) == len(names) == len(table_names(doc))
        for name, table in zip(names, table_names(doc), strict=True):
            assert book.read(name) == csv_file(doc, table) == "".join(csv_of(doc, table)).encode()
            assert name.isascii() and name.endswith(".csv") and "/" not in name
    assert content == zip_of(replace(doc))


def test_names_say_report_table_and_days() -> None:
    with zipfile.ZipFile(io.BytesIO(csv_file(samples.FULL))) as book:
        assert book.namelist()[:2] == ["day-figures-2026-11-24.csv", "day-departments-2026-11-24.csv"]
        assert {one.date_time for one in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_table_that_is_not_there_is_refused() -> None:
    with pytest.raises(NoTable):
        csv_file(samples.FULL, "persons")
