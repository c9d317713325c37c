"""Accounts: the first admin, passwords, logins and their end, and how often somebody may guess."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.clock import ManualClock
from ledger.database import Database
from server import store
from server.accounts import (
    LOGIN_LASTS,
    LOGINS_EACH,
    AccountError,
    Accounts,
    BadName,
    NameTaken,
    NoSuchAccount,
    Role,
    TooManyTries,
    WeakPassword,
    WrongLogin,
)
from server.attempts import Allowance, Brake
from server.guesses import MOST_HELD_UP, Guesses
from server.passwords import AT_ONCE, WAITING, Passwords, TooBusy
from tests.ledger.postgres import server
from tests.server.web.office import PASSWORD, quick_passwords

PEER = "192.0.2.7"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = str(tmp_path / "accounts.db") if request.param == "sqlite" else server().new_database()
    async with await Database.open(url) as opened:
        yield opened
    if request.param == "postgres":
        server().drop_database(url)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def accounts(database: Database, clock: ManualClock) -> Accounts:
    made = Accounts(database, clock, quick_passwords())
    await made.add("ona", PASSWORD, Role.OPERATOR, person="alice")
    return made


async def stored_text(database: Database) -> str:
    async with database.reading() as session:
        rows = [*await session.execute(sa.select(store.accounts)), *await session.execute(sa.select(store.logins))]
    return repr(rows)


# ---- the first admin


async def test_the_first_admin_gets_a_password_once(accounts: Accounts, database: Database) -> None:
    password = await accounts.ensure_admin()
    assert password is not None and len(password) >= 20
    assert (await accounts.log_in("admin", password, PEER)).account.role is Role.ADMIN
    assert await accounts.ensure_admin() is None
    assert password not in await stored_text(database)


async def test_two_servers_that_start_at_once_make_one_admin(database: Database, clock: ManualClock) -> None:
    both = [Accounts(database, clock, quick_passwords()) for _ in range(2)]
    passwords = await asyncio.gather(*(each.ensure_admin() for each in both))
    assert sorted(password is None for password in passwords) == [False, True]


async def test_the_password_is_not_logged(accounts: Accounts, capsys: pytest.CaptureFixture[str]) -> None:
    password = await accounts.ensure_admin()
    assert password is not None
    await accounts.log_in("admin", password, PEER)
    said = capsys.readouterr()
    assert password not in said.out + said.err


# ---- making, changing, removing


@pytest.mark.parametrize(
    ("name", "password", "error"),
    [
        ("", PASSWORD, BadName),
        ("two words", PASSWORD, BadName),
        ("x" * 65, PASSWORD, BadName),
        ("../admin", PASSWORD, BadName),
        ("nul\0", PASSWORD, BadName),
        ("ona", PASSWORD, NameTaken),
        (" ONA ", PASSWORD, NameTaken),
        ("new", "short", WeakPassword),
        ("new", "x" * 1001, WeakPassword),
    ],
    ids=["empty", "blank", "long", "path", "nul", "taken", "taken in capitals", "short password", "long password"],
)
async def test_accounts_that_cannot_be_made(
    accounts: Accounts, name: str, password: str, error: type[AccountError]
) -> None:
    with pytest.raises(error):
        await accounts.add(name, password, Role.OPERATOR)


async def test_a_new_password_ends_every_login(accounts: Accounts) -> None:
    login = await accounts.log_in("ona", PASSWORD, PEER)
    await accounts.set_password("ona", "another long one")
    assert await accounts.find_account(login.token) is None
    with pytest.raises(WrongLogin):
        await accounts.log_in("ona", PASSWORD, PEER)
    await accounts.log_in("ona", "another long one", PEER)
    with pytest.raises(NoSuchAccount):
        await accounts.set_password("nobody", PASSWORD)


async def test_removing_an_account_ends_its_logins(accounts: Accounts) -> None:
    login = await accounts.log_in("ona", PASSWORD, PEER)
    await accounts.remove("ona")
    assert await accounts.find_account(login.token) is None
    assert await accounts.list_accounts() == []
    with pytest.raises(NoSuchAccount):
        await accounts.remove("ona")


# ---- logins


async def test_a_login_lasts_until_log_out(accounts: Accounts, database: Database) -> None:
    login = await accounts.log_in(" Ona", PASSWORD, PEER)
    assert await accounts.find_account(login.token) == login.account
    assert (login.account.name, login.account.person) == ("ona", "alice")
    assert login.token not in await stored_text(database)
    await accounts.log_out(login.token)
    assert await accounts.find_account(login.token) is None


async def test_a_login_expires(accounts: Accounts, clock: ManualClock) -> None:
    login = await accounts.log_in("ona", PASSWORD, PEER)
    clock.advance((LOGIN_LASTS - timedelta(seconds=1)).total_seconds())
    assert await accounts.find_account(login.token) is not None
    clock.advance(1)
    assert await accounts.find_account(login.token) is None


async def test_an_account_has_so_many_logins_and_the_oldest_goes(accounts: Accounts, clock: ManualClock) -> None:
    tokens = []
    for _ in range(LOGINS_EACH + 1):
        clock.advance(60)
        tokens.append((await accounts.log_in("ona", PASSWORD, PEER)).token)
    assert await accounts.find_account(tokens[0]) is None
    assert all([await accounts.find_account(token) for token in tokens[1:]])


@pytest.mark.parametrize("token", ["", "x", "\0", "\udcff", "x" * 100_000], ids=["empty", "x", "nul", "half", "long"])
async def test_strange_tokens_are_nobodys(accounts: Accounts, token: str) -> None:
    assert await accounts.find_account(token) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [("ona", "wrong password"), ("nobody", PASSWORD), ("", ""), ("ona\0", PASSWORD), ("ona", "x" * 10_000)],
    ids=["wrong password", "unknown name", "nothing", "nul", "long password"],
)
async def test_every_wrong_login_looks_the_same(accounts: Accounts, name: str, password: str) -> None:
    with pytest.raises(WrongLogin) as caught:
        await accounts.log_in(name, password, PEER)
    assert str(caught.value) == "The name or the password is wrong."


async def test_an_unknown_name_costs_a_hash_as_well() -> None:
    checked: list[str] = []

    class Counting(Passwords):
        def _verify(self, password_hash: str, password: str) -> bool:
            checked.append(password_hash)
            return super()._verify(password_hash, password)

    passwords = Counting(quick_passwords()._hasher)
    assert not await passwords.matches(None, PASSWORD)
    assert not await passwords.matches(None, "nobody's")
    assert len(checked) == 2


async def test_more_passwords_than_we_take_on_are_refused_at_once() -> None:
    passwords = quick_passwords()
    results = await asyncio.gather(*(passwords.hash("x") for _ in range(AT_ONCE + WAITING + 3)), return_exceptions=True)
    assert sum(isinstance(result, TooBusy) for result in results) == 3
    assert isinstance(await passwords.hash("x"), str)


# ---- guessing


async def guess(accounts: Accounts, name: str, peer: str, times: int) -> int:
    """Guess wrongly; return how many guesses were let through."""
    through = 0
    for _ in range(times):
        try:
            await accounts.log_in(name, "a wrong guess", peer)
        except WrongLogin:
            through += 1
        except TooManyTries as error:
            assert error.wait > 0
    return through


async def test_one_peer_may_guess_ten_times_at_a_name(accounts: Accounts, clock: ManualClock) -> None:
    assert await guess(accounts, "ona", PEER, 15) == 10
    with pytest.raises(TooManyTries):
        await accounts.log_in("ona", PASSWORD, PEER)
    # The owner, somewhere else, is not shut out by that; nor is anybody else at the same place.
    await accounts.log_in("ona", PASSWORD, "198.51.100.1")
    assert await guess(accounts, "jonas", PEER, 1) == 1
    clock.advance(20)
    await accounts.log_in("ona", PASSWORD, PEER)


async def test_one_peer_may_guess_forty_times_at_all_names(accounts: Accounts, clock: ManualClock) -> None:
    through = [await guess(accounts, f"name{n}", PEER, 5) for n in range(10)]
    assert sum(through) == 40
    clock.advance(5)
    assert await guess(accounts, "ona", PEER, 2) == 1


async def test_guesses_from_everywhere_slow_the_owner_and_never_shut_them_out(
    database: Database, clock: ManualClock
) -> None:
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    accounts = Accounts(database, clock, quick_passwords(), Guesses(clock, pause))
    await accounts.add("ona", PASSWORD, Role.ADMIN)
    through = [await guess(accounts, "ona", f"192.0.2.{n}", 2) for n in range(50)]
    assert sum(through) == 100
    assert waited[:3] == [0.5, 1.0, 1.5] and len(waited) == 80, "the first twenty are free"
    assert max(waited) == 5.0
    await accounts.log_in("ona", PASSWORD, PEER)
    assert waited[-1] == 5.0
    clock.advance(30 * 30)
    waited.clear()
    await accounts.log_in("ona", PASSWORD, PEER)
    assert waited == [], "it is over as soon as the guessing is"


async def test_so_many_tries_are_held_up_at_once_and_no_more(database: Database, clock: ManualClock) -> None:
    held, go_on = asyncio.Semaphore(0), asyncio.Event()

    async def pause(seconds: float) -> None:
        held.release()
        await go_on.wait()

    accounts = Accounts(database, clock, quick_passwords(), Guesses(clock, pause))
    assert sum([await guess(accounts, "ona", f"192.0.2.{n}", 1) for n in range(20)]) == 20
    tries = [asyncio.create_task(guess(accounts, "ona", f"198.51.100.{n}", 1)) for n in range(MOST_HELD_UP)]
    async with asyncio.timeout(20):
        for _ in tries:
            await held.acquire()
    with pytest.raises(TooManyTries):
        await accounts.log_in("ona", PASSWORD, PEER)
    go_on.set()
    await asyncio.gather(*tries)
    with pytest.raises(WrongLogin):
        await accounts.log_in("ona", PASSWORD, PEER)


async def test_guesses_at_the_same_moment_count_as_well(accounts: Accounts) -> None:
    through = await asyncio.gather(*(guess(accounts, "ona", PEER, 1) for _ in range(30)))
    assert sum(through) == 10


async def test_addresses_of_one_ipv6_network_are_one_peer(accounts: Accounts) -> None:
    through = [await guess(accounts, f"name{n}", f"2001:db8::{n:x}", 1) for n in range(45)]
    assert sum(through) == 40


async def test_good_logins_cost_nothing(accounts: Accounts) -> None:
    for _ in range(30):
        await accounts.log_in("ona", PASSWORD, PEER)


def test_the_allowance_fills_up_again_and_forgets_beyond_its_bound() -> None:
    allowance = Allowance(tries=2, refill=10.0, bound=3)
    assert [allowance.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 10.0]
    assert allowance.take("a", 4.0) == pytest.approx(6.0)
    assert [allowance.take("a", 10.0), allowance.take("a", 10.0)] == [0.0, 10.0]
    for key in "bcd":
        allowance.take(key, 10.0)
    assert len(allowance) == 3
    assert allowance.take("a", 10.0) == 0.0, "the key that was quiet the longest begins anew"
    allowance.give_back("a", 10.0)
    assert len(allowance) == 2, "who has used nothing is not remembered"


def test_the_brake_is_harder_with_each_try_loosens_with_time_and_forgets_beyond_its_bound() -> None:
    brake = Brake(tries=2, refill=10.0, step=1.0, longest=3.0, bound=2)
    assert [brake.take("a", 0.0) for _ in range(8)] == [0.0, 0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0]
    assert brake.take("a", 20.0) == 2.0, "however many tries there were, it is loose again in the time of five"
    brake.give_back("a", 20.0)
    assert brake.take("a", 20.0) == 2.0, "a good try is not counted"
    assert brake.take("a", 100.0) == 0.0
    for key in "bc":
        brake.take(key, 100.0)
    assert len(brake) == 2


def test_roles_include_the_ones_below() -> None:
    allowed = {(one, other) for one in Role for other in Role if one.includes(other)}
    assert len(allowed) == 6
    assert (Role.ADMIN, Role.OPERATOR) in allowed and (Role.OPERATOR, Role.SUPERVISOR) not in allowed
