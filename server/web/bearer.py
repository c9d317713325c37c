"""Who shows a bearer token: the command line beside us or a program, how often it may ask, how often one may guess.

Owns the Authorization header and what is told of limits. Knows no route.
"""

from __future__ import annotations

import asyncio
import hmac
import math
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakValueDictionary

import structlog
from aiohttp import web

from ledger.clock import Clock
from server import token_secret
from server.accounts import Account, Role
from server.attempts import Allowance
from server.guesses import Guesses, network_of
from server.scopes import Scope
from server.token_model import Grant, Limit
from server.tokens import MOST_SECRETS, MOST_TOKENS, Tokens
from server.web.problems import Problem

log = structlog.get_logger(__name__)

#: Who works on this machine and can read the data folder may do all.
COMMAND_LINE = Account("command line", Role.ADMIN)
#: Limits that differ, and so many of them are remembered.
MOST_LIMITS = 100
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True)
class Left:
    """How often a program may still ask: `remaining` times now, and `limit` times again after `reset` seconds."""

    limit: int
    remaining: int
    reset: float


#: Where a request keeps it until its answer goes out.
LEFT = web.RequestKey("left", Left)
#: Where a request keeps what its token allows; a person's has none.
GRANT = web.RequestKey("grant", Grant)


class Bearers:
    """Knows tokens by sight. `api_token` is the secret of the command line beside us."""

    def __init__(self, tokens: Tokens, clock: Clock, api_token: str, guesses: Guesses | None = None) -> None:
        self._tokens = tokens
        self._clock = clock
        self._api_token = api_token.encode()
        self._guesses = guesses or Guesses(clock)
        #: Digests that were good before: who shows one of these guesses nothing, whatever their neighbours do.
        self._known: set[str] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._allowances: OrderedDict[Limit, Allowance] = OrderedDict()

    async def grant(self, authorization: str, peer: str) -> Grant | None:
        """Return what the token of this header allows; None for the command line, which may do all.

        Raises Problem: 401 for a token that is none, 429 for one wrong token too many.
        """
        kind, _, shown = authorization.partition(" ")
        shown, peer = shown.strip(), network_of(peer)
        if kind.lower() != "bearer":
            raise Problem(401, "this server takes bearer tokens", "send Authorization: Bearer …", _CHALLENGE)
        if hmac.compare_digest(shown.encode(errors="replace"), self._api_token):
            return None
        if not token_secret.is_ours(shown):
            await self._guessed("command line", peer)
            log.warning("a token was refused", peer=peer, why="none of ours")
            raise Problem(401, "this token is not valid", "the command line's changes with every start", _CHALLENGE)
        if not token_secret.is_whole(shown):
            raise _invalid("this token is mistyped or cut off", "copy all of it, from swr_ to its last letter")
        grant = await self._find(shown, peer)
        if grant is None:
            log.warning("a token was refused", peer=peer, why="never made, rotated, removed or expired")
            raise _invalid("this token is not valid", "it was rotated, removed or has expired; ask an admin for one")
        return grant

    async def is_good(self, authorization: str) -> bool:
        """Say whether a header that was good before still is."""
        _, _, shown = authorization.partition(" ")
        if hmac.compare_digest(shown.strip().encode(errors="replace"), self._api_token):
            return True
        return await self._tokens.find(shown.strip()) is not None

    def use(self, grant: Grant) -> Left:
        """Use one of the times that a program may ask, and return what is left; raises Problem 429."""
        now, limit = self._clock.monotonic(), grant.limit
        allowance = self._allowance(limit)
        wait = allowance.take(grant.name, now)
        left = allowance.left(grant.name, now)
        counted = Left(limit.burst, max(0, math.floor(left)), max(0.0, (limit.burst - left) / limit.rate))
        if wait:
            again = {"Retry-After": str(math.ceil(wait)), **headers_of(counted)}
            hint = f"ask at most {limit.rate:g} times a second, and {limit.burst} times at once"
            raise Problem(429, "this token was used too often", hint, again)
        return counted

    async def _find(self, shown: str, peer: str) -> Grant | None:
        digest = token_secret.digest(shown)
        if digest in self._known:
            grant = await self._tokens.find(shown)
            if grant is None:
                self._known.discard(digest)
            return grant
        # One after another for each peer: a hundred first requests of one good program are one guess, not a hundred.
        turn = self._turns.setdefault(peer, asyncio.Lock())
        async with turn:
            if digest in self._known:
                return await self._tokens.find(shown)
            name = digest[:16]
            await self._guessed(name, peer)
            grant = await self._tokens.find(shown)
            if grant is not None:
                self._guesses.give_back(name, peer)
                if len(self._known) >= MOST_TOKENS * MOST_SECRETS:
                    self._known.clear()
                self._known.add(digest)
            return grant

    async def _guessed(self, name: str, peer: str) -> None:
        if wait := await self._guesses.take(name, peer):
            again = {"Retry-After": str(math.ceil(wait))}
            raise Problem(429, "there were too many tokens that are not valid", "wait a little", again)

    def _allowance(self, limit: Limit) -> Allowance:
        allowance = self._allowances.pop(limit, None)
        if allowance is None:
            allowance = Allowance(limit.burst, 1 / limit.rate, bound=MOST_TOKENS)
        self._allowances[limit] = allowance
        if len(self._allowances) > MOST_LIMITS:
            self._allowances.popitem(last=False)
        return allowance


def may(request: web.BaseRequest, scope: Scope) -> bool:
    """Say whether who was let in may do what a scope stands for; people may, within their roles."""
    grant = request.get(GRANT)
    return grant is None or grant.allows(scope)


def headers_of(left: Left) -> dict[str, str]:
    """Return the headers that tell a program how often it may still ask."""
    return {
        "RateLimit-Limit": str(left.limit),
        "RateLimit-Remaining": str(left.remaining),
        "RateLimit-Reset": str(math.ceil(left.reset)),
    }


async def add_limits(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Tell a program how often it may still ask, just before an answer goes out."""
    if (left := request.get(LEFT)) is not None:
        response.headers.update(headers_of(left))


def _invalid(error: str, hint: str) -> Problem:
    return Problem(401, error, hint, {"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{error}"'})
