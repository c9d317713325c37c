"""What all tests share: quick ones first, real Asterisk and browsers last."""

from __future__ import annotations

import asyncio
import gc
import shutil
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import pytest
import pytest_asyncio
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket
from sqlalchemy.util import LRUCache

from ledger import migration

if TYPE_CHECKING:
    from playwright.async_api import Browser

# How long an example takes says nothing on a machine that is busy with others' work.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

#: Later in the list runs later.
ORDER = ("", "postgres", "browser", "asterisk")


def pytest_configure() -> None:
    """Let nobody get an event loop by the way.

    pytest-asyncio 1.5 asks for "the loop before" its own; Python then makes one that nobody closes, and the
    ResourceWarning strikes whichever test is running when it is collected. None is an answer as well.
    """
    asyncio.set_event_loop(None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # As a shell has it for what it starts in the background; the programs we start would ignore Ctrl-C, too.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only tests with a real Asterisk run, do not even import the files that have none: that took a minute."""
    if config.option.markexpr != "asterisk" or not collection_path.name.startswith("test_"):
        return None
    return "pytest.mark.asterisk" not in collection_path.read_text("utf-8") or None


def pytest_collection_finish() -> None:
    """Have the garbage collector leave alone what stays to the end: it went through ten thousand tests each time."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is quick first, so that a mistake is known early."""

    def rank(item: pytest.Item) -> int:
        return max((ORDER.index(mark.name) for mark in item.iter_markers() if mark.name in ORDER), default=0)

    items.sort(key=rank)


class Compiled(jinja2.BytecodeCache):
    """Templates that were compiled once; the code of a template is the same for every server a test starts."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_are_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jinja2, "Environment", partial(jinja2.Environment, bytecode_cache=Compiled()))
        yield


class Statements(LRUCache[Any, Any]):  # Any: SQLAlchemy's own keys, and what it compiled
    """Statements that were compiled once, whichever engine asks: their keys but for the dialect, which each has."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """Let all databases of a kind share what one server's engine has to itself; a test has a new database each."""
    shared = defaultdict[tuple[str, str], Statements](lambda: Statements(2_000))

    def share(connection: sa.Connection) -> None:
        engine = connection.engine
        engine._compiled_cache = shared[engine.dialect.name, engine.dialect.driver]

    sa.event.listen(sa.Engine, "engine_connect", share)
    yield
    sa.event.remove(sa.Engine, "engine_connect", share)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new database of this version."""
    path = tmp_path_factory.mktemp("migrated") / "new.db"
    asyncio.run(migration.upgrade(migration.url_of(path)))
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def one_browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Start the browser of this process; every page that is `opened` has cookies and a cache of its own."""
    from tests.server.web.chromium import chromium, running_browser  # not every process has a use for it

    async with running_browser(tmp_path_factory.mktemp("browser"), await chromium()) as browser:
        yield browser


@pytest.fixture(scope="module", autouse=True)
def a_new_database_is_a_copy(request: pytest.FixtureRequest, migrated: Path) -> Iterator[None]:
    """Spare most tests the eleven steps of an empty database's history; those about migration take them."""
    if "migration" in request.path.name:
        yield
        return
    take_every_step = migration.upgrade

    async def upgrade(url: sa.URL, revision: str = "head") -> None:
        if url.get_backend_name() != "sqlite" or not await asyncio.to_thread(copied, Path(str(url.database))):
            await take_every_step(url, revision)

    def copied(path: Path) -> bool:
        if not path.exists():
            shutil.copyfile(migrated, path)
            return True
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration, "upgrade", upgrade)
        yield
