"""Owns the SQL of accounts and logins; knows no rule about either."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.tables import UtcDateTime, metadata
from ledger.upsert import insert_into

accounts = sa.Table(
    "server_accounts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("role IN ('operator', 'supervisor', 'admin')", name="role"),
)

logins = sa.Table(
    "server_logins",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),  # never the token itself
    sa.Column(
        "account",
        sa.String(64),
        sa.ForeignKey("server_accounts.name", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
)


@dataclass(frozen=True)
class AccountRow:
    """An account as it is stored; `person` is '' where it belongs to nobody of the site."""

    name: str
    password_hash: str
    role: str
    person: str
    created_at: datetime


async def insert_account(session: AsyncSession, row: AccountRow) -> bool:
    """Store a new account; return False when the name is taken, and change nothing then."""
    statement = (
        insert_into(session, accounts)
        .values(
            name=row.name,
            password_hash=row.password_hash,
            role=row.role,
            person=row.person,
            created_at=row.created_at,
        )
        .on_conflict_do_nothing(index_elements=[accounts.c.name])
        .returning(accounts.c.name)
    )
    return (await session.execute(statement)).first() is not None


async def find_account(session: AsyncSession, name: str) -> AccountRow | None:
    """Find the account of this name."""
    row = (await session.execute(sa.select(accounts).where(accounts.c.name == name))).mappings().first()
    return AccountRow(**row) if row is not None else None


async def list_accounts(session: AsyncSession) -> list[AccountRow]:
    """List every account by name."""
    rows = (await session.execute(sa.select(accounts).order_by(accounts.c.name))).mappings()
    return [AccountRow(**row) for row in rows]


async def has_role(session: AsyncSession, role: str) -> bool:
    """Say whether anybody has this role."""
    query = sa.select(accounts.c.name).where(accounts.c.role == role).limit(1)
    return (await session.scalar(query)) is not None


async def set_password_hash(session: AsyncSession, name: str, password_hash: str) -> bool:
    """Exchange an account's hash; return False when there is no such account."""
    statement = sa.update(accounts).where(accounts.c.name == name).values(password_hash=password_hash)
    return (await session.execute(statement.returning(accounts.c.name))).first() is not None


async def delete_account(session: AsyncSession, name: str) -> bool:
    """Delete an account with its logins; return False when there is none."""
    statement = sa.delete(accounts).where(accounts.c.name == name).returning(accounts.c.name)
    return (await session.execute(statement)).first() is not None


async def insert_login(
    session: AsyncSession, token_sha256: str, account: str, began_at: datetime, expires_at: datetime
) -> None:
    """Store a new login."""
    await session.execute(
        sa.insert(logins).values(token_sha256=token_sha256, account=account, began_at=began_at, expires_at=expires_at)
    )


async def find_account_of_login(session: AsyncSession, token_sha256: str, now: datetime) -> AccountRow | None:
    """Find the account of a login that has not expired."""
    query = (
        sa.select(accounts)
        .join(logins, logins.c.account == accounts.c.name)
        .where(logins.c.token_sha256 == token_sha256, logins.c.expires_at > now)
    )
    row = (await session.execute(query)).mappings().first()
    return AccountRow(**row) if row is not None else None


async def delete_login(session: AsyncSession, token_sha256: str) -> None:
    """End a login; harmless when there is none."""
    await session.execute(sa.delete(logins).where(logins.c.token_sha256 == token_sha256))


async def delete_logins_of(session: AsyncSession, account: str, *, but_newest: int = 0) -> None:
    """End an account's logins, except the newest few."""
    statement = sa.delete(logins).where(logins.c.account == account)
    if but_newest:
        kept = (
            sa.select(logins.c.token_sha256)
            .where(logins.c.account == account)
            .order_by(logins.c.began_at.desc())
            .limit(but_newest)
        )
        statement = statement.where(logins.c.token_sha256.not_in(kept))
    await session.execute(statement)


async def delete_expired_logins(session: AsyncSession, now: datetime) -> None:
    """Forget the logins of everybody that are over."""
    await session.execute(sa.delete(logins).where(logins.c.expires_at <= now))
