"""CRMs with a REST interface: who has a number is asked there, and each call that is over is entered there.

Owns what is asked and told in which order, so that a second try makes nothing twice:

* The contact is looked up before one is made; a second try finds the one that the first made.
* A call is entered under an id of ours where the system takes one, or not at all when it is found there (`unless`).
* Contacts are made one at a time: of two calls that end at once, the second finds what the first has made.
* A number that several there have is entered as nobody's call: which of them it was is not for us to guess.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import asdict
from typing import Any, Final

import phonenumbers

from callrouter import events as ev
from config.connectors import Create, Rest
from config.templates import TemplateFault
from crm_bridge.connectors.descriptions import description_of
from crm_bridge.connectors.model import Found, Occasion
from crm_bridge.connectors.rest_auth import Credentials
from crm_bridge.connectors.rest_requests import Given, Prepared, RestSystem, at_path, found_in, json_of
from crm_bridge.connectors.showing import in_lines, masked
from crm_bridge.connectors.webhook import as_told
from crm_bridge.connectors.wire import Answer, NoAnswer, Wire
from ledger.clock import Clock
from ledger.delivery_model import Accepted, Refused, Result
from ledger.masking import secrets_of

WHO = "the CRM"
#: Nobody has this one: numbers of 555 0100 to 0199 are for examples.
_TEST_NUMBER: Final = "+12025550100"
_TOLD: Final = frozenset({ev.CallEnded.KIND, ev.OutboundEnded.KIND})
#: Ids that we give are made of the event's: the same for every try.
_IDS: Final = uuid.UUID("7b1c5d52-6a2f-5e0b-9d55-6d0f2c1a4e10")


class RestSender:
    """Asks and tells one CRM."""

    needs_call = True

    def __init__(self, name: str, settings: Rest, wire: Wire, clock: Clock) -> None:
        self._name = name
        self._create = settings.create
        self._wire = wire
        self._secrets = _secrets(settings)
        base = settings.url if settings.url.endswith("/") else f"{settings.url}/"
        description = description_of(settings)
        self._system = RestSystem(base, description.content_type, wire, Credentials(settings.auth, base, wire, clock))
        self._making = asyncio.Lock()
        self._fault = ""
        try:
            self._lookups = [(lookup, Prepared(lookup)) for lookup in description.lookup]
            self._new_contact = _prepared(description.create_contact)
            journal = description.journal_call
            self._journal = _prepared(journal)
            self._unless = None if journal is None or journal.unless is None else Prepared(journal.unless)
            self._unless_results = "" if journal is None or journal.unless is None else journal.unless.results
        except TemplateFault as fault:
            self._fault = str(fault)
            self._lookups, self._new_contact, self._journal, self._unless = [], None, None, None

    @property
    def can_look_up(self) -> bool:
        """Tell whether it can be asked who has a number."""
        return bool(self._lookups)

    def wants(self, kind: str) -> bool:
        """Tell whether a call is over."""
        return kind in _TOLD and (self._journal is not None or bool(self._fault))

    async def send(self, occasion: Occasion) -> Result:
        """Enter a call."""
        if self._fault or self._journal is None:
            return Refused(self._fault or "the description enters no calls")
        try:
            given = _given(occasion)
            contact = await self._contact(given, occasion)
            given |= {"contact": contact}
            if self._unless is not None:
                answer = await self._system.ask(self._unless, given)
                self._require(answer)
                if at_path(json_of(answer), self._unless_results):
                    return Accepted("it was there already")
            return self._made(await self._system.ask(self._journal[1], given, occasion.id), self._journal[0])
        except _NotTaken as not_taken:
            return not_taken.result
        except NoAnswer as none:
            return none.why

    async def test(self) -> Result:
        """Ask who has a number, which leaves nothing there."""
        if self._fault:
            return Refused(self._fault)
        if not self._lookups:
            return Refused(f"{WHO} is asked nothing: only a call that is entered can show whether it takes them")
        try:
            found = await self.find(_TEST_NUMBER)
        except NoAnswer as none:
            return none.why
        return Accepted(f"{WHO} answered: {len(found) or 'nobody'} there has the number of the test")

    def preview(self, occasion: Occasion) -> str:
        """Return the request that enters the call, as for a contact nobody there knows."""
        if self._fault or self._journal is None:
            return self._fault or "The description enters no calls."
        try:
            made = self._journal[1].make("", _given(occasion))
        except TemplateFault as fault:
            return str(fault)
        body = "" if made.body is None else in_lines(json.loads(made.body))
        return masked(f"{made.method} {made.address}\n{body}", self._secrets)

    async def find(self, number: str) -> list[Found]:
        """Return those who have a number in E.164. Raises NoAnswer."""
        given = _number(number)
        return await self._find(given)

    async def _contact(self, given: dict[str, Any], occasion: Occasion) -> dict[str, Any] | None:
        if not given["number"]:
            return None
        found = await self._find(given)
        if found or not self._create or self._new_contact is None:
            return self._only(found, given)
        async with self._making:
            found = await self._find(given)
            return self._only(found, given) if found else await self._made_contact(self._new_contact, given, occasion)

    @staticmethod
    def _only(found: list[Found], given: dict[str, Any]) -> dict[str, Any] | None:
        given["several"] = len(found) if len(found) > 1 else 0
        return asdict(found[0]) if len(found) == 1 else None

    async def _made_contact(
        self, new_contact: tuple[Create, Prepared], given: Given, occasion: Occasion
    ) -> dict[str, Any] | None:
        create, prepared = new_contact
        answer = await self._system.ask(prepared, given, f"{occasion.id}-contact")
        self._require(answer)
        made = at_path(json_of(answer), create.id)
        if not isinstance(made, str | int):
            return None
        return asdict(Found(self._name, str(made), called=create.called))

    async def _find(self, given: Given) -> list[Found]:
        async def one(prepared: Prepared) -> Any:
            answer = await self._system.ask(prepared, given)
            self._require(answer)
            return json_of(answer)

        answers = await asyncio.gather(*(one(prepared) for _, prepared in self._lookups), return_exceptions=True)
        everybody: dict[tuple[str, str], Found] = {}
        for (lookup, _), answer in zip(self._lookups, answers, strict=True):
            if isinstance(answer, _NotTaken):
                raise NoAnswer(answer.result) from answer
            if isinstance(answer, BaseException):
                raise answer
            for found in found_in(answer, lookup, self._name):
                everybody.setdefault((found.called, found.id), found)
        return list(everybody.values())

    def _made(self, answer: Answer, create: Create) -> Result:
        """Say what came of making something: a refusal that says that it is there is none."""
        result = self._judge(answer)
        if isinstance(result, Refused) and create.already and create.already in answer.said.decode("utf-8", "replace"):
            return Accepted("it was there already")
        if isinstance(result, Accepted):
            return Accepted(f"{WHO} answered {answer.status}")  # what it says is what we sent it
        return result

    def _judge(self, answer: Answer) -> Result:
        return self._wire.judge(answer, self._secrets | self._system.secrets)

    def _require(self, answer: Answer) -> None:
        result = self._judge(answer)
        if not isinstance(result, Accepted):
            raise _NotTaken(result)


class _NotTaken(Exception):
    """A request on the way to the one that matters was not answered well."""

    def __init__(self, result: Result) -> None:
        super().__init__(type(result).__name__)
        assert not isinstance(result, Accepted)
        self.result = result


def _prepared(create: Create | None) -> tuple[Create, Prepared] | None:
    return None if create is None else (create, Prepared(create))


def _given(occasion: Occasion) -> dict[str, Any]:
    """Return what templates read: what a web-hook is told, the call, and its number in several forms."""
    now = occasion.now
    call = {} if now is None else asdict(now)
    number = "" if now is None else now.number
    return {
        **as_told(occasion),
        **_number(number),
        "call_id": occasion.call,
        "call": call,
        "key": occasion.id,
        "uuid": str(uuid.uuid5(_IDS, occasion.id)),
        "contact": None,
        "several": 0,
    }


def _number(number: str) -> dict[str, Any]:
    national = ""
    if number:
        try:
            parsed = phonenumbers.parse(number)
            written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
            national = "".join(letter for letter in written if letter in "0123456789")
        except phonenumbers.NumberParseException:
            national = number
    return {"number": number, "digits": number.removeprefix("+"), "national": national}


def _secrets(settings: Rest) -> frozenset[str]:
    auth = settings.auth
    if auth is None:
        return secrets_of(settings.url)
    passwords = [auth.bearer]
    passwords += [auth.basic.password] if auth.basic is not None else []
    passwords += [auth.header.value] if auth.header is not None else []
    passwords += [auth.oauth2.client_secret] if auth.oauth2 is not None else []
    return secrets_of(settings.url, *passwords)
