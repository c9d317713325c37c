"""What the tests of crm_bridge/ share."""

import asyncio

import pytest

from ledger.database import Database
from tests.crm_bridge.crm_house import House
from tests.fixtures.databases import database_url, db, migrated

__all__ = ["database_url", "db", "migrated"]

# pytest-asyncio 1.5 asks for "the loop before" and so makes one that nobody closes; None is an answer as well.
asyncio.set_event_loop(None)


@pytest.fixture
def house(db: Database) -> House:
    return House(db)
