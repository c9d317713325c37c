"""Owns the one MetaData of the whole program and the ledger's own tables; knows no feature's tables.

How a feature adds a table:

1. In its `store.py` it writes `calls = sa.Table("crm_calls", metadata, …)` with `metadata`, `UtcDateTime`, `JsonValue`
   and `BigId` of this file. Table names begin with the feature's name. Constraints need no name.
2. It adds one file to `ledger/migrations/versions`, numbered after the present head: there is one history and
   one head. `alembic -c ledger/migrations/alembic.ini revision --autogenerate --rev-id 0007 -m crm_calls` writes
   the first draft; the modules it looks at are listed in that alembic.ini.
3. Nothing else: `Database.open` migrates, and tests/ledger/test_migrations.py compares models and migrations
   of every `store.py`, upwards and downwards, on both databases.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, always UTC on the way out: TIMESTAMPTZ on PostgreSQL, text that sorts on SQLite."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:  # SQLAlchemy's signature
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JsonValue = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""JSON text on SQLite, JSONB on PostgreSQL; JSONB takes no NUL and no half letter, see ledger.storable."""

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""64 bits on both: SQLite counts up by itself only in a column called INTEGER."""

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("kind", sa.String(100), nullable=False),
    sa.Column("call", sa.String(200), index=True),
    sa.Column("agent", sa.String(200)),
    sa.Column("department", sa.String(200)),
    sa.Column("data", JsonValue, nullable=False),
    sa.Index(None, "kind", "at"),
    sqlite_autoincrement=True,  # a number is never given twice, so that a reader's position stays true
)

journal_readers = sa.Table(
    "journal_readers",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("seq", BigId, nullable=False, autoincrement=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("kind", sa.String(100), nullable=False),
    sa.Column("payload", JsonValue, nullable=False),
    sa.Column("run_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("lease_by", sa.String(64)),
    sa.Column("lease_until", UtcDateTime),
    sa.Column("last_error", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    sa.Index(None, "state", "run_at"),
)

spool_files = sa.Table(
    "spool_files",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("size", BigId, nullable=False, autoincrement=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("stored_at", UtcDateTime, nullable=False),
    sa.Column("keep_until", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime),  # when somebody accepted it; without this the file is never removed
    sa.Index(None, "settled_at", "keep_until"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("about", sa.String(200), nullable=False),
    sa.Column("channel", sa.String(40), nullable=False),
    sa.Column("receiver", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_reply", sa.Text, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("alarmed_at", UtcDateTime),
    sa.Column("job", sa.String(200), nullable=False),  # the job that tries it
    sa.CheckConstraint("state IN ('waiting', 'accepted', 'refused', 'cancelled')", name="state"),
    sa.Index(None, "kind", "about"),
    sa.Index(None, "state", "created_at"),
)

delivery_attempts = sa.Table(
    "delivery_attempts",
    metadata,
    sa.Column("delivery", sa.String(64), sa.ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("result", sa.String(10), nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
)
