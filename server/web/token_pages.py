"""The page of tokens, for admins: which there are, a new one, another secret, away with one. Parse, call, render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from ledger.web.times import age, exact
from server.accounts import Role
from server.scopes import MEANS, Scope
from server.spans import read_span
from server.token_model import (
    BadLimit,
    BadSpan,
    Issued,
    Limit,
    NoSuchToken,
    RotatedMeanwhile,
    Token,
    TokenError,
    TokenNameTaken,
)
from server.tokens import Tokens
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import NavItem, Route
from server.web.visit import Visit

AT = "/tokens"
NAV = (NavItem("Tokens", AT, role=Role.ADMIN),)
#: What the forms offer: how it is written there, and how it is read.
LIVES = {"30d": "30 days", "90d": "90 days", "365d": "1 year", "": "never"}
OVERLAPS = {"0": "at once", "1h": "in an hour", "24h": "in 24 hours", "7d": "in 7 days"}
_SCOPE = "scope:"


@dataclass(frozen=True)
class Moment:
    """A time as the page writes it: in short, and so that nobody has to guess."""

    short: str
    exact: str


@dataclass(frozen=True)
class Row:
    """A token as the page shows it; `old` are the ends of secrets that are still valid beside the newest."""

    name: str
    scopes: tuple[Scope, ...]
    limit: Limit
    number: int
    made_by: str
    made: Moment
    used: Moment | None
    expires: Moment | None
    is_expired: bool
    old: tuple[Moment, ...]
    old_used: Moment | None


class TokenPages:
    """Serves /tokens."""

    def __init__(self, tokens: Tokens, parts: Parts) -> None:
        self._tokens = tokens
        self._parts = parts

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", AT, self.show, role=Role.ADMIN),
            Route("POST", AT, self.add, role=Role.ADMIN),
            Route("POST", AT + "/{name}/rotate", self.rotate, role=Role.ADMIN),
            Route("POST", AT + "/{name}/remove", self.remove, role=Role.ADMIN),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show every token, and the form for a new one."""
        return await self._page(visit)

    async def add(self, visit: Visit) -> web.StreamResponse:
        """Make a token and show it, this once."""
        form = await visit.form()
        scopes = [scope for scope in Scope if form.get(_SCOPE + scope)]
        try:
            limit = _limit(form)
            expires = read_span(form["expires"]) if form.get("expires") else None
            issued = await self._tokens.add(form.get("name", ""), scopes, by=_by(visit), expires=expires, limit=limit)
        except (TokenError, ValueError) as error:
            status = 409 if isinstance(error, TokenNameTaken) else 400
            return await self._page(visit, status=status, error=str(error), form=form)
        return await self._page(visit, status=201, issued=issued)

    async def rotate(self, visit: Visit) -> web.StreamResponse:
        """Give a token another secret and show it, this once."""
        form, name = await visit.form(), visit.request.match_info["name"]
        number = form.get("number", "")
        try:
            issued = await self._tokens.rotate(
                name,
                by=_by(visit),
                overlap=_span(form.get("overlap", "24h")),
                expires=_span(form["expires"]) if form.get("expires") else None,
                # Of a form that was sent twice the second one is another's: it would end what the first gave.
                expected=int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0,
            )
        except NoSuchToken as error:
            raise Problem(404, str(error), f"the tokens are at {AT}") from None
        except TokenError as error:
            status = 409 if isinstance(error, RotatedMeanwhile) else 400
            return await self._page(visit, status=status, error=str(error))
        return await self._page(visit, issued=issued)

    async def remove(self, visit: Visit) -> web.StreamResponse:
        """Let a token be valid no more."""
        name = visit.request.match_info["name"]
        try:
            await self._tokens.remove(name, by=_by(visit))
        except NoSuchToken as error:
            raise Problem(404, str(error), f"the tokens are at {AT}") from None
        return web.Response(status=303, headers={"Location": AT, "Cache-Control": "no-store"})

    async def _page(
        self,
        visit: Visit,
        *,
        status: int = 200,
        issued: Issued | None = None,
        error: str = "",
        form: Mapping[str, str] | None = None,
    ) -> web.Response:
        now = self._parts.clock.now()
        rows = [self._row(token, now) for token in await self._tokens.list_tokens()]
        return visit.page(
            "tokens.html",
            status=status,
            rows=rows,
            issued=issued,
            error=error,
            form=form or {"expires": "90d", "rate": f"{Limit().rate:g}", "burst": str(Limit().burst)},
            means=MEANS,
            lives=LIVES,
            overlaps=OVERLAPS,
        )

    def _row(self, token: Token, now: datetime) -> Row:
        old = [one for one in token.secrets[1:] if one.valid_until is not None and one.valid_until > now]
        old_used = max((one.last_used_at for one in old if one.last_used_at is not None), default=None)
        return Row(
            name=token.name,
            scopes=tuple(scope for scope in Scope if scope in token.grant.scopes),
            limit=token.grant.limit,
            number=token.secrets[0].number,
            made_by=token.made_by,
            made=self._past(token.made_at, now),
            used=self._past(token.last_used_at, now) if token.last_used_at is not None else None,
            expires=self._coming(token.expires_at) if token.expires_at is not None else None,
            is_expired=token.is_expired(now),
            old=tuple(self._coming(one.valid_until) for one in old if one.valid_until is not None),
            old_used=self._past(old_used, now) if old_used is not None else None,
        )

    def _past(self, at: datetime, now: datetime) -> Moment:
        zone = self._parts.site().company.zone
        short = age(at, now, zone)
        return Moment(f"{short} ago" if short.split()[-1] in ("min", "h", "d") else short, exact(at, zone))

    def _coming(self, at: datetime) -> Moment:
        zone = self._parts.site().company.zone
        there = at.astimezone(zone)
        return Moment(f"{there.day} {there:%b %Y, %H:%M}", exact(at, zone))


def _by(visit: Visit) -> str:
    assert visit.account is not None, "the guard lets nobody else in"
    return visit.account.name


def _span(text: str) -> timedelta:
    try:
        return read_span(text)
    except ValueError as error:
        raise BadSpan(str(error)) from None


def _limit(form: Mapping[str, str]) -> Limit:
    usual = Limit()
    try:
        return Limit(float(form.get("rate") or usual.rate), int(form.get("burst") or usual.burst))
    except ValueError:
        raise BadLimit from None
