"""Owns the INSERT that minds conflicts, which SQLAlchemy spells once for each database."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession


def insert_into(session: AsyncSession | sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """Begin an INSERT that has `on_conflict_do_nothing` and `on_conflict_do_update`."""
    dialect = session.dialect if isinstance(session, sa.Connection) else session.get_bind().dialect
    if dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
