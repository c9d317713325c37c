"""What a token is: a grant, its secrets, and what can be wrong with one. Knows no database and no header.

TokenError
├── BadTokenName
├── NoScope
├── BadLimit
├── BadSpan
├── TokenNameTaken
├── TooManyTokens
├── TooManySecrets
├── NoSuchToken
├── TokenExpired
└── RotatedMeanwhile
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from server.accounts import Account
from server.scopes import Scope, grants, role_of


class TokenError(Exception):
    """Something about a token is not as it should be."""

    def __init__(self, detail: str = "") -> None:
        message = (type(self).__doc__ or "").strip().splitlines()[0]
        super().__init__(f"{message.removesuffix('.')}: {detail}" if detail else message)


class BadTokenName(TokenError):
    """A token's name has 1 to 64 letters a-z, digits, dots, hyphens or underscores."""


class NoScope(TokenError):
    """A token needs at least one scope."""


class BadLimit(TokenError):
    """A token may ask 0.1 to 1000 times a second, and 1 to 10000 times at once."""


class BadSpan(TokenError):
    """A token lasts 1 minute to 3650 days, and an old secret stays valid for 30 days at most."""


class TokenNameTaken(TokenError):
    """There is a token of this name."""


class TooManyTokens(TokenError):
    """There are as many tokens as there may be; remove one that nobody uses."""


class TooManySecrets(TokenError):
    """Too many secrets of this token are valid already; wait until one ends, or let all of them end at once."""


class NoSuchToken(TokenError):
    """There is no token of this name."""


class TokenExpired(TokenError):
    """The token has expired; say for how long it is to be valid."""


class RotatedMeanwhile(TokenError):
    """The token was rotated meanwhile; look at it again."""


@dataclass(frozen=True)
class Limit:
    """How often a token may ask: `burst` times at once, and `rate` times a second after that."""

    rate: float = 20.0
    burst: int = 100


@dataclass(frozen=True)
class Grant:
    """What whoever shows a valid secret may do."""

    name: str
    scopes: frozenset[Scope]
    limit: Limit = Limit()

    @property
    def account(self) -> Account:
        """The account it acts as; no person's account can have this name."""
        return Account(f"token {self.name}", role_of(self.scopes))

    def allows(self, scope: Scope) -> bool:
        """Say whether it may do what needs this scope."""
        return grants(self.scopes, scope)


@dataclass(frozen=True)
class Secret:
    """One secret of a token; the newest has no end of its own."""

    number: int
    made_at: datetime
    valid_until: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class Token:
    """A token as admins see it, with the secrets that are valid or were until it was rotated, the newest first."""

    grant: Grant
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    secrets: tuple[Secret, ...]

    @property
    def name(self) -> str:
        return self.grant.name

    @property
    def last_used_at(self) -> datetime | None:
        """When any of its secrets was used last, to the minute; None for never."""
        return max((secret.last_used_at for secret in self.secrets if secret.last_used_at), default=None)

    def is_expired(self, now: datetime) -> bool:
        """Say whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True)
class Issued:
    """A token with its new secret, which nobody can be told a second time."""

    token: Token
    secret: str = field(repr=False)
