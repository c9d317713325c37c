"""Owns the tables of customers and of what passed between them and us. Knows no rule and no query."""

from __future__ import annotations

import sqlalchemy as sa

from ledger.tables import BigId, JsonValue, UtcDateTime, metadata


def _customer(name: str = "customer", *, primary_key: bool = False) -> sa.Column[str]:
    """Return a column that names a customer and goes with it."""
    key = sa.ForeignKey("crm_customers.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(64), key, primary_key=primary_key, nullable=False)


def _of_those(column: str, have: str) -> sa.Index:
    """Return an index by a column and by name, of those only who have it: each who comes is written into the fewer."""
    return sa.Index(None, column, "name_key", sqlite_where=sa.text(have), postgresql_where=sa.text(have))


customers = sa.Table(
    "crm_customers",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    #: The name without case and accents, for finding the same one twice.
    sa.Column("name_key", sa.Text, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("organisation", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="SET NULL")),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("website", sa.Text, nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("status", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(80), nullable=False),
    sa.Column("insiders", JsonValue, nullable=False),
    sa.Column("tags", JsonValue, nullable=False),
    sa.Column("fields", JsonValue, nullable=False),
    #: Nobody wrote this one: it was made of a number that called.
    sa.Column("made_by_us", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    #: Merged into that one, which can be undone for a while.
    sa.Column("merged_into", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="CASCADE")),
    _of_those("organisation", "organisation IS NOT NULL"),
    sa.Index(None, "name_key"),
    # Lists of many are by name; of the few who have tags, or of whom nobody has written, only those are kept.
    _of_those("status", "status != ''"),
    _of_those("owner", "owner != ''"),
    sa.Index(
        "ix_crm_customers_tagged",
        "name_key",
        "id",
        sqlite_where=sa.text("tags != '[]'"),
        postgresql_where=sa.text("tags != '[]'::jsonb"),
    ),
    sa.Index(
        "ix_crm_customers_unknown",
        "id",
        sqlite_where=sa.text("made_by_us = 1"),
        postgresql_where=sa.text("made_by_us"),
    ),
    # Of the few that are: SQLite takes an index of all to be the best way to those that are not.
    sa.Index(
        None,
        "merged_into",
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    ),
)

numbers = sa.Table(
    "crm_numbers",
    metadata,
    _customer(primary_key=True),
    sa.Column("number", sa.String(20), primary_key=True),
    sa.Column("written", sa.String(60), nullable=False),
    sa.Column("label", sa.String(40), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Index(None, "number"),
)

mails = sa.Table(
    "crm_mails",
    metadata,
    _customer(primary_key=True),
    sa.Column("address", sa.String(254), primary_key=True),
    sa.Column("label", sa.String(40), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Index(None, "address"),
)

handles = sa.Table(
    "crm_handles",
    metadata,
    _customer(primary_key=True),
    sa.Column("service", sa.String(40), primary_key=True),
    sa.Column("handle", sa.String(200), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Index(None, "service", "handle"),
)

#: Other customers concerned: `other` is `customer`'s `role`.
relations = sa.Table(
    "crm_relations",
    metadata,
    _customer(primary_key=True),
    _customer("other", primary_key=True),
    sa.Column("role", sa.String(80), primary_key=True),
    sa.Index(None, "other"),
)

notes = sa.Table(
    "crm_notes",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    _customer(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    #: The interaction it is about, '' where about none.
    sa.Column("interaction", sa.String(200), nullable=False),
    sa.Column("disposition", sa.String(80), nullable=False),
    sa.Index(None, "customer", "at"),
    sa.Index(None, "interaction"),
)

matters = sa.Table(
    "crm_matters",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    _customer(),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("amount", BigId, nullable=False, autoincrement=False),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("stage", sa.String(40), nullable=False),
    sa.Column("whose", sa.String(80), nullable=False),
    sa.Column("expected", sa.Date),
    sa.Column("closed", sa.Date),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index(None, "customer"),
    sa.Index(None, "stage", "expected"),
)

activities = sa.Table(
    "crm_activities",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    _customer(),
    sa.Column("matter", sa.String(64), sa.ForeignKey("crm_matters.id", ondelete="SET NULL")),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("whose", sa.String(80), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("done_at", UtcDateTime),
    sa.Column("done_by", sa.String(80), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    #: The interaction it came of, '' where of none.
    sa.Column("interaction", sa.String(200), nullable=False),
    sa.Index(None, "customer"),
    sa.Index(None, "matter"),
    sa.Index(None, "interaction"),
    sa.Index(None, "whose", "done_at", "due"),
)

steps = sa.Table(
    "crm_steps",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    _customer(),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    #: The note, matter, activity or merge it is about.
    sa.Column("about", sa.String(200), nullable=False),
    #: From what to what, by the name of what changed.
    sa.Column("changes", JsonValue, nullable=False),
    sa.Index(None, "customer", "at"),
)

interactions = sa.Table(
    "crm_interactions",
    metadata,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("call", sa.String(200), nullable=False),
    sa.Column("customer", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="SET NULL")),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("medium", sa.String(20), nullable=False),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("started", UtcDateTime, nullable=False),
    sa.Column("ended", UtcDateTime),
    sa.Column("outcome", sa.String(20)),
    sa.Column("result", sa.String(80), nullable=False),
    sa.Column("department", sa.Text, nullable=False),
    sa.Column("answered_by", sa.Text, nullable=False),
    sa.Column("waited", sa.Float, nullable=False),
    sa.Column("talked", sa.Float, nullable=False),
    #: The voicemail or the fax.
    sa.Column("left", sa.String(64), nullable=False),
    sa.Column("facts", JsonValue, nullable=False),
    sa.Index(None, "customer", "started"),
    sa.Index(None, "number", "started"),
    sa.Index(None, "started", "id"),
)

#: Interactions that somebody gave to a customer by hand, or to nobody: said by people, so kept when interactions are
#: made anew. So is whose the others were, as said by '', until they are there again.
assigned = sa.Table(
    "crm_assigned",
    metadata,
    sa.Column("interaction", sa.String(200), primary_key=True),
    sa.Column("customer", sa.String(64), sa.ForeignKey("crm_customers.id", ondelete="CASCADE")),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    sa.Index(None, "customer"),
)

merges = sa.Table(
    "crm_merges",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    _customer("kept"),
    _customer("gone"),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("by", sa.String(80), nullable=False),
    #: What the kept one was given because it had none: column to value.
    sa.Column("filled", JsonValue, nullable=False),
    sa.Index(None, "kept"),
    sa.Index(None, "gone"),
    sa.Index(None, "at"),
)

#: Each row that changed hands in a merge, so that undoing it moves these back and no others.
moved = sa.Table(
    "crm_moved",
    metadata,
    sa.Column("merge", sa.String(64), sa.ForeignKey("crm_merges.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(400), primary_key=True),
)

#: Pairs of whom somebody said that they are two; `one` sorts before `other`.
distinct = sa.Table(
    "crm_distinct",
    metadata,
    _customer("one", primary_key=True),
    _customer("other", primary_key=True),
    sa.Index(None, "other"),
)

#: Who looked at whom, once for each hour.
looks = sa.Table(
    "crm_looks",
    metadata,
    _customer(primary_key=True),
    sa.Column("by", sa.String(80), primary_key=True),
    sa.Column("hour", UtcDateTime, primary_key=True),
    sa.Index(None, "hour"),
)

#: What a customer is found by, as plain words. The index of them is the database's own; see the migration.
words = sa.Table(
    "crm_words",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    _customer(),
    sa.Column("words", sa.Text, nullable=False),
    sa.UniqueConstraint("customer"),
)
