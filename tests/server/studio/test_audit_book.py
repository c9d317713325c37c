"""How the audit log reads: publications told once whoever made them, and every deed of a kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callrouter import events as ev
from config.load import require_site
from config.versions.store import VersionStore
from ledger.entry import Entry
from ledger.journal_reads import JournalReads
from server.studio.audit import Acted, entry_of
from server.studio.audit_book import KINDS, AuditBook

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SITE = 'company: {name: Acme}\nnumbers: {"+370 5 200 0000": {menu: main}}\nmenus: {main: {say: {en: %s}, go: hangup}}\n'


class Remembered(JournalReads):
    """A journal in memory."""

    def __init__(self, *entries: Entry) -> None:
        self.entries = sorted(entries, key=lambda entry: entry.at)

    async def last(self, *kinds: str, limit: int = 100) -> list[Entry]:  # type: ignore[override]  # without numbers
        return [entry for entry in reversed(self.entries) if entry.kind in kinds][:limit]

    async def between(  # type: ignore[override]  # as above
        self, start: datetime, end: datetime, kinds: Collection[str] | None = None, *, page: int = 100
    ) -> AsyncIterator[Entry]:
        for entry in self.entries:
            if start <= entry.at < end and (kinds is None or entry.kind in kinds):
                yield entry


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture
def store(tmp_path: Path) -> VersionStore:
    """Two versions, and the way back, all by commands while no server ran."""
    draft, store = tmp_path / "draft", VersionStore(tmp_path / "site")
    draft.mkdir()
    for number, (said, who, why) in enumerate((("Hello", "ann", ""), ("Good day", "command line (ben)", "politer"))):
        (draft / "site.yaml").write_text(SITE % f'"{said}"')
        version = store.keep(draft, require_site(draft))
        store.publish(version, who=who, why=why, at=at(10 * number), expected=number)
    first = store.publications()[0].version
    store.publish(first, who="ann", why="too polite", at=at(20), expected=2, back_to=1)
    return store


def served(store: VersionStore, number: int, minute: int) -> Entry:
    """Return what a server journals when it goes over to a publication, some time after it was made."""
    one = store.publications()[number - 1]
    data = {"number": number, "version": one.version, "who": one.who, "why": one.why, "back_to": one.back_to or 0}
    return Entry(kind=ev.SitePublished.KIND, at=at(minute), data=data)


TOLD = [
    ("ann", "rolled back", "too polite", 20),
    ("command line (ben)", "published", "politer", 10),
    ("ann", "published", "", 0),
]


async def told(book: AuditBook) -> list[tuple[str, str, str, int]]:
    deeds = [deed.acted for deed in await book.last(100)]
    return [(one.who, one.what, one.why, (one.at - NOON) // timedelta(minutes=1)) for one in deeds]


@pytest.mark.parametrize(
    "journaled", [(), ((3, 500),), ((1, 1), (2, 11), (3, 21))], ids=["no server ran", "one began later", "one ran"]
)
async def test_every_publication_is_told_once_and_when_it_was_made(
    store: VersionStore, journaled: tuple[tuple[int, int], ...]
) -> None:
    journal = Remembered(*(served(store, number, minute) for number, minute in journaled))
    assert await told(AuditBook(journal, store)) == TOLD
    late = await AuditBook(journal, store).between(at(400), at(600), 10)
    assert late == [], "a server that begins to serve it publishes nothing"


async def test_a_publication_that_the_store_does_not_know_is_told_by_the_journal(store: VersionStore) -> None:
    elsewhere = Entry(
        kind=ev.SitePublished.KIND, at=at(5), data={"number": 2, "version": "0" * 12, "who": "eve", "why": "there"}
    )
    assert ("eve", "published", "there", 5) in await told(AuditBook(Remembered(elsewhere), store))
    assert await told(AuditBook(Remembered(served(store, 2, 11)))) == [
        ("command line (ben)", "published", "politer", 11)
    ]


async def test_what_is_cut_is_the_oldest(store: VersionStore) -> None:
    deeds = [entry_of(Acted(at(minute), "ann", "edited the site")) for minute in (12, 13, 14)]
    newest = [deed.acted.at for deed in await AuditBook(Remembered(*deeds), store).last(3)]
    assert newest == [at(20), at(14), at(13)]
    newest = [deed.acted.at for deed in await AuditBook(Remembered(*deeds), store).between(at(0), at(30), 3)]
    assert newest == [at(20), at(14), at(13)]


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("edited the site", "site"),
        ("kept a recording as a prompt", "site"),
        ("spoke a recording into the draft", "site"),
        ("asked to roll back", "publishing"),
        ("made an account (supervisor)", "access"),
        ("changed an agent's state", "agents"),
        ("exported a person", "customers"),
        ("exported customers", "customers"),
        ("began an import of customers", "customers"),
        ("imported calls", "imports"),
        ("forgot an import of calls", "imports"),
        ("tested a connector", "connectors"),
        ("delivered a fax again", "post"),
        ("POST /of/another/version", "other"),
    ],
)
async def test_a_deed_is_of_a_kind(what: str, kind: str) -> None:
    [deed] = await AuditBook(Remembered(entry_of(Acted(NOON, "ann", what)))).last(1)
    assert (deed.kind, deed.acted.what) == (kind, what)
    assert deed.kind in KINDS
