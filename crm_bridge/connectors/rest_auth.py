"""How we prove to a REST system who we are: a header that does not change, or a token that is fetched and wears out.

Owns the headers of it. A secret is in no text, no log and no representation.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

import aiohttp

from config.connectors import Auth, OAuth2
from crm_bridge.connectors.wire import MOST_READ, NoAnswer, Wire
from ledger.clock import Clock
from ledger.delivery_model import Later
from ledger.masking import basic_pair

#: Left of a token's life when the next is fetched, and the longest that one is believed in; seconds.
_EARLY: Final = 60.0
_LONGEST: Final = 86_400.0
_LONGEST_TOKEN: Final = 16_384
#: What is shorter is a word, and hiding it would spoil what is said.
_SHORTEST_SECRET: Final = 6


class Credentials:
    """The headers for each request. `renew` says that the token was refused."""

    def __init__(self, auth: Auth | None, base: str, wire: Wire, clock: Clock) -> None:
        self._oauth2 = auth.oauth2 if auth is not None else None
        self._fixed = {} if auth is None else _fixed(auth)
        self._base = base
        self._wire = wire
        self._clock = clock
        self._turn = asyncio.Lock()
        self._token = ""
        #: The token before may still be in what is answered.
        self._before = ""
        self._until = 0.0

    @property
    def secrets(self) -> frozenset[str]:
        """Return what these headers say that nobody may read in a text, such as what a server repeats."""
        fixed = (value for text in self._fixed.values() for value in (text, text.partition(" ")[2]))
        return frozenset(secret for secret in (*fixed, self._token, self._before) if len(secret) >= _SHORTEST_SECRET)

    @property
    def can_renew(self) -> bool:
        """Tell whether another token can be had."""
        return self._oauth2 is not None

    async def headers(self) -> dict[str, str]:
        """Return the headers that say who we are. Raises NoAnswer."""
        if self._oauth2 is None:
            return self._fixed
        async with self._turn:  # one token for all who wait for one
            if not self._token or self._clock.monotonic() >= self._until:
                await self._fetch(self._oauth2)
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> None:
        """Fetch another token before the next request."""
        self._until = 0.0

    async def _fetch(self, oauth2: OAuth2) -> None:
        fields = [
            ("grant_type", "client_credentials"),
            ("client_id", oauth2.client_id),
            ("client_secret", oauth2.client_secret),
        ]
        fields += [("scope", oauth2.scope)] if oauth2.scope else []
        form = aiohttp.FormData(fields)
        url = oauth2.path if "://" in oauth2.path else self._base + oauth2.path.lstrip("/")
        answer = await self._wire.ask("POST", url, headers={"Accept": "application/json"}, form=form, most=MOST_READ)
        if not answer.good:
            # Not what it says: that may repeat what we sent.
            raise NoAnswer(Later(f"no token was given: {answer.status}", admin=answer.status < 500))
        token, seconds = _token_of(answer.said)
        self._before, self._token = self._token, token
        self._until = self._clock.monotonic() + max(0.0, min(seconds, _LONGEST) - _EARLY)


def _fixed(auth: Auth) -> dict[str, str]:
    if auth.bearer is not None:
        return {"Authorization": f"Bearer {auth.bearer}"}
    if auth.basic is not None:
        return {"Authorization": f"Basic {basic_pair(auth.basic.user, auth.basic.password)}"}
    if auth.header is not None:
        return {auth.header.name: auth.header.value}
    return {}


def _token_of(said: bytes) -> tuple[str, float]:
    try:
        answer = json.loads(said)
        token, seconds = answer["access_token"], float(answer.get("expires_in", 3600))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise NoAnswer(Later("what was given as a token is none", admin=True)) from error
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or len(token) > _LONGEST_TOKEN:
        raise NoAnswer(Later("what was given as a token is none", admin=True))
    return token, seconds
