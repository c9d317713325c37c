"""`token`: who may use the API without a login. The server may be running; it knows at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from ledger.clock import SystemClock
from server.data_folder import database_of, read_note
from server.scopes import Scope
from server.spans import read_span
from server.terminal import Foreseen, foreseen, put, put_json
from server.token_model import Issued, Limit, Token, TokenError
from server.tokens import Tokens

#: Who did it, as the journal has it.
BY = "command line"
T = TypeVar("T")


def add(
    data: Path, name: str, scopes: Sequence[str], expires: str, rate: float, burst: int, *, json: bool = False
) -> int:
    """Make a token and print it, once."""
    wanted, lasts = _scopes(scopes), _span(expires) if expires else None
    issued: Issued = _do(data, lambda tokens: tokens.add(name, wanted, by=BY, expires=lasts, limit=Limit(rate, burst)))
    _tell(issued, json=json)
    return 0


def show(data: Path, *, json: bool) -> int:
    """List the tokens."""
    found: list[Token] = _do(data, lambda tokens: tokens.list_tokens())
    if json:
        put_json([_fields(token) for token in found])
        return 0
    now = SystemClock().now()
    for token in found:
        end = f"until {_when(token.expires_at)}" if token.expires_at else "for ever"
        ends = "expired" if token.is_expired(now) else end
        used = f"used {_when(token.last_used_at)}" if token.last_used_at else "never used"
        put(f"{token.name:<20} {ends:<24} {used:<22} {', '.join(sorted(token.grant.scopes))}")
    return 0


def rotate(data: Path, name: str, overlap: str, expires: str, *, json: bool = False) -> int:
    """Give a token a new secret and print it, once."""
    old, lasts = _span(overlap), _span(expires) if expires else None
    _tell(_do(data, lambda tokens: tokens.rotate(name, by=BY, overlap=old, expires=lasts)), json=json)
    if not json and old:
        put(f"the secret before stays valid for {overlap}")
    return 0


def remove(data: Path, name: str) -> int:
    """Let a token be valid no more."""
    _do(data, lambda tokens: tokens.remove(name, by=BY))
    put(f"every program with the token {name} is refused from now on")
    return 0


def _tell(issued: Issued, *, json: bool) -> None:
    if json:
        put_json({**_fields(issued.token), "secret": issued.secret})
    else:
        put(f"programs may use the API as {issued.token.name} with {issued.secret} (it is not shown again)")


def _fields(token: Token) -> dict[str, object]:
    return {
        "name": token.name,
        "scopes": sorted(token.grant.scopes),
        "rate": token.grant.limit.rate,
        "burst": token.grant.limit.burst,
        "made_at": token.made_at,
        "made_by": token.made_by,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
    }


def _scopes(given: Sequence[str]) -> list[Scope]:
    wanted = [scope.strip() for text in given for scope in text.split(",") if scope.strip()]
    for scope in wanted:
        if scope not in set(Scope):
            raise Foreseen(f"there is no scope {scope!r}: write some of {', '.join(Scope)}")
    return [Scope(scope) for scope in wanted]


def _span(text: str) -> timedelta:
    try:
        return read_span(text)
    except ValueError as error:
        raise Foreseen(str(error)) from None


def _when(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"


def _do(data: Path, work: Callable[[Tokens], Awaitable[T]]) -> T:
    """Work on the tokens of a data folder."""

    async def run() -> T:
        async with database_of(data, read_note(data)) as database:
            return await work(Tokens(database, SystemClock()))

    with foreseen():
        try:
            return asyncio.run(run())
        except TokenError as error:
            raise Foreseen(str(error)) from error
