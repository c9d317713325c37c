"""What a page or an API call is to the shell, and what a feature hands over to have its own shown.

Owns the registry's words only. A feature's handlers take a visit and need not import this: they say in a
Protocol of their own what they use of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from pydantic import BaseModel

from server.accounts import Account, Role
from server.scopes import Scope
from server.web.visit import Visit

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Answer:
    """One documented answer: what it means, its shape, an example. Without a shape it is plain text."""

    means: str
    shape: type[BaseModel] | None = None
    example: object = None
    content_type: str = "application/json"
    #: Other types that the same may have, where the asker chooses.
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """A parameter in the path or in the query."""

    name: str
    means: str
    schema: Mapping[str, object]
    example: object
    place: str = "query"


@dataclass(frozen=True)
class Operation:
    """A route as the API's description tells it."""

    name: str
    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Answer | None = None


@dataclass(frozen=True)
class Route:
    """One method at one path. `role` is the least role that may come in; None lets everybody in.

    `scope` is what a token needs besides; None is for who logged in and for the command line, and for no token.
    A route with an `operation` is for machines: it is described, and refuses with JSON instead of a page.
    """

    method: str
    path: str
    handler: Handler
    role: Role | None = Role.OPERATOR
    operation: Operation | None = None
    #: An endless answer has no deadline.
    endless: bool = False
    #: Seconds until the answer must be on its way, where a body may take longer to come than a page's.
    seconds: float | None = None
    scope: Scope | None = None


@dataclass(frozen=True)
class NavItem:
    """A door in the page frame's navigation."""

    title: str
    path: str
    role: Role = Role.OPERATOR
    #: The page of whom the account belongs to: the first door, and none for an account of nobody.
    own: bool = False
    #: Counts what waits there for this account; shown beside the title.
    count: Callable[[Account], Awaitable[int]] | None = None
    #: What they are, for who does not see where the figure stands.
    counted: str = "new"
    #: Says whether anything is behind it; without that there always is.
    leads_somewhere: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Notice:
    """What every page says for now; who has the role is led to where it can be changed."""

    text: str
    path: str
    role: Role


@dataclass(frozen=True)
class Feature:
    """What one feature adds. Its templates are named `<name>/…`, its files are at `/static/<name>/…`."""

    name: str
    routes: tuple[Route, ...] = ()
    nav: tuple[NavItem, ...] = ()
    templates: Path | None = None
    static: Path | None = None
    #: What every page must say now, asked at every page: from memory.
    notices: Callable[[], tuple[Notice, ...]] | None = None
    #: Is called when the server stops, before requests under way must end: endless answers end here.
    close: Callable[[], None] | None = None
