"""One request, by somebody, as a handler sees it: what was asked, who asks, and how to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import BaseModel

from ledger.web.visit import Upload
from server.accounts import Account
from server.web.frame import Frame
from server.web.problems import Problem
from server.web.upload import receive

#: Seconds in which a request's body must have come.
BODY_SECONDS = 10.0


@dataclass(frozen=True)
class Visit:
    """A request and its answers. `account` is None where nobody logged in (and the route allows that)."""

    request: web.Request
    account: Account | None
    frame: Frame
    #: What waits behind the doors of the navigation, by their paths.
    counts: Mapping[str, int] = field(default_factory=dict)
    #: Says whether who asks would still be let in: for answers that last.
    is_welcome: Callable[[], Awaitable[bool]] = field(kw_only=True)

    def query(self, name: str) -> str | None:
        """Return a parameter of the address; None if it is not there, or empty."""
        return self.request.query.get(name) or None

    def page(self, template: str, /, *, status: int = 200, **context: object) -> web.Response:
        """Answer with a page in the frame."""
        text = self.frame.render(template, account=self.account, path=self.request.path, counts=self.counts, **context)
        return web.Response(text=text, status=status, content_type="text/html", headers={"Cache-Control": "no-store"})

    def answer(self, value: BaseModel, *, status: int = 200) -> web.Response:
        """Answer with JSON."""
        return web.Response(
            body=value.model_dump_json(by_alias=True).encode(),
            status=status,
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    async def form(self, largest: int | None = None) -> dict[str, str]:
        """Return the fields of a form; raises Problem for anything else, too slow or too large.

        A body of more than a page's usual bytes is taken where `largest` allows it.
        """
        if self.request.content_type != "application/x-www-form-urlencoded":
            raise Problem(415, "this is no form", "send application/x-www-form-urlencoded")
        try:
            async with asyncio.timeout(BODY_SECONDS):
                if largest is not None:
                    raw = await self._whole(largest)
                    return await asyncio.to_thread(_fields, raw, self.request.charset or "utf-8")
                posted = await self.request.post()
        except TimeoutError:
            raise Problem(408, "the form did not come in time", "try again") from None
        except (ValueError, LookupError):  # bytes that are no text, a charset nobody knows
            raise Problem(400, "the form cannot be read", "send it as UTF-8") from None
        return {name: value for name, value in posted.items() if isinstance(value, str)}

    async def _whole(self, largest: int) -> bytes:
        try:
            return await self.request.clone(client_max_size=largest).read()
        except web.HTTPRequestEntityTooLarge:
            hint = "go back: your browser still has what you wrote; send it in parts"
            raise Problem(413, f"this is larger than {largest >> 20} MiB, and nothing was saved", hint) from None

    async def body(self) -> bytes:
        """Return the body as it is; raises Problem when it comes too slowly."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await self.request.read()
        except TimeoutError:
            raise Problem(408, "the body did not come in time", "try again") from None

    async def upload(self, name: str, into: Path, largest: int) -> Upload:
        """Return the fields of a form, with the file in field `name` written to `into`; raises Problem."""
        return await receive(self.request, name, into, largest)


def _fields(raw: bytes, charset: str) -> dict[str, str]:
    """Read a form that may be long. Raises ValueError or LookupError."""
    return dict(parse_qsl(raw.rstrip().decode(charset), keep_blank_values=True, encoding=charset))
