"""How we prove to a REST system who we are: a header that does not change, or a token that is fetched and wears out.

Owns the headers of it. A secret is in no text, no log and no representation.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Final

import aiohttp

from config.connectors import Auth, OAuth2
from crm_bridge.connectors.wire import MOST_READ, NoAnswer, Wire
from ledger.clock import Clock
from ledger.delivery_model import Later

#: Left of a token's life when the next is fetched, and the longest that one is believed in; seconds.
_EARLY: Final = 60.0
_LONGEST: Final = 86_400.0
_LONGEST_TOKEN: Final = 16_384


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
        self._until = 0.0

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
        self._token, seconds = _token_of(answer.said)
        self._until = self._clock.monotonic() + max(0.0, min(seconds, _LONGEST) - _EARLY)


def _fixed(auth: Auth) -> dict[str, str]:
    if auth.bearer is not None:
        return {"Authorization": f"Bearer {auth.bearer}"}
    if auth.basic is not None:
        pair = base64.b64encode(f"{auth.basic.user}:{auth.basic.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if auth.header is not None:
        return {auth.header.name: auth.header.value}
    return {}


def _token_of(said: bytes) -> tuple[str, float]:
    try:
        answer = json.loads(said)
        token, seconds = answer["access_token"], float(answer.get("expires_in", 3600))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NoAnswer(Later("what was given as a token is none", admin=True)) from error
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or len(token) > _LONGEST_TOKEN:
        raise NoAnswer(Later("what was given as a token is none", admin=True))
    return token, seconds
