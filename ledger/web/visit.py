"""What a feature's handlers use of a request, and who makes it. The shell's own visit has all of this."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from aiohttp import web
from pydantic import BaseModel


@dataclass(frozen=True)
class Upload:
    """A form with a file: the fields, and how many bytes lie where the file was to be written, 0 where none was sent.

    `file_name` is what its owner calls it, a stranger's word; `digest` is the SHA-256 of its content.
    """

    fields: Mapping[str, str]
    size: int
    file_name: str = ""
    digest: str = ""


class Visit(Protocol):
    """One request, and the ways to answer it."""

    @property
    def request(self) -> web.Request: ...

    def query(self, name: str) -> str | None:
        """Return a parameter of the address; None if it is not there, or empty."""

    def page(self, template: str, /, *, status: int = 200, **context: object) -> web.Response:
        """Answer with a page in the frame."""

    def answer(self, value: BaseModel, *, status: int = 200) -> web.Response:
        """Answer with JSON."""

    async def form(self) -> dict[str, str]:
        """Return the fields of a form."""

    async def body(self) -> bytes:
        """Return the body as it is."""

    async def upload(self, name: str, into: Path, largest: int) -> Upload:
        """Return the fields of a form, with the file in field `name` written to `into` while it comes."""


@dataclass(frozen=True)
class Who:
    """Who asks. `sees_all` boxes, not only the own ones; `is_admin` may mend what a server refused.

    Rights go by the person of the site whom the account belongs to, deeds are noted under the account's name.
    """

    name: str
    person: str = ""
    sees_all: bool = False
    is_admin: bool = False

    @property
    def reader(self) -> str:
        """The name that rights and assignments go by."""
        return self.person or self.name


class Refusal(Exception):
    """What was asked cannot be answered; says what is wrong and what to do, and how HTTP calls it."""

    def __init__(self, status: int, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.hint = status, error, hint


#: Besides Refusal a handler may raise what the rules of its feature raise.
Handler = Callable[[Visit, Who], Awaitable[web.StreamResponse]]
