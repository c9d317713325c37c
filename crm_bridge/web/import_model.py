"""The shapes of imports in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from crm_bridge.importing_model import Import, Rule, Told
from ledger.web.api_model import Shape


class ImportAnswer(Shape):
    """An import, and how far it is."""

    id: str
    file_name: str
    size: int
    by: str
    at: datetime
    state: str
    rule: str
    share: float
    rows: int
    added: int
    joined: int
    left_out: int
    refused: int
    incomplete: int
    organisations: int
    removed: int
    kept: int
    why: str

    @classmethod
    def of(cls, one: Import, why: str = "") -> ImportAnswer:
        """Return an import as the API tells of it."""
        counts = one.counts
        return cls(
            id=one.id,
            file_name=one.file_name,
            size=one.size,
            by=one.by,
            at=one.at,
            state=one.state.value,
            rule=one.rule.value,
            share=round(one.share, 4),
            rows=one.mark.read,
            added=counts.added,
            joined=counts.joined,
            left_out=counts.known,
            refused=counts.refused,
            incomplete=counts.warned,
            organisations=counts.companies,
            removed=counts.removed,
            kept=counts.kept,
            why=one.why or why,
        )


class ImportsAnswer(Shape):
    """Imports, the newest first."""

    imports: list[ImportAnswer]


class RefusedRow(Shape):
    """A row that was refused, and why; cells as far as they are kept."""

    row: int
    why: str
    cells: list[str]

    @classmethod
    def of(cls, told: Told) -> RefusedRow:
        """Return a row as the API tells of it."""
        return cls(row=told.row.number, why=told.row.why, cells=list(told.row.cells))


class RefusedAnswer(Shape):
    """Refused rows, in the order of the file."""

    rows: list[RefusedRow]


class ImportBody(Shape):
    """A file with customers, and how it is read where that is not to be guessed."""

    document: Annotated[
        str,
        Field(
            description="the file: CSV or vCard, at most 100 MB",
            json_schema_extra={"contentMediaType": "application/octet-stream"},
        ),
    ]
    rule: Rule = Rule.SKIP
    encoding: Annotated[str, Field(description="such as cp1257; left out, it is guessed")] = ""
    delimiter: Annotated[str, Field(description="comma, semicolon, tab or bar; left out, it is guessed")] = ""
    header: Annotated[str, Field(description="yes or no: whether the first row is headings; else it is guessed")] = ""
    map: Annotated[str, Field(description="what columns mean, between blanks, as in 1=name 2=phone|mobile")] = ""


EXAMPLE: dict[str, object] = {
    "id": "0199d2ac-6a3c-7c0e-9d7a-0a8f1c6f2b11",
    "file_name": "customers.csv",
    "size": 48213,
    "by": "sue",
    "at": "2026-11-24T08:00:00Z",
    "state": "running",
    "rule": "skip",
    "share": 0.42,
    "rows": 420,
    "added": 401,
    "joined": 0,
    "left_out": 12,
    "refused": 7,
    "incomplete": 3,
    "organisations": 25,
    "removed": 0,
    "kept": 0,
    "why": "",
}
EXAMPLES: dict[str, object] = {"imports": [EXAMPLE]}
REFUSED: dict[str, object] = {
    "rows": [{"row": 17, "why": "it has 5 cells, there are 4 columns", "cells": ["Ona", "x", "", "", "y"]}]
}
BODY: dict[str, object] = {
    "document": "Vardas;Tel.\nOna;8 600 00001",
    "rule": "skip",
    "encoding": "cp1257",
    "delimiter": "semicolon",
    "header": "yes",
    "map": "1=name 2=phone|mobile",
}
