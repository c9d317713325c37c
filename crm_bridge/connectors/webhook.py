"""Web-hooks: each event is posted as JSON, signed, and known again by its key.

    Idempotency-Key: <the event's id>                the same for every try: a second one tells nothing new
    Switchroom-Signature: t=<seconds>,sha256=<hex>   where the site names a secret; see ledger/signature.py

Owns the form of what is posted. Knows no table; the address may hold a token, so it is in no text and in no log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import Any, Final

from config.connectors import Webhook, matches
from config.event_names import EVENT_NAMES
from config.templates import TemplateFault, Text, Value, in_json
from crm_bridge.connectors.model import CustomerShort, Occasion
from crm_bridge.connectors.showing import in_lines, masked
from crm_bridge.connectors.wire import NoAnswer, Wire
from ledger.clock import Clock
from ledger.delivery_model import Refused, Result
from ledger.ids import new_id
from ledger.masking import secrets_of
from ledger.signature import HEADER, signature

WHO = "the web-hook"
#: The kind of what is posted to see whether it arrives.
TEST: Final = "test"


class WebhookSender:
    """Posts events to one web-hook."""

    needs_call = False

    def __init__(self, settings: Webhook, wire: Wire, clock: Clock) -> None:
        self._settings = settings
        self._wire = wire
        self._clock = clock
        self._wanted = matcher(settings.events)
        self._secrets = secrets_of(settings.url, settings.secret)
        self._write = _writer(settings.template)

    def wants(self, kind: str) -> bool:
        """Tell whether the site asks for this kind of event; what of the journal is only for us never leaves."""
        return kind in EVENT_NAMES and self._wanted(kind)

    async def send(self, occasion: Occasion) -> Result:
        """Post one event."""
        try:
            body = self._write(as_told(occasion))
        except TemplateFault as fault:
            return Refused(str(fault))
        headers = {"Content-Type": "application/json", "Idempotency-Key": occasion.id}
        if self._settings.secret is not None:
            headers[HEADER] = signature(self._settings.secret, int(self._clock.now().timestamp()), [body])
        try:
            answer = await self._wire.ask("POST", self._settings.url, headers=headers, body=body)
        except NoAnswer as none:
            return none.why
        return self._wire.judge(answer, self._secrets)

    async def test(self) -> Result:
        """Post an event of a kind that nothing else is of."""
        id_ = f"test-{new_id()}"
        return await self.send(Occasion(id_, 0, TEST, self._clock.now(), id_, data={"text": "A test of Switchroom's"}))

    def preview(self, occasion: Occasion) -> str:
        """Return the body."""
        try:
            body = self._write(as_told(occasion))
        except TemplateFault as fault:
            return str(fault)
        return masked(in_lines(json.loads(body)), self._secrets)


def as_told(occasion: Occasion) -> dict[str, Any]:
    """Return what a web-hook is told, as JSON values; the same names are what its template reads."""
    return {
        "id": occasion.id,
        "kind": occasion.kind,
        "at": occasion.at.isoformat(),
        "call": occasion.call or None,
        "agent": occasion.agent or None,
        "department": occasion.department or None,
        "customer": None if occasion.customer is None else _customer(occasion.customer),
        "data": dict(occasion.data),
    }


def _customer(customer: CustomerShort) -> dict[str, Any]:
    told = asdict(customer)
    del told["merged"]
    return told


def matcher(patterns: Collection[str]) -> Callable[[str], bool]:
    """Return what tells whether a kind is among these patterns."""
    return lambda kind: any(matches(pattern, kind) for pattern in patterns)


def _writer(template: str | Mapping[str, Any] | None) -> Callable[[Mapping[str, Any]], bytes]:
    if template is None:
        return _json
    try:
        if isinstance(template, str):
            return _checked(Text(template, in_json))
        value = Value(dict(template))
        return lambda given: _json(value.render(given))
    except TemplateFault as fault:
        return _failing(fault)


def _checked(text: Text) -> Callable[[Mapping[str, Any]], bytes]:
    def write(given: Mapping[str, Any]) -> bytes:
        body = text.render(given)
        try:
            json.loads(body)
        except (ValueError, RecursionError) as error:
            raise TemplateFault("what the template makes is no JSON") from error
        return body.encode(errors="replace")

    return write


def _failing(fault: TemplateFault) -> Callable[[Mapping[str, Any]], bytes]:
    """The rest of the site works, so a template that cannot be used fails what it should have written."""
    words = str(fault)

    def write(given: Mapping[str, Any]) -> bytes:
        raise TemplateFault(words)

    return write


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(errors="replace")
