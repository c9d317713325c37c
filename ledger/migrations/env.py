"""Runs migrations: on the connection ledger.migration hands over, or alone for alembic's command line."""

import asyncio
from importlib import import_module

import sqlalchemy as sa
from alembic import context

from ledger import migration
from ledger.tables import metadata


def migrate(connection: sa.Connection) -> None:
    context.configure(connection=connection, **migration.compare_options(metadata))
    with context.begin_transaction():
        context.run_migrations()


async def migrate_on_our_own() -> None:
    url = migration.url_of(context.get_x_argument(as_dictionary=True)["database"])
    for module in (context.config.get_main_option("tables_of") or "").split():
        import_module(module)
    async with migration.exclusive_connection(url) as connection:
        await connection.run_sync(migrate)


given: sa.Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    asyncio.run(migrate_on_our_own())
