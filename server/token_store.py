"""Owns the SQL of tokens and their secrets; knows no rule about either."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.tables import JsonValue, UtcDateTime, metadata
from ledger.upsert import insert_into

tokens = sa.Table(
    "server_tokens",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("scopes", JsonValue, nullable=False),
    sa.Column("rate", sa.Float, nullable=False),
    sa.Column("burst", sa.Integer, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("made_by", sa.String(200), nullable=False),
    sa.Column("expires_at", UtcDateTime),
)

secrets = sa.Table(
    "server_token_secrets",
    metadata,
    sa.Column("sha256", sa.String(64), primary_key=True),  # never the secret itself
    sa.Column("token", sa.String(64), sa.ForeignKey("server_tokens.name", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("valid_until", UtcDateTime),  # none for the newest
    sa.Column("last_used_at", UtcDateTime),
    sa.UniqueConstraint("token", "number"),
)


@dataclass(frozen=True)
class TokenRow:
    """A token as it is stored."""

    name: str
    scopes: list[str]
    rate: float
    burst: int
    made_at: datetime
    made_by: str
    expires_at: datetime | None


@dataclass(frozen=True)
class SecretRow:
    """One secret of a token; a newer one has a higher number."""

    sha256: str
    token: str
    number: int
    made_at: datetime
    valid_until: datetime | None = None
    last_used_at: datetime | None = None


async def count_tokens(session: AsyncSession) -> int:
    """Count the tokens."""
    return (await session.scalar(sa.select(sa.func.count()).select_from(tokens))) or 0


async def insert_token(session: AsyncSession, row: TokenRow) -> bool:
    """Store a new token; return False when the name is taken, and change nothing then."""
    statement = insert_into(session, tokens).values(**vars(row)).on_conflict_do_nothing(index_elements=["name"])
    return (await session.execute(statement.returning(tokens.c.name))).first() is not None


async def insert_secret(session: AsyncSession, row: SecretRow) -> None:
    """Store a new secret."""
    await session.execute(sa.insert(secrets).values(**vars(row)))


async def find_token(session: AsyncSession, name: str, *, to_change: bool = False) -> TokenRow | None:
    """Find the token of this name; `to_change` keeps every other writer away from it until the commit."""
    query = sa.select(tokens).where(tokens.c.name == name)
    row = (await session.execute(query.with_for_update() if to_change else query)).mappings().first()
    return TokenRow(**row) if row is not None else None


async def list_tokens(session: AsyncSession, limit: int) -> list[TokenRow]:
    """List the tokens by name."""
    rows = (await session.execute(sa.select(tokens).order_by(tokens.c.name).limit(limit))).mappings()
    return [TokenRow(**row) for row in rows]


async def list_secrets(session: AsyncSession, of: Iterable[str]) -> list[SecretRow]:
    """List the secrets of these tokens, the newest of each first."""
    query = sa.select(secrets).where(secrets.c.token.in_(list(of))).order_by(secrets.c.number.desc())
    return [SecretRow(**row) for row in (await session.execute(query)).mappings()]


async def find_valid(session: AsyncSession, sha256: str, now: datetime) -> tuple[TokenRow, datetime | None] | None:
    """Find whose secret this is, and when it was used last; nothing once it or its token is past its time."""
    query = (
        sa.select(tokens, secrets.c.last_used_at)
        .join(secrets, secrets.c.token == tokens.c.name)
        .where(
            secrets.c.sha256 == sha256,
            secrets.c.valid_until.is_(None) | (secrets.c.valid_until > now),
            tokens.c.expires_at.is_(None) | (tokens.c.expires_at > now),
        )
    )
    row = (await session.execute(query)).mappings().first()
    if row is None:
        return None
    fields = dict(row)
    last_used_at = fields.pop("last_used_at")
    return TokenRow(**fields), last_used_at


async def note_use(session: AsyncSession, sha256: str, now: datetime, unless_since: datetime) -> None:
    """Write that a secret was used, unless that is written of a time after `unless_since`."""
    last = secrets.c.last_used_at
    statement = sa.update(secrets).where(secrets.c.sha256 == sha256, last.is_(None) | (last <= unless_since))
    await session.execute(statement.values(last_used_at=now))


async def end_secrets(session: AsyncSession, token: str, until: datetime) -> None:
    """Let no secret of a token be valid beyond this."""
    end = secrets.c.valid_until
    statement = sa.update(secrets).where(secrets.c.token == token, end.is_(None) | (end > until))
    await session.execute(statement.values(valid_until=until))


async def delete_ended_secrets(session: AsyncSession, token: str, now: datetime) -> None:
    """Forget the secrets of a token that are past their time."""
    await session.execute(sa.delete(secrets).where(secrets.c.token == token, secrets.c.valid_until <= now))


async def set_expiry(session: AsyncSession, name: str, expires_at: datetime) -> None:
    """Change how long a token lasts."""
    await session.execute(sa.update(tokens).where(tokens.c.name == name).values(expires_at=expires_at))


async def delete_token(session: AsyncSession, name: str) -> bool:
    """Delete a token with its secrets; return False when there is none."""
    statement = sa.delete(tokens).where(tokens.c.name == name).returning(tokens.c.name)
    return (await session.execute(statement)).first() is not None
