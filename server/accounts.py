"""Who may use the pages and how they prove it: accounts with a role, passwords, logins.

Owns the rules; SQL is in `store`, hashing in `passwords`, and what a cookie is only the web knows.

AccountError
├── WrongLogin
├── TooManyTries
├── BadName
├── NameTaken
├── NoSuchAccount
└── WeakPassword
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from ledger.clock import Clock
from ledger.database import Database
from server import store
from server.guesses import Guesses, network_of
from server.passwords import LONGEST, Passwords, TooBusy

log = structlog.get_logger(__name__)

FIRST_ADMIN = "admin"
LOGIN_LASTS = timedelta(hours=12)
#: One account is used in so many browsers at once; one more, and the oldest login ends.
LOGINS_EACH = 20
SHORTEST_PASSWORD = 10
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Role(StrEnum):
    """What an account may do; each role may do all that the ones before it may."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Say whether this role may do what `other` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


class AccountError(Exception):
    """Something about an account is not as it should be."""

    def __init__(self, detail: str = "") -> None:
        message = (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(f"{message.removesuffix('.')}: {detail}" if detail else message)


class WrongLogin(AccountError):
    """The name or the password is wrong."""


class TooManyTries(AccountError):
    """There were too many failed tries; wait a little."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait


class BadName(AccountError):
    """An account's name has 1 to 64 letters a-z, digits, dots, hyphens or underscores."""


class NameTaken(AccountError):
    """There is an account of this name."""


class NoSuchAccount(AccountError):
    """There is no account of this name."""


class WeakPassword(AccountError):
    """A password has at least 10 characters and at most 1000."""


@dataclass(frozen=True)
class Account:
    """Somebody who may use the pages; `person` is whom of the site it belongs to, '' for nobody."""

    name: str
    role: Role
    person: str = ""


@dataclass(frozen=True)
class Login:
    """A login just made. The token is known to its owner only; we keep its hash."""

    account: Account
    token: str
    expires_at: datetime


class Accounts:
    """All accounts of this installation."""

    def __init__(
        self, database: Database, clock: Clock, passwords: Passwords | None = None, guesses: Guesses | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._guesses = guesses or Guesses(clock)

    async def ensure_admin(self) -> str | None:
        """Make the first admin and return the password, this once; None when there is an admin already."""
        async with self._database.reading() as session:
            if await store.has_role(session, Role.ADMIN):
                return None
        password = secrets.token_urlsafe(15)
        try:
            await self.add(FIRST_ADMIN, password, Role.ADMIN)
        except NameTaken:  # another process was faster, or somebody with this name has a lesser role
            return None
        return password

    async def add(self, name: str, password: str, role: Role, person: str = "") -> Account:
        """Make an account; raises BadName, WeakPassword, NameTaken."""
        name = _plain(name)
        if not _NAME.fullmatch(name):
            raise BadName
        row = store.AccountRow(name, await self._hash(password), role.value, person, self._clock.now())
        async with self._database.writing() as session:
            if not await store.insert_account(session, row):
                raise NameTaken
        return Account(name, role, person)

    async def set_password(self, name: str, password: str) -> None:
        """Change a password and end every login of the account; raises WeakPassword, NoSuchAccount."""
        password_hash = await self._hash(password)
        async with self._database.writing() as session:
            if not await store.set_password_hash(session, _plain(name), password_hash):
                raise NoSuchAccount
            await store.delete_logins_of(session, _plain(name))

    async def remove(self, name: str) -> None:
        """Delete an account and end its logins; raises NoSuchAccount."""
        async with self._database.writing() as session:
            if not await store.delete_account(session, _plain(name)):
                raise NoSuchAccount

    async def list_accounts(self) -> list[Account]:
        """Return every account by name."""
        async with self._database.reading() as session:
            return [_account(row) for row in await store.list_accounts(session)]

    async def log_in(self, name: str, password: str, peer: str) -> Login:
        """Check name and password and begin a login.

        Raises WrongLogin, the same for an unknown name as for a wrong password, and as late; TooManyTries.
        """
        name, peer = _plain(name)[:64], network_of(peer)
        if wait := await self._guesses.take(name, peer):
            raise TooManyTries(wait)
        row = await self._find(name)
        try:
            right = await self._passwords.matches(row.password_hash if row else None, password)
        except TooBusy:
            raise TooManyTries(1.0) from None
        if row is None or not right:
            log.warning("login refused", account=row.name if row else "unknown", peer=peer)
            raise WrongLogin
        self._guesses.give_back(name, peer)
        renewed = await self._hash(password) if self._passwords.is_outdated(row.password_hash) else None
        token, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._database.writing() as session:
            if renewed is not None:
                await store.set_password_hash(session, name, renewed)
            await store.delete_expired_logins(session, now)
            await store.delete_logins_of(session, name, but_newest=LOGINS_EACH - 1)
            await store.insert_login(session, _digest(token), name, now, now + LOGIN_LASTS)
        log.info("logged in", account=name, peer=peer)
        return Login(_account(row), token, now + LOGIN_LASTS)

    async def find_account(self, token: str) -> Account | None:
        """Return whose login this token is; None for a strange, ended or expired one."""
        async with self._database.reading() as session:
            row = await store.find_account_of_login(session, _digest(token), self._clock.now())
        return _account(row) if row is not None else None

    async def log_out(self, token: str) -> None:
        """End a login; harmless when it is over."""
        async with self._database.writing() as session:
            await store.delete_login(session, _digest(token))

    async def _find(self, name: str) -> store.AccountRow | None:
        if not _NAME.fullmatch(name):  # what no account can be called is not worth asking the database for
            return None
        async with self._database.reading() as session:
            return await store.find_account(session, name)

    async def _hash(self, password: str) -> str:
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST:
            raise WeakPassword
        return await self._passwords.hash(password)


def _account(row: store.AccountRow) -> Account:
    return Account(row.name, Role(row.role), row.person)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name[:200]).strip().casefold()


def _digest(token: str) -> str:
    # A token is 32 random bytes: nothing to guess, so a quick hash is enough, and looking it up tells no timing.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
