"""Click to call: a program has a person's phone ring, and when it is answered a number outside.

Owns who may, how often, and which of the calls going on were placed here; the calls themselves are `callrouter`'s.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, field

from callrouter.allowed import CannotCall, number_to_call
from callrouter.outbound import NoPbx, NoSuchPerson, PhoneBusy, PhoneGone, TooManyCalls
from ivr.conversation import HandedOver
from server.accounts import Account, Role
from server.attempts import Allowance
from server.web.parts import Outgoing, Parts
from server.web.problems import Problem

#: Persons and programs whose calls are counted.
MOST_COUNTED = 2_000
_SOON = {"Retry-After": "10"}
#: What goes wrong with a call, how HTTP calls it, and what to do.
_REFUSED: tuple[tuple[type[CannotCall], int, str], ...] = (
    (NoSuchPerson, 404, "take a name of the site's `people`; they are at /api/v1/agents"),
    (PhoneGone, 409, "switch the phone on, or see why it does not register"),
    (PhoneBusy, 409, "try again when the phone is free; it is told at /api/v1/agents"),
    (TooManyCalls, 429, "try again when one of them is over, or raise `outbound: at_once:` of the site"),
    (NoPbx, 503, "try again in a moment"),
)


@dataclass(frozen=True)
class Going:
    """A call that was placed here and goes on."""

    id: str
    person: str
    number: str
    customer: str | None


@dataclass
class PlacedCalls:
    """The calls that programs place. One for the server."""

    parts: Parts
    outgoing: Outgoing
    going: dict[str, Going] = field(default_factory=dict)
    _allowance: Allowance | None = None
    _per_minute: int = -1
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def place(self, account: Account, person: str, written: str, customer: str | None) -> Going:
        """Place a call, and return it. Raises Problem for what cannot be, and why."""
        _require_own(account, person)
        if not self.parts.agi.accepting:
            raise Problem(503, "the server is stopping and places no more calls", "try again in a moment", _SOON)
        try:
            number = number_to_call(self.parts.site(), written)
        except CannotCall as refused:
            raise Problem(422, str(refused), "`outbound:` of the site says which numbers may be called") from None
        async with self._turn:  # one after another: what is refused is not counted
            self._require_more(account, person)
            id_ = await self._call(person, number, customer or "")
            self._count(account, person)
            self.going[id_] = going = Going(id_, person, number, customer)
        return going

    async def hang_up(self, account: Account, id_: str) -> Going | None:
        """End a call that was placed here; None where none of this id goes on. Raises Problem."""
        going = self.going.get(id_)
        if going is None:
            return None
        _require_own(account, going.person)
        try:
            return going if await self.outgoing.hang_up(id_) else None
        except CannotCall as error:
            raise _problem(error) from None

    async def _call(self, person: str, number: str, about: str) -> str:
        id_ = ""

        async def ended(_handed: HandedOver | None) -> None:
            self.going.pop(id_, None)

        try:
            id_ = await self.outgoing.call(person, number, about, ended)
        except CannotCall as error:
            raise _problem(error) from None
        return id_

    def _require_more(self, account: Account, person: str) -> None:
        limit = self.parts.site().outbound.per_minute
        if limit == 0:
            raise Problem(429, "no calls are placed here", "`outbound: per_minute:` of the site is 0", _SOON)
        if self._allowance is None or limit != self._per_minute:
            self._allowance, self._per_minute = Allowance(limit, 60.0 / limit, bound=MOST_COUNTED), limit
        now = self.parts.clock.monotonic()
        for who in _counted(account, person):
            if (left := self._allowance.left(who, now)) < 1:
                again = {"Retry-After": str(math.ceil((1 - left) * 60.0 / limit))}
                hint = f"at most {limit} a minute, as `outbound: per_minute:` of the site says"
                raise Problem(429, f"too many calls were placed for {who}", hint, again)

    def _count(self, account: Account, person: str) -> None:
        assert self._allowance is not None, "_require_more comes first"
        now = self.parts.clock.monotonic()
        for who in _counted(account, person):
            self._allowance.take(who, now)


def _counted(account: Account, person: str) -> tuple[str, str]:
    return f"the phone of {person}", account.name


def _require_own(account: Account, person: str) -> None:
    if not account.role.includes(Role.SUPERVISOR) and account.person != person:
        raise Problem(403, "this is somebody else's phone", "ask a supervisor, or name your own")


def _problem(error: CannotCall) -> Problem:
    for kind, status, hint in _REFUSED:
        if isinstance(error, kind):
            return Problem(status, str(error), hint, _SOON if status in (429, 503) else None)
    return Problem(422, str(error), "`outbound:` of the site says which numbers may be called")
