"""Tokens for programs: made, rotated, removed and recognised. A secret is told once; we keep its hash.

Owns the rules; what a token is stands in `token_model`, SQL in `token_store`, the text of a secret in `token_secret`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import journal_store
from ledger.clock import Clock
from ledger.database import Database
from ledger.entry import Entry, storable
from ledger.errors import LedgerError
from server import token_secret
from server import token_store as store
from server.scopes import Scope
from server.token_model import (
    BadLimit,
    BadSpan,
    BadTokenName,
    Grant,
    Issued,
    Limit,
    NoScope,
    NoSuchToken,
    RotatedMeanwhile,
    Secret,
    Token,
    TokenExpired,
    TokenNameTaken,
    TooManySecrets,
    TooManyTokens,
)

log = structlog.get_logger(__name__)

#: How long the secret before stays valid, so that every program can be told the new one.
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)
LONGEST_LIFE = timedelta(days=3650)
MOST_TOKENS = 500
#: Secrets of one token that are valid at once.
MOST_SECRETS = 5
#: When a secret was used last is written so often at most.
NOTED_EVERY = timedelta(minutes=1)
#: Seconds that a request waits for its use to be written; then the next one writes it.
NOTING_MAY_WAIT = 0.5
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Tokens:
    """All tokens of this installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        #: When a use was written last, or was about to be: a hundred requests of one moment write once.
        self._noted: dict[str, datetime] = {}

    async def add(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        by: str,
        expires: timedelta | None = None,
        limit: Limit | None = None,
    ) -> Issued:
        """Make a token that lasts `expires`, or for ever.

        Raises BadTokenName, NoScope, BadLimit, BadSpan, TokenNameTaken, TooManyTokens. Leaves a `token_made` in the
        journal.
        """
        name, limit = name.strip(), limit or Limit()
        given = sorted(scope.value for scope in set(scopes))
        _require(name, given, limit)
        now, secret = self._clock.now(), token_secret.make()
        expires_at = _end(now, expires)
        row = store.TokenRow(name, given, limit.rate, limit.burst, now, by, expires_at)
        data = {"scopes": given, "expires_at": _written(expires_at), "rate": limit.rate, "burst": limit.burst}
        async with self._database.writing() as session:
            if await store.count_tokens(session) >= MOST_TOKENS:
                raise TooManyTokens
            if not await store.insert_token(session, row):
                raise TokenNameTaken
            await store.insert_secret(session, store.SecretRow(token_secret.digest(secret), name, 1, now))
            await _journal(session, "token_made", now, name, by, data)
            token = await _get(session, name)
        log.info("a token was made", token=name, by=by, scopes=given)
        return Issued(token, secret)

    async def rotate(
        self,
        name: str,
        *,
        by: str,
        overlap: timedelta = OVERLAP,
        expires: timedelta | None = None,
        expected: int | None = None,
    ) -> Issued:
        """Give a token a new secret; the one before stays valid for `overlap`. `expires` prolongs, None leaves its end.

        `expected` is the number of the newest secret as its reader saw it.
        Raises NoSuchToken, BadSpan, TokenExpired, RotatedMeanwhile, TooManySecrets. Leaves a `token_rotated` in the
        journal.
        """
        if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
            raise BadSpan
        now, secret = self._clock.now(), token_secret.make()
        expires_at = _end(now, expires)
        async with self._database.writing() as session:
            if await store.find_token(session, name, to_change=True) is None:
                raise NoSuchToken
            await store.delete_ended_secrets(session, name, now)
            token = await _get(session, name)
            newest = token.secrets[0].number
            if expected is not None and expected != newest:
                raise RotatedMeanwhile
            if expires_at is not None:
                await store.set_expiry(session, name, expires_at)
            elif token.is_expired(now):
                raise TokenExpired
            if overlap and len(token.secrets) >= MOST_SECRETS:
                raise TooManySecrets
            await store.end_secrets(session, name, now + overlap)
            await store.insert_secret(session, store.SecretRow(token_secret.digest(secret), name, newest + 1, now))
            data = {"secret": newest + 1, "overlap": overlap.total_seconds(), "expires_at": _written(expires_at)}
            await _journal(session, "token_rotated", now, name, by, data)
            token = await _get(session, name)
        log.info("a token was rotated", token=name, by=by)
        return Issued(token, secret)

    async def remove(self, name: str, *, by: str) -> None:
        """Let a token be valid no more, at once; raises NoSuchToken. Leaves a `token_removed` in the journal."""
        async with self._database.writing() as session:
            if not await store.delete_token(session, name):
                raise NoSuchToken
            await _journal(session, "token_removed", self._clock.now(), name, by, {})
        log.info("a token was removed", token=name, by=by)

    async def list_tokens(self) -> list[Token]:
        """Return every token by name, expired ones too."""
        async with self._database.reading() as session:
            rows = await store.list_tokens(session, MOST_TOKENS)
            secrets = await store.list_secrets(session, [row.name for row in rows])
        return [_token(row, [secret for secret in secrets if secret.token == row.name]) for row in rows]

    async def find(self, secret: str) -> Grant | None:
        """Return what this secret allows, and note its use; None for a strange, rotated, removed or expired one."""
        sha256, now = token_secret.digest(secret), self._clock.now()
        async with self._database.reading() as session:
            found = await store.find_valid(session, sha256, now)
        if found is None:
            return None
        row, last_used_at = found
        await self._note_use(sha256, last_used_at, now)
        return _grant(row)

    async def _note_use(self, sha256: str, last_used_at: datetime | None, now: datetime) -> None:
        noted = max(filter(None, (last_used_at, self._noted.get(sha256))), default=None)
        if noted is not None and now - noted < NOTED_EVERY:
            return
        if len(self._noted) >= MOST_TOKENS * MOST_SECRETS:
            self._noted.clear()
        self._noted[sha256] = now
        try:
            async with self._database.writing(wait=NOTING_MAY_WAIT) as session:
                await store.note_use(session, sha256, now, now - NOTED_EVERY)
        except LedgerError as error:  # whoever asks is served all the same
            log.warning("the use of a token could not be noted", error=str(error))


def _require(name: str, scopes: list[str], limit: Limit) -> None:
    if not _NAME.fullmatch(name):
        raise BadTokenName
    if not scopes:
        raise NoScope
    if not (0.1 <= limit.rate <= 1000 and 1 <= limit.burst <= 10_000):
        raise BadLimit


def _end(now: datetime, lasts: timedelta | None) -> datetime | None:
    if lasts is None:
        return None
    if not timedelta(minutes=1) <= lasts <= LONGEST_LIFE:
        raise BadSpan
    return now + lasts


async def _get(session: AsyncSession, name: str) -> Token:
    row = await store.find_token(session, name)
    if row is None:
        raise NoSuchToken
    return _token(row, await store.list_secrets(session, [name]))


def _grant(row: store.TokenRow) -> Grant:
    # A scope that a later version knew grants nothing here.
    return Grant(row.name, frozenset(map(Scope, set(row.scopes) & set(Scope))), Limit(row.rate, row.burst))


def _token(row: store.TokenRow, secrets: list[store.SecretRow]) -> Token:
    shown = tuple(Secret(one.number, one.made_at, one.valid_until, one.last_used_at) for one in secrets)
    return Token(_grant(row), row.made_at, row.made_by, row.expires_at, shown)


async def _journal(
    session: AsyncSession, kind: str, at: datetime, token: str, by: str, more: Mapping[str, object]
) -> None:
    """Note what was done, in the transaction that does it: by a command too, beside a server that runs."""
    entry = storable(Entry(kind=kind, at=at, data={"token": token, "by": by, **more}))
    await journal_store.insert_entries(session, [entry])


def _written(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
