"""Two CRMs for tests, on loopback: they follow the public documentation of SuiteCRM's API "V8" and of EspoCRM's API.

They are no SuiteCRM and no EspoCRM: what these do beyond their documentation is not in here, but for one thing that
SuiteCRM's filter does: with the operator "or" it also matches everything that is not deleted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.crm_bridge.connectors.house import Got

CLIENT, CLIENT_SECRET = "a-client-id", "a client's secret"
API_KEY = "an-api-key-of-espo"


def _json(value: Any, status: int = 200, kind: str = "application/json") -> web.Response:
    return web.Response(status=status, text=json.dumps(value), content_type=kind)


@dataclass
class FakeSuite:
    """`/Api/access_token`, and `GET /Api/V8/module/X` and `POST /Api/V8/module` behind it."""

    records: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    tokens: int = 0
    valid: set[str] = field(default_factory=set)

    async def __call__(self, got: Got) -> web.StreamResponse:
        if got.path == "/Api/access_token":
            return self._token(dict(parse_qsl(got.body.decode())))
        if got.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid:
            return _json({"error": "access_denied"}, 401)
        if got.headers["Accept"] != "application/vnd.api+json":
            return _json({"errors": {"status": 406}}, 406)
        if got.method == "POST" and got.path == "/Api/V8/module":
            return self._create(got.json["data"])
        if got.method == "GET" and got.path.startswith("/Api/V8/module/"):
            return self._list(got.path.rpartition("/")[2], dict(got.query))
        return _json({"errors": {"status": 404}}, 404)

    def _token(self, fields: dict[str, str]) -> web.StreamResponse:
        if fields != {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": CLIENT_SECRET}:
            return _json({"error": "invalid_client"}, 401)
        self.tokens += 1
        self.valid = {f"token-{self.tokens}"}
        return _json({"token_type": "Bearer", "expires_in": 3600, "access_token": f"token-{self.tokens}"})

    def _create(self, data: dict[str, Any]) -> web.StreamResponse:
        there = self.records.setdefault(data["type"], {})
        id_ = data.get("id") or f"{data['type']}-{len(there) + 1}"
        if id_ in there:
            detail = f"Bean {data['type']} with id {id_} is already exist"
            return _json({"errors": {"status": 400, "title": None, "detail": detail}}, 400)
        there[id_] = data["attributes"]
        return _json({"data": {"type": data["type"], "id": id_, "attributes": data["attributes"]}}, 201)

    def _list(self, module: str, query: dict[str, str]) -> web.StreamResponse:
        filters = {
            name[7:-5]: value for name, value in query.items() if name.startswith("filter[") and name.endswith("][eq]")
        }
        all_or_one = any if query.get("filter[operator]", "and") == "or" else all
        found = [
            {"type": module, "id": id_, "attributes": record}
            for id_, record in self.records.get(module, {}).items()
            if all_or_one is any or all(record.get(name) == value for name, value in filters.items())
        ]
        return _json({"data": found[: int(query.get("page[size]", "20"))]}, kind="application/vnd.api+json")


@dataclass
class FakeEspo:
    """`GET` and `POST /api/v1/X`, by API key; a listing has `list` and `total`."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    async def __call__(self, got: Got) -> web.StreamResponse:
        if got.headers.get("X-Api-Key") != API_KEY:
            return web.Response(status=401)
        there = self.records.setdefault(got.path.removeprefix("/api/v1/"), [])
        if got.method == "POST":
            there.append({"id": f"e{len(there) + 1}", **got.json})
            return _json(there[-1])
        query = dict(got.query)
        how, attribute, value = (query[f"where[0][{name}]"] for name in ("type", "attribute", "value"))
        found = [
            {name: record.get(name) for name in query["select"].split(",")}
            for record in there
            if (value in record.get(attribute, "") if how == "contains" else record.get(attribute) == value)
        ]
        return _json({"total": len(found), "list": found[: int(query["maxSize"])]})
