"""What the tests of reports/ share."""

import asyncio

from tests.fixtures.databases import database_url, db, migrated

__all__ = ["database_url", "db", "migrated"]

# pytest-asyncio 1.5 asks for "the loop before" and so makes one that nobody closes; None is an answer as well.
asyncio.set_event_loop(None)
