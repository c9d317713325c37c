"""The customers' pages as they are sent: found, shown safely, narrowed, written down who looked."""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from crm_bridge.model import Kind, MatterKind, Relation
from crm_bridge.web.doors import Doors
from ledger.errors import LedgerError
from ledger.web.visit import Who
from server.web.visit import Visit
from tests.crm_bridge.web.customer_house import EVIL, TURNED, CustomerHouse
from tests.crm_bridge.web.reading import said, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONA, JONAS, OFFICE = "+37060000001", "+37060000002", "+37052123456"


async def test_an_empty_house_leads_to_the_first_customer(by_sue: aiohttp.ClientSession) -> None:
    page = await text_of(by_sue, "/customers")
    assert "No customer has been written down yet." in page and 'href="/customers/new"' in page


async def test_a_customer_with_all_that_hangs_on_it(shared: CustomerHouse, by_sue: aiohttp.ClientSession) -> None:
    acme = await shared.company("Acme", OFFICE)
    jonas = await shared.add("Jonas", JONAS)
    ona = await shared.add(
        "Ona", ONA, organisation=acme.id, status="customer", language="lt", insiders=("alice",), owner="alice",
        relations=(Relation(jonas.id, "husband"),), tags=("vip",), website="acme.example/x", address="Vilnius",
        fields={"contract": "K-1", "until": "2027-01-31", "seats": 1200}, mails=("ona@acme.example",),
    )  # fmt: skip
    await shared.calls(("c-1", ONA))
    matters = shared.room.matters
    await matters.add_matter(ona.id, MatterKind.OPPORTUNITY, "Fifty boxes", "sue", amount=1_250_000)
    now = shared.office.clock.now()
    await matters.add_activity(ona.id, "Ring her", now - timedelta(hours=1), "alice")
    await matters.add_note(ona.id, "Prefers mornings", "sue")
    page = await text_of(by_sue, f"/customers/{ona.id}")
    head = said(page, "head", "</header>")
    assert "Person at Acme · speaks lt · owner Alice Doe customer" in head
    card = said(page, "card")
    for words in ("+37060000001", "ona@acme.example", "Vilnius", "acme.example/x", "Contract number K-1", "Alice Doe",
                  "31 January 2027", "1,200", "Jonas (husband)"):  # fmt: skip
        assert words in card
    assert "12,500 EUR" in said(page, "matters", "</ul>") and "Overdue today, 10:30 · Alice Doe" in said(
        page, "activities", "</ul>"
    )
    timeline = said(page, "timeline", "</ol>")
    assert "Prefers mornings" in timeline and "Call Answered" in timeline and "Customer added by you" in timeline
    assert 'href="/calls/c-1"' in page
    assert "this is their husband" in said(await text_of(by_sue, f"/customers/{jonas.id}"), "card")


async def test_an_organisation_shows_its_people_and_what_passed_with_them(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession
) -> None:
    office, hers, his = shared.new_number(), shared.new_number(), shared.new_number()
    acme = await shared.company("Acme", office)
    ona = await shared.add("Ona", hers, organisation=acme.id)
    await shared.add("Rasa", his)
    await shared.calls(("c-11", hers), ("c-12", his), ("c-13", office))
    page = await text_of(by_sue, f"/customers/{acme.id}")
    assert said(page, "people") == f"People 1 Add somebody Ona {hers}"
    timeline = said(page, "timeline", "</ol>")
    assert "with Ona" in timeline and "Customer added of Ona" in timeline and "Rasa" not in timeline
    assert f'href="/customers/new?organisation={acme.id}"' in page
    form = await text_of(by_sue, f"/customers/new?organisation={acme.id}")
    assert f'name="organisation" value="{acme.id}"' in form and 'value="Acme"' in form
    assert ona.details.organisation == acme.id


async def test_the_timeline_goes_on_by_a_button_and_has_everything_once(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession
) -> None:
    ona = await shared.add("Ona", ONA)
    for n in range(70):
        shared.office.clock.advance(1)
        await shared.room.matters.add_note(ona.id, f"Note {n}", "sue")
    path, seen = f"/customers/{ona.id}", []
    while path:
        page = await text_of(by_sue, path)
        seen += re.findall(r'data-entry="([^"]+)"', page)
        path = next(iter(re.findall(r'href="([^"]+)" rel="next" data-older', page)), "")
    assert len(seen) == 71 == len(set(seen))
    await text_of(by_sue, f"/customers/{ona.id}?before=rubbish", 400)


@pytest.mark.parametrize("name", [EVIL, TURNED, "x" * 200, "</title><script>", "{{ 7 * 7 }}"], ids=range(5))
async def test_hostile_names_are_text_everywhere(
    name: str, shared: CustomerHouse, by_sue: aiohttp.ClientSession
) -> None:
    acme = await shared.company(name, OFFICE, tags=(name[:40],))
    ona = await shared.add(name, ONA, organisation=acme.id, relations=(Relation(acme.id, name[:80]),), owner=name[:80])
    await shared.room.matters.add_matter(ona.id, MatterKind.OPPORTUNITY, name, "sue", amount=100)
    await shared.room.matters.add_activity(ona.id, name, shared.office.clock.now(), "sue")
    await shared.room.matters.add_note(ona.id, name * 50, "sue")
    other = await shared.add(name, ONA)
    paths = ["", f"/{ona.id}", f"/{acme.id}", f"/{ona.id}/edit", f"/{ona.id}/merge", f"/{ona.id}/merge?with={other.id}"]
    for path in [*(f"/customers{path}" for path in paths), "/opportunities", "/activities?whose=all&when=all"]:
        page = await text_of(by_sue, path)
        assert "<img" not in page.replace('<img src="/static', "") and "<script>" not in page and "49" not in page[:300]
        if name is TURNED:
            assert "\u202e" not in re.sub(
                r'(value="[^"]*"|<textarea.*?</textarea>|<p class="said".*?</p>)', "", page, flags=re.S
            )


async def test_ten_kilobytes_of_search_are_cut(by_sue: aiohttp.ClientSession) -> None:
    page = await text_of(by_sue, "/customers?q=" + "x" * 6_000)
    assert "x" * 201 not in page
    page = await text_of(by_sue, "/customers?q=%00%F0%9F%92%A9%E2%80%AE")
    assert "\u202e" not in re.sub(r'value="[^"]*"', "", page)


async def test_who_looks_is_written_down_and_never_in_the_way(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    ona = await shared.add("Ona", ONA)
    async with by_sue.get(f"/customers/{ona.id}", headers={"X-Look": "again"}) as answer:
        assert answer.status == 200
    assert await shared.room.privacy.lookers(ona.id) == []
    await text_of(by_sue, f"/customers/{ona.id}")
    assert [look.by for look in await shared.room.privacy.lookers(ona.id)] == ["sue"]

    async def broken(*_: object) -> bool:
        raise LedgerError

    monkeypatch.setattr(type(shared.room.privacy), "looked", broken)
    await text_of(by_sue, f"/customers/{ona.id}")


@pytest.mark.parametrize("path", ["/customers/{other}/merge?with={id}", "/customers/{id}/merge", "/customers/whose/l1"])
async def test_whoever_is_shown_is_looked_at(shared: CustomerHouse, by_sue: aiohttp.ClientSession, path: str) -> None:
    ona, other = await shared.add("Ona", "+37060000081"), await shared.add("Onna")
    await shared.calls(("l1", "+37060000081"))
    await text_of(by_sue, path.format(id=ona.id, other=other.id))
    assert [look.by for look in await shared.room.privacy.lookers(ona.id)] == ["sue"]


@pytest.mark.parametrize("path", ["/customers/nobody", "/customers/%00", "/customers/..%2F..", "/customers/a/edit",
                                  "/customers/a/merge", "/customers/whose/c-99", "/customers/whose/%0a"])  # fmt: skip
async def test_what_is_not_there_is_said(path: str, by_sue: aiohttp.ClientSession) -> None:
    await text_of(by_sue, path, 404)


async def test_kinds_of_customers_are_told_apart(shared: CustomerHouse, by_sue: aiohttp.ClientSession) -> None:
    acme = await shared.company("Acme")
    assert acme.details.kind is Kind.ORGANISATION
    page = await text_of(by_sue, f"/customers/{acme.id}")
    assert "Organisation" in said(page, "head", "</header>") and "Nobody is known to belong to it." in page


async def test_only_who_logged_in_sees_customers(shared: CustomerHouse, address: str) -> None:
    ona = await shared.add("Ona", ONA)
    async with aiohttp.ClientSession(address) as stranger:
        for path in ("/customers", f"/customers/{ona.id}", "/opportunities", "/activities"):
            async with stranger.get(path, headers={"Accept": "text/html"}, allow_redirects=False) as answer:
                assert answer.status == 303 and "/login" in answer.headers["Location"]
        async with stranger.post(f"/customers/{ona.id}/note", data={"text": "x"}) as answer:
            assert answer.status in (401, 403)


@pytest.mark.parametrize(
    ("who", "doors"),
    [
        pytest.param(Who("alice"), Doors(), id="an operator"),
        pytest.param(Who("sue", sees_all=True), Doors(bring_in=True), id="a supervisor"),
        pytest.param(Who("root", sees_all=True, is_admin=True), Doors(privacy=True, bring_in=True), id="an admin"),
    ],
)
async def test_links_lead_only_where_there_is_a_page_that_one_may_open(who: Who, doors: Doors) -> None:
    app = web.Application()
    for path in ("/customers/import", "/customers/{id}/privacy"):
        app.router.add_get(path, _nothing)
    request = make_mocked_request("GET", "/customers", app=app)
    assert Doors.of(Visit(request, None, None, is_welcome=_nothing), who) == doors  # type: ignore[arg-type]  # no frame


async def _nothing(*_: object) -> web.Response:
    return web.Response()
