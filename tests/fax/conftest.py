"""What the tests of fax/ share: every test that asks for `db` runs on SQLite and on PostgreSQL."""

from tests.fixtures.databases import database_url, db

__all__ = ["database_url", "db"]  # fixtures: pytest finds them here by name
