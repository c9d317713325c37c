"""Models and migrations say the same, in both directions, on both databases, for every feature that has tables."""

import asyncio
import sys
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger import migration
from ledger.database import Database
from ledger.engines import Role, make_engine
from ledger.errors import DatabaseTooNew
from ledger.tables import metadata

ROOT = Path(__file__).parents[2]


def import_every_store() -> None:
    for store in sorted(
        path for shape in ("*/*store.py", "*/store_*.py", "*/*/*store.py") for path in ROOT.glob(shape)
    ):
        import_module(".".join(store.relative_to(ROOT).with_suffix("").parts))


async def look(url: str, question: object) -> object:
    engine = make_engine(migration.url_of(url), Role.MIGRATE)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(question)  # type: ignore[arg-type]  # any function of a connection
    finally:
        await engine.dispose()


def tables_there(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names())


def differences(connection: sa.Connection) -> list[object]:
    options = migration.compare_options(metadata)
    options.pop("target_metadata")
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_one_history_with_one_head() -> None:
    assert len(ScriptDirectory.from_config(migration.configuration()).get_heads()) == 1


async def test_the_migrations_make_what_the_models_say(empty_database: str) -> None:
    import_every_store()
    await migration.upgrade(migration.url_of(empty_database))
    assert await look(empty_database, differences) == []


async def test_up_down_and_up_again(empty_database: str) -> None:
    import_every_store()
    url = migration.url_of(empty_database)
    await migration.upgrade(url)
    await migration.downgrade(url, "base")
    assert await look(empty_database, tables_there) == {"alembic_version"}
    await migration.upgrade(url)
    assert await look(empty_database, differences) == []


async def test_two_processes_start_at_once(empty_database: str) -> None:
    program = "import asyncio, sys; from ledger.database import Database\n"
    program += "async def main():\n    async with await Database.open(sys.argv[1]): pass\n"
    program += "sys.stdin.readline(); asyncio.run(main())"
    starts = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, empty_database, cwd=ROOT, stdin=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    async with asyncio.timeout(60):
        await asyncio.gather(*(start.communicate(b"go\n") for start in starts))
    assert [start.returncode for start in starts] == [0, 0]


async def test_two_databases_opened_at_once_in_one_process(tmp_path: Path) -> None:
    opened = await asyncio.gather(*(Database.open(tmp_path / f"{n}.db") for n in range(4)))
    for db in opened:
        await db.close()


async def test_a_database_of_a_newer_version_is_left_alone(empty_database: str) -> None:
    async with await Database.open(empty_database) as db, db.writing() as session:
        await session.execute(sa.text("UPDATE alembic_version SET version_num = 'of 2031'"))
    with pytest.raises(DatabaseTooNew):
        await Database.open(empty_database)
