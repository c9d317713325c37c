"""`account` and `accounts`: who may log in to the pages."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from ledger.clock import SystemClock
from server.accounts import Account, AccountError, Accounts, Role
from server.data_folder import database_of, read_note
from server.studio.audit import by_command
from server.terminal import Foreseen, foreseen, put, put_json

T = TypeVar("T")


def show(data: Path, *, json: bool) -> int:
    """List the accounts."""
    found: list[Account] = _do(data, lambda accounts: accounts.list_accounts())
    if json:
        put_json([{"name": a.name, "role": a.role.value, "person": a.person} for a in found])
    else:
        for account in found:
            put(f"{account.name:<20} {account.role.value:<12} {account.person}".rstrip())
    return 0


def add(data: Path, name: str, role: str, person: str) -> int:
    """Make an account and print its password, once."""
    if role not in set(Role):
        raise Foreseen(f"there is no role {role!r}: write one of {', '.join(Role)}")
    password = secrets.token_urlsafe(12)
    _do(data, lambda accounts: accounts.add(name, password, Role(role), person), f"made an account ({role})", name)
    put(f"{name} may log in as {role} with the password {password} (it is not shown again)")
    return 0


def reset(data: Path, name: str) -> int:
    """Give an account a new password and print it, once."""
    password = secrets.token_urlsafe(12)
    _do(data, lambda accounts: accounts.set_password(name, password), "gave an account a new password", name)
    put(f"{name} may log in with the password {password} (it is not shown again)")
    return 0


def remove(data: Path, name: str) -> int:
    """Remove an account."""
    _do(data, lambda accounts: accounts.remove(name), "removed an account", name)
    put(f"{name} may no longer log in")
    return 0


def _do(data: Path, work: Callable[[Accounts], Awaitable[T]], deed: str = "", about: str = "") -> T:
    """Work on the accounts of a data folder; the server may be running. A `deed` goes into the audit log."""

    async def run() -> T:
        clock = SystemClock()
        async with database_of(data, read_note(data)) as database:
            done = await work(Accounts(database, clock))
            if deed:
                await by_command(database, clock.now(), deed, about)
            return done

    with foreseen():
        try:
            return asyncio.run(run())
        except AccountError as error:
            raise Foreseen(str(error)) from error
