"""Owns the tables of imports and exports: what was brought by whom, row by row, and what went out."""

from __future__ import annotations

import sqlalchemy as sa

from ledger.tables import BigId, JsonValue, UtcDateTime, metadata

imports = sa.Table(
    "crm_imports",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("file_name", sa.String(200), nullable=False),
    sa.Column("size", BigId, nullable=False, autoincrement=False),
    sa.Column("digest", sa.String(64), nullable=False),
    #: What we call the file, '' once it is gone.
    sa.Column("file", sa.String(80), nullable=False),
    sa.Column("plan", JsonValue),
    sa.Column("wishes", JsonValue, nullable=False),
    sa.Column("rule", sa.String(8), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("began", UtcDateTime),
    sa.Column("ended", UtcDateTime),
    sa.Column("done", BigId, nullable=False, autoincrement=False),
    #: The last row whose fate is on disk, and how many rows were read until there.
    sa.Column("row", sa.Integer, nullable=False),
    sa.Column("read", sa.Integer, nullable=False),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("joined", sa.Integer, nullable=False),
    sa.Column("known", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("warned", sa.Integer, nullable=False),
    sa.Column("companies", sa.Integer, nullable=False),
    sa.Column("removed", sa.Integer, nullable=False),
    sa.Column("kept", sa.Integer, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("undone_by", sa.String(80), nullable=False),
    sa.Index(None, "at"),
)

#: Every row that brought something, by its file's content: it brings nothing again, and what it brought can be found.
imported = sa.Table(
    "crm_imported",
    metadata,
    sa.Column("digest", sa.String(32), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    #: 0 is the row's own customer, 1 the organisation that was made because the row named it; from 2 on what the same
    #: row gave to the same customer when its file came again and was read otherwise.
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("import", sa.String(64), nullable=False),
    #: None once the customer is gone: the row still brings nobody again.
    sa.Column("customer", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="SET NULL")),
    #: What a customer who was there was given: lists by name; None for one who was added.
    sa.Column("gave", JsonValue),
    sa.Index(None, "customer"),
    sqlite_with_rowid=False,
)

#: Rows that were refused, or taken without all that they said.
told = sa.Table(
    "crm_import_told",
    metadata,
    sa.Column("import", sa.String(64), sa.ForeignKey("crm_imports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("taken", sa.Boolean, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("cells", JsonValue, nullable=False),
)

#: Who took customers out of the house.
exports = sa.Table(
    "crm_exports",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("form", sa.String(8), nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("tag", sa.String(40), nullable=False),
    #: How many went; None while it goes, or where it was broken off.
    sa.Column("count", sa.Integer),
    sa.Index(None, "at"),
)
