"""Requests to a REST system as the site describes them: made from templates, and what is read from the answers.

Owns how a description is carried out, one request at a time. Which requests follow from what is `rest`'s business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from config.connectors import Lookup, Request
from config.templates import TemplateFault, Text, Value, in_address
from crm_bridge.connectors.model import Found
from crm_bridge.connectors.rest_auth import Credentials
from crm_bridge.connectors.wire import MOST_READ, Answer, NoAnswer, Wire
from ledger.delivery_model import Later, Refused

#: So many are read of an answer that found more.
MOST_FOUND: Final = 20
_LONGEST_FIELD: Final = 200

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """A request as it goes over the wire."""

    method: str
    address: str
    body: bytes | None


class Prepared:
    """A request whose templates have been read. Raises TemplateFault when one cannot be."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._path = Text(request.path, in_address)
        self._query = [(name, Text(value)) for name, value in request.query.items()]
        self._body = None if request.body is None else Value(request.body)

    def make(self, base: str, given: Given) -> Made:
        """Write the request. Raises TemplateFault."""
        query = "&".join(f"{quote(name, safe='')}={quote(text.render(given), safe='')}" for name, text in self._query)
        path = self._path.render(given)
        if ".." in path or len(path) + len(query) > 8_000:
            raise TemplateFault("the template makes an address that cannot be asked")
        body = None if self._body is None else json.dumps(self._body.render(given), ensure_ascii=False).encode()
        return Made(self.request.method, f"{base}{path}{'?' if query else ''}{query}", body)


class RestSystem:
    """Asks one REST system, as whom the site says."""

    def __init__(self, base: str, content_type: str, wire: Wire, credentials: Credentials) -> None:
        self._base = base
        self._content_type = content_type
        self._wire = wire
        self._credentials = credentials

    @property
    def secrets(self) -> frozenset[str]:
        """Return what is secret of how we say who we are now."""
        return self._credentials.secrets

    async def ask(self, prepared: Prepared, given: Given, key: str = "") -> Answer:
        """Carry a request out, with another token if the one we had is refused. Raises NoAnswer."""
        try:
            made = prepared.make(self._base, given)
        except TemplateFault as fault:
            raise NoAnswer(Refused(str(fault))) from fault
        answer = await self._once(made, key)
        if answer.status == 401 and self._credentials.can_renew:
            self._credentials.renew()
            answer = await self._once(made, key)
        return answer

    async def _once(self, made: Made, key: str) -> Answer:
        headers = {"Accept": self._content_type, **(await self._credentials.headers())}
        if made.body is not None:
            headers["Content-Type"] = self._content_type
        if key:
            headers["Idempotency-Key"] = key
        return await self._wire.ask(made.method, made.address, headers=headers, body=made.body, most=MOST_READ)


def json_of(answer: Answer) -> Any:
    """Read an answer's JSON. Raises NoAnswer: a page that says how sorry it is may come in place of it."""
    try:
        return json.loads(answer.said)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(Later("the answer is no JSON, or longer than can be read", admin=True)) from error


def at_path(value: Any, path: str) -> Any:
    """Return what lies at a path in JSON, None where there is nothing.

    >>> at_path({"list": [{"id": 7}]}, "list.0.id"), at_path([], "a.b")
    (7, None)
    """
    for name in filter(None, path.split(".")):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def found_in(answer: Any, lookup: Lookup, source: str) -> list[Found]:
    """Read those an answer names; what has no id is nobody."""
    results = at_path(answer, lookup.results)
    found = []
    for one in results[:MOST_FOUND] if isinstance(results, list) else ():
        if id_ := _field(one, lookup.id):
            name = " ".join(filter(None, (_field(one, path) for path in lookup.name)))
            company = _field(one, lookup.company) if lookup.company is not None else ""
            found.append(Found(source, id_, name[:_LONGEST_FIELD], company, lookup.called))
    return found


def _field(value: Any, path: str) -> str:
    there = at_path(value, path)
    return str(there)[:_LONGEST_FIELD] if isinstance(there, str | int) and not isinstance(there, bool) else ""
