"""Tokens: made, recognised, rotated with an overlap, expired and removed; what is stored and journaled of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.journal_reads import JournalReads
from ledger.tables import journal
from server import token_secret
from server import token_store as store
from server.accounts import Account, Role
from server.scopes import MEANS, Scope
from server.token_model import (
    BadLimit,
    BadSpan,
    BadTokenName,
    Grant,
    Limit,
    NoScope,
    NoSuchToken,
    RotatedMeanwhile,
    TokenError,
    TokenExpired,
    TokenNameTaken,
    TooManySecrets,
    TooManyTokens,
)
from server.tokens import MOST_SECRETS, MOST_TOKENS, Tokens
from tests.ledger.postgres import server

READ = [Scope.CALLS_READ]
DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = str(tmp_path / "tokens.db") if request.param == "sqlite" else server().new_database()
    async with await Database.open(url) as opened:
        yield opened
    if request.param == "postgres":
        server().drop_database(url)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tokens(database: Database, clock: ManualClock) -> Tokens:
    return Tokens(database, clock)


# ---- made


async def test_a_token_is_told_once_and_only_its_hash_is_stored(tokens: Tokens, database: Database) -> None:
    issued = await tokens.add("crm", [Scope.CALLS_WRITE, Scope.CALLS_READ], by="admin")
    assert token_secret.is_whole(issued.secret)
    assert issued.secret not in repr(issued)
    async with database.reading() as session:
        stored = repr([
            *await session.execute(sa.select(store.tokens)),
            *await session.execute(sa.select(store.secrets)),
            *await session.execute(sa.select(journal)),
        ])  # fmt: skip
    assert issued.secret not in stored and issued.secret[4:30] not in stored
    assert token_secret.digest(issued.secret) in stored
    assert await tokens.find(issued.secret) == Grant("crm", frozenset({Scope.CALLS_READ, Scope.CALLS_WRITE}))


@pytest.mark.parametrize(
    ("name", "scopes", "more", "error"),
    [
        pytest.param("", READ, {}, BadTokenName, id="no name"),
        pytest.param("C RM", READ, {}, BadTokenName, id="a blank"),
        pytest.param("../x", READ, {}, BadTokenName, id="a path"),
        pytest.param("x" * 65, READ, {}, BadTokenName, id="a long name"),
        pytest.param("crm", [], {}, NoScope, id="no scope"),
        pytest.param("crm", READ, {"limit": Limit(0, 100)}, BadLimit, id="never"),
        pytest.param("crm", READ, {"limit": Limit(float("nan"), 100)}, BadLimit, id="no number"),
        pytest.param("crm", READ, {"limit": Limit(float("inf"), 100)}, BadLimit, id="endlessly often"),
        pytest.param("crm", READ, {"limit": Limit(20, 0)}, BadLimit, id="none at once"),
        pytest.param("crm", READ, {"expires": timedelta(0)}, BadSpan, id="over at once"),
        pytest.param("crm", READ, {"expires": -DAY}, BadSpan, id="over before"),
        pytest.param("crm", READ, {"expires": 4000 * DAY}, BadSpan, id="too long"),
        pytest.param("taken", READ, {}, TokenNameTaken, id="taken"),
    ],
)
async def test_what_cannot_be_made(
    tokens: Tokens, name: str, scopes: list[Scope], more: dict[str, object], error: type[TokenError]
) -> None:
    await tokens.add("taken", READ, by="admin")
    with pytest.raises(error):
        await tokens.add(name, scopes, by="admin", **more)  # type: ignore[arg-type]  # a row of the table
    assert [token.name for token in await tokens.list_tokens()] == ["taken"]


async def test_there_is_a_bound_to_how_many(tokens: Tokens, database: Database, clock: ManualClock) -> None:
    async with database.writing() as session:
        for n in range(MOST_TOKENS):
            await store.insert_token(session, store.TokenRow(f"t{n}", [], 1.0, 1, clock.now(), "", None))
    with pytest.raises(TooManyTokens):
        await tokens.add("one-more", READ, by="admin")


async def test_two_at_once_make_one(tokens: Tokens) -> None:
    made = await asyncio.gather(*(tokens.add("crm", READ, by="admin") for _ in range(4)), return_exceptions=True)
    assert sorted(isinstance(one, TokenNameTaken) for one in made) == [False, True, True, True]


# ---- recognised


@pytest.mark.parametrize("secret", ["", "swr_", "swr_" + "0" * 49, "\udcff", "x" * 100_000], ids=lambda s: s[:8])
async def test_what_nobody_was_given_is_nobodys(tokens: Tokens, secret: str) -> None:
    await tokens.add("crm", READ, by="admin")
    assert await tokens.find(secret) is None


async def test_it_is_over_when_it_expires(tokens: Tokens, clock: ManualClock) -> None:
    issued = await tokens.add("crm", READ, by="admin", expires=90 * DAY)
    clock.advance(90 * 86_400 - 1)
    assert await tokens.find(issued.secret) is not None
    clock.advance(1)
    assert await tokens.find(issued.secret) is None
    [token] = await tokens.list_tokens()
    assert token.is_expired(clock.now())


async def test_it_is_over_when_it_is_removed_also_elsewhere(
    tokens: Tokens, database: Database, clock: ManualClock
) -> None:
    issued = await tokens.add("crm", READ, by="admin")
    assert await tokens.find(issued.secret) is not None
    await Tokens(database, clock).remove("crm", by="command line")
    assert await tokens.find(issued.secret) is None
    with pytest.raises(NoSuchToken):
        await tokens.remove("crm", by="admin")
    again = await tokens.add("crm", READ, by="admin")
    assert await tokens.find(issued.secret) is None and await tokens.find(again.secret) is not None


async def test_its_use_is_noted_once_a_minute_at_most(tokens: Tokens, database: Database, clock: ManualClock) -> None:
    issued = await tokens.add("crm", READ, by="admin")

    async def used() -> object:
        return (await tokens.list_tokens())[0].last_used_at

    assert await used() is None
    first = clock.now()
    await asyncio.gather(*(tokens.find(issued.secret) for _ in range(20)))
    assert await used() == first
    clock.advance(59)
    await tokens.find(issued.secret)
    await Tokens(database, clock).find(issued.secret)
    assert await used() == first
    clock.advance(1)
    await tokens.find(issued.secret)
    assert await used() == clock.now()


async def test_it_is_recognised_where_its_use_cannot_be_noted(tmp_path: Path, clock: ManualClock) -> None:
    async with await Database.open(tmp_path / "tokens.db", busy_seconds=0.05) as database:
        tokens = Tokens(database, clock)
        issued = await tokens.add("crm", READ, by="admin")
        async with await Database.open(tmp_path / "tokens.db") as other, other.writing():
            assert await tokens.find(issued.secret) == issued.token.grant


async def test_a_scope_of_a_later_version_grants_nothing(
    tokens: Tokens, database: Database, clock: ManualClock
) -> None:
    secret = token_secret.make()
    async with database.writing() as session:
        row = store.TokenRow("crm", ["calls:read", "moon:land"], 20.0, 100, clock.now(), "", None)
        await store.insert_token(session, row)
        await store.insert_secret(session, store.SecretRow(token_secret.digest(secret), "crm", 1, clock.now()))
    assert await tokens.find(secret) == Grant("crm", frozenset(READ))


# ---- rotated


async def test_the_old_secret_stays_valid_for_the_overlap(tokens: Tokens, clock: ManualClock) -> None:
    old = await tokens.add("crm", READ, by="admin")
    new = await tokens.rotate("crm", by="admin")
    assert new.secret != old.secret
    clock.advance(86_399)
    assert await tokens.find(old.secret) == await tokens.find(new.secret) == old.token.grant
    [token] = await tokens.list_tokens()
    assert [(s.number, s.valid_until) for s in token.secrets] == [
        (2, None),
        (1, new.token.made_at + timedelta(hours=24)),
    ]
    clock.advance(1)
    assert await tokens.find(old.secret) is None
    assert await tokens.find(new.secret) is not None


async def test_without_an_overlap_the_old_ones_end_at_once(tokens: Tokens) -> None:
    secrets = [(await tokens.add("crm", READ, by="admin")).secret]
    secrets += [(await tokens.rotate("crm", by="admin")).secret for _ in range(2)]
    secrets.append((await tokens.rotate("crm", by="admin", overlap=timedelta(0))).secret)
    assert [await tokens.find(secret) is not None for secret in secrets] == [False, False, False, True]


async def test_a_second_rotation_prolongs_no_old_secret(tokens: Tokens, clock: ManualClock) -> None:
    first = await tokens.add("crm", READ, by="admin")
    second = await tokens.rotate("crm", by="admin", overlap=timedelta(hours=1))
    await tokens.rotate("crm", by="admin", overlap=timedelta(hours=24))
    clock.advance(3600)
    assert await tokens.find(first.secret) is None
    assert await tokens.find(second.secret) is not None


async def test_so_many_secrets_are_valid_at_once_and_no_more(tokens: Tokens, clock: ManualClock) -> None:
    await tokens.add("crm", READ, by="admin")
    for _ in range(MOST_SECRETS - 1):
        await tokens.rotate("crm", by="admin")
    with pytest.raises(TooManySecrets):
        await tokens.rotate("crm", by="admin")
    clock.advance(86_400)
    await tokens.rotate("crm", by="admin")
    [token] = await tokens.list_tokens()
    assert [secret.number for secret in token.secrets] == [MOST_SECRETS + 1, MOST_SECRETS]


async def test_a_form_sent_twice_rotates_once(tokens: Tokens) -> None:
    await tokens.add("crm", READ, by="admin")
    new = await tokens.rotate("crm", by="admin", expected=1)
    with pytest.raises(RotatedMeanwhile):
        await tokens.rotate("crm", by="admin", expected=1)
    assert await tokens.find(new.secret) is not None


async def test_an_expired_one_is_given_a_new_end_or_not_rotated(tokens: Tokens, clock: ManualClock) -> None:
    old = await tokens.add("crm", READ, by="admin", expires=DAY)
    clock.advance(86_400)
    with pytest.raises(TokenExpired):
        await tokens.rotate("crm", by="admin")
    new = await tokens.rotate("crm", by="admin", overlap=timedelta(0), expires=90 * DAY)
    assert new.token.expires_at == clock.now() + 90 * DAY
    assert await tokens.find(new.secret) is not None and await tokens.find(old.secret) is None
    kept = await tokens.rotate("crm", by="admin")
    assert kept.token.expires_at == new.token.expires_at


@pytest.mark.parametrize(
    ("name", "more", "error"),
    [
        pytest.param("zoe", {}, NoSuchToken, id="no such token"),
        pytest.param("crm", {"overlap": -DAY}, BadSpan, id="an overlap that is over"),
        pytest.param("crm", {"overlap": 31 * DAY}, BadSpan, id="an overlap without end"),
        pytest.param("crm", {"expires": timedelta(0)}, BadSpan, id="over at once"),
    ],
)
async def test_what_cannot_be_rotated(
    tokens: Tokens, name: str, more: dict[str, timedelta], error: type[TokenError]
) -> None:
    issued = await tokens.add("crm", READ, by="admin")
    with pytest.raises(error):
        await tokens.rotate(name, by="admin", **more)  # type: ignore[arg-type]  # a row of the table
    [token] = await tokens.list_tokens()
    assert token.secrets == issued.token.secrets


# ---- what it may do, and what is told of it


@pytest.mark.parametrize(
    ("scopes", "wanted", "allowed"),
    [
        pytest.param({Scope.CALLS_READ}, Scope.CALLS_READ, True, id="its own"),
        pytest.param({Scope.CALLS_READ}, Scope.CALLS_WRITE, False, id="to read is not to write"),
        pytest.param({Scope.CALLS_WRITE}, Scope.CALLS_READ, False, id="to write is not to read"),
        pytest.param({Scope.ADMIN}, Scope.FAXES_WRITE, True, id="admin is all"),
        pytest.param(set(Scope) - {Scope.ADMIN}, Scope.ADMIN, False, id="all others are not admin"),
        pytest.param(set(), Scope.CALLS_READ, False, id="nothing"),
    ],
)
def test_what_is_granted(scopes: set[Scope], wanted: Scope, allowed: bool) -> None:
    assert Grant("crm", frozenset(scopes)).allows(wanted) is allowed


@pytest.mark.parametrize(
    ("scopes", "role"),
    [
        pytest.param({Scope.CALLS_READ}, Role.SUPERVISOR, id="a supervisor's sight"),
        pytest.param(set(Scope) - {Scope.ADMIN}, Role.SUPERVISOR, id="everything but admin"),
        pytest.param({Scope.ADMIN}, Role.ADMIN, id="admin"),
    ],
)
def test_whom_it_acts_as(scopes: set[Scope], role: Role) -> None:
    assert Grant("crm", frozenset(scopes)).account == Account("token crm", role)


def test_every_scope_is_explained() -> None:
    assert list(MEANS) == list(Scope)


async def test_the_journal_tells_who_did_what_and_never_the_secret(
    tokens: Tokens, database: Database, clock: ManualClock
) -> None:
    issued = [await tokens.add("crm", READ, by="admin", expires=DAY)]
    issued.append(await tokens.rotate("crm", by="command line", overlap=timedelta(hours=1)))
    await tokens.remove("crm", by="sue")
    entries = list(reversed(await JournalReads(database).last()))
    end = (clock.now() + DAY).isoformat()
    assert [(entry.kind, dict(entry.data)) for entry in entries] == [
        (
            "token_made",
            {"token": "crm", "by": "admin", "scopes": ["calls:read"], "expires_at": end, "rate": 20.0, "burst": 100},
        ),
        ("token_rotated", {"token": "crm", "by": "command line", "secret": 2, "overlap": 3600.0, "expires_at": None}),
        ("token_removed", {"token": "crm", "by": "sue"}),
    ]
    told = repr(entries)
    assert not any(one.secret in told or token_secret.digest(one.secret) in told for one in issued)


async def test_what_failed_is_not_journaled(tokens: Tokens, database: Database) -> None:
    await tokens.add("crm", READ, by="admin")
    for failing in (tokens.add("crm", READ, by="admin"), tokens.rotate("zoe", by="x"), tokens.remove("zoe", by="x")):
        with pytest.raises(TokenError):
            await failing
    assert [entry.kind for entry in await JournalReads(database).last()] == ["token_made"]
