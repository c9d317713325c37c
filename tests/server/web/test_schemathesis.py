"""Whatever a program may send, by the description of the API and against it: no fault of ours, no undescribed answer.

Everything is wired: calls, messages, faxes, customers, connectors, privacy. The cases are the same each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from callrouter.ami.fake import FakePbx
from callrouter.outbound import Outbound
from config.connectors import Connector
from crm_bridge.jobs import Projection
from reports.web.room import Directly
from server.customer_room import CustomerRoom
from server.local_server import TOKEN_FILE
from server.postroom import Postroom
from server.privacy_office import Premises, PrivacyOffice
from server.report_post import issuing_of
from server.web.app import serving_parts
from tests.fax.web.fax_house import fax_house
from tests.reports.issued_house import Desk
from tests.voicemail.web.inbox_house import inbox_house

Json = Any  # whatever JSON can say
#: Nobody listens there.
HOOK = {"webhook": {"url": "http://127.0.0.1:9/"}, "internal": True}
Operation = APIOperation[Any, Any, Any, Any]
SEED = 5
#: So many requests for each operation, by the description and against it: as many as fit into a quarter of a minute.
EXAMPLES = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 4}
#: Of the requests so many name something that is there, of ten.
KNOWN = 8
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@dataclass(frozen=True)
class Served:
    """A server with all that there is: its description, and of each path something that it may name."""

    url: str
    token: str
    whole: Json
    known: dict[str, dict[str, str]]


@asynccontextmanager
async def everything(folder: Path) -> AsyncIterator[Served]:
    """Serve an office with calls, messages, faxes and customers, and one of each."""
    async with AsyncExitStack() as stack:
        inbox = await stack.enter_async_context(inbox_house(folder / "a"))
        faxes = await stack.enter_async_context(fax_house(folder / "b"))
        office, pbx = inbox.office, FakePbx()
        stack.push_async_callback(_stopped, pbx, asyncio.create_task(pbx.run(), name="pbx"))
        parts = office.parts
        outbound = Outbound(parts.site, pbx, parts.roster, parts.chronicle, parts.clock)
        stack.push_async_callback(outbound.close)
        site = parts.site().model_copy(update={"connectors": {"hook": Connector.model_validate(HOOK)}})
        assert parts.spool is not None and parts.deliveries is not None
        customers = CustomerRoom.of(lambda: site, parts.database, parts.journal, parts.clock)
        premises = Premises(
            lambda: site, parts.clock, parts.database, parts.journal, parts.chronicle, parts.spool, parts.deliveries,
            customers, folder, folder / "drop",
        )  # fmt: skip
        office.parts = replace(
            parts,
            site=lambda: site,
            faxes=faxes.home.service,
            fax_call_back=faxes.ringing,
            customers=customers,
            privacy=PrivacyOffice.of(premises),
            outgoing=outbound,
            report_maker=Directly,
            issuing=issuing_of(
                lambda: site, parts.database, parts.spool, parts.clock, Postroom(parts.deliveries), Desk()
            ),
        )
        message, fax = await inbox.leave("billing"), await faxes.order()
        call = await office.whole_call("Ona")
        await parts.journal.drain(5.0)
        await Projection(parts.journal, parts.database, parts.site().company.country).catch_up()
        url = await stack.enter_async_context(serving_parts(office.parts, office.accounts, "127.0.0.1", 0))
        token = (parts.data / TOKEN_FILE).read_text()
        bearer = {"Authorization": f"Bearer {token}"}
        session = await stack.enter_async_context(aiohttp.ClientSession(url, headers=bearer))
        whole = await (await session.get("/api/v1/openapi.json")).json()
        known = {
            "/api/v1/calls/": {"id": call},
            "/api/v1/interactions/": {"id": call},
            "/api/v1/agents/": {"name": "alice"},
            "/api/v1/voicemail/": {"id": message},
            "/api/v1/faxes/": {"id": fax, "n": "1"},
            "/api/v1/connectors/": {"name": "hook"},
            "/api/v1/reports/issued/": {"id": await _issued(session)},
            "/api/v1/reports/": {"name": "day"},
            "/api/v1/customers/": await _customer(session),
        }
        yield Served(url, token, whole, known)


async def _customer(session: aiohttp.ClientSession) -> dict[str, str]:
    """Write a customer with all that may hang on one."""
    at = "/api/v1/customers"

    async def made(path: str, body: Json) -> Json:
        async with session.post(path, json=body) as answer:
            assert answer.status == 201, await answer.text()
            return await answer.json()

    kept, gone = [await made(at, {"name": name}) for name in ("Ona", "Ona P.")]
    one = f"{at}/{kept['id']}"
    return {
        "id": kept["id"],
        "merge": (await made(f"{one}/merge", {"gone": gone["id"]}))["merge"]["id"],
        "note": (await made(f"{one}/notes", {"text": "Wants one."}))["id"],
        "matter": (await made(f"{one}/matters", {"kind": "order", "title": "Paper"}))["id"],
        "activity": (await made(f"{one}/activities", {"what": "Call", "due": "2026-11-27T08:00:00Z"}))["id"],
    }


async def _issued(session: aiohttp.ClientSession) -> str:
    """Order a report, which nobody makes here."""
    async with session.post("/api/v1/reports/issued", json={"report": "day"}) as answer:
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["id"])


async def _stopped(pbx: FakePbx, running: asyncio.Task[None]) -> None:
    pbx.stop()
    await running


@pytest.mark.timeout(300)
async def test_nothing_that_is_sent_brings_about_a_fault(tmp_path: Path) -> None:
    async with everything(tmp_path) as served:
        faults = await asyncio.to_thread(_try_all, served)
    assert faults == []


def _try_all(served: Served) -> list[str]:
    """Send what fits the description, and what does not, to each operation; return what was wrong. Blocks."""
    faults: list[str] = []
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {served.token}"
        for result in schemathesis.openapi.from_dict(served.whole).get_all_operations():
            assert isinstance(result, Ok), result
            operation = result.ok()
            takes_something = bool(operation.definition.raw.get("parameters") or operation.body)
            for mode, examples in EXAMPLES.items() if takes_something else [(GenerationMode.POSITIVE, 1)]:
                try:
                    _try(operation, mode, examples, served, session)
                except (AssertionError, FailureGroup, requests.RequestException) as fault:
                    faults.append(f"{operation.label} ({mode.value}): {fault}")
    return faults


def _try(operation: Operation, mode: GenerationMode, examples: int, served: Served, session: requests.Session) -> None:
    known = next((names for path, names in served.known.items() if operation.path.startswith(path)), {})

    @seed(SEED)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode), dice=st.integers(0, 9))
    def send(case: Case[Any], dice: int) -> None:
        if dice < KNOWN and isinstance(case.path_parameters, dict):
            case.path_parameters.update({name: id_ for name, id_ in known.items() if name in case.path_parameters})
        asked = case.as_transport_kwargs(base_url=served.url)
        # Who asks is not in question here: it is in test_token_door.py.
        asked["headers"] = {name: value for name, value in asked["headers"].items() if name != "Authorization"}
        with session.request(**asked, stream=True, timeout=30, allow_redirects=False) as answer:
            if answer.headers["Content-Type"].startswith("text/event-stream"):
                return  # it has no end
            case.validate_response(answer, checks=CHECKS)

    send()
