"""Owns hashing passwords: argon2 in threads, few at a time. Knows no account."""

from __future__ import annotations

import asyncio

import argon2

#: Each hash takes 64 MB and some 50 ms; so many at once, and so many more may wait.
AT_ONCE = 2
WAITING = 40
#: A longer password is none; hashing megabytes would be work for free.
LONGEST = 1_000


class TooBusy(Exception):
    """More passwords are to be checked than we take on."""


class Passwords:
    """Hashes and checks. A check takes as long for nobody's password as for somebody's."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._inside = 0
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """Return a salted hash; raises TooBusy."""
        async with _Place(self):
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Say whether this is the password; None as hash is nobody's, and never matches. Raises TooBusy."""
        if self._nobodys is None:
            self._nobodys = await self.hash("nobody's")
        async with _Place(self):
            right = await asyncio.to_thread(self._verify, password_hash or self._nobodys, password[:LONGEST])
        return right and password_hash is not None and len(password) <= LONGEST

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether the hash was made with weaker settings than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False


class _Place:
    """A turn at hashing, or TooBusy at once."""

    def __init__(self, passwords: Passwords) -> None:
        self._passwords = passwords

    async def __aenter__(self) -> None:
        if self._passwords._inside >= AT_ONCE + WAITING:
            raise TooBusy
        self._passwords._inside += 1
        try:
            await self._passwords._turns.acquire()
        except BaseException:
            self._passwords._inside -= 1
            raise

    async def __aexit__(self, *_exception: object) -> None:
        self._passwords._inside -= 1
        self._passwords._turns.release()
