"""Lists of customers, the board and what is to be done, as they are sent: one small town, asked in many ways."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.model import CustomerFile, MatterKind
from tests.crm_bridge.web.customer_house import CustomerHouse
from tests.crm_bridge.web.reading import names, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONA, JONAS, OFFICE = "+37060000001", "+37060000002", "+37052123456"


@dataclass(frozen=True)
class Town:
    """Who is there."""

    acme: CustomerFile
    ona: CustomerFile


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(shared: CustomerHouse) -> Town:
    acme = await shared.company("Acme", OFFICE)
    ona = await shared.add("Ona Onaitė", ONA, status="customer", tags=("vip", "new"), organisation=acme.id)
    await shared.add("Jonas Petraitis", JONAS, owner="bob", tags=("vip",), mails=("jonas@p.example",))
    await shared.calls(("c-1", "+37060000009"))
    matters = shared.room.matters
    for title, whose, amount, stage, currency, kind in (
        ("Boxes", "sue", 150_000, "new", "EUR", MatterKind.OPPORTUNITY),
        ("Paper", "bob", 50_050, "new", "EUR", MatterKind.OPPORTUNITY),
        ("Pens", "bob", 1_000, "won", "USD", MatterKind.OPPORTUNITY),
        ("An offer", "bob", 9_900, "new", "EUR", MatterKind.OFFER),
    ):
        await matters.add_matter(ona.id, kind, title, whose, amount=amount, stage=stage, currency=currency)
    now = shared.office.clock.now()  # a Friday, 11:30 at the site
    for what, hours, whose in (
        ("Yesterday", -24, "sue"),
        ("An hour ago", -1, "sue"),
        ("Tonight", 10, "sue"),
        ("Sunday", 48, "sue"),
        ("Monday", 72, "sue"),
        ("Bob's", 1, "bob"),
    ):
        await matters.add_activity(ona.id, what, now + timedelta(hours=hours), "sue", whose=whose)
    return Town(acme, ona)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("", ["Acme", "Jonas Petraitis", "Ona Onaitė"], id="everybody by name"),
        pytest.param("q=petr", ["Jonas Petraitis"], id="beginning of a word"),
        pytest.param("q=60000001", ["Ona Onaitė"], id="part of a number"),
        pytest.param("q=acme", ["Acme", "Ona Onaitė"], id="company and its people"),
        pytest.param("q=jonas@p.example", ["Jonas Petraitis"], id="mail address"),
        pytest.param("status=customer", ["Ona Onaitė"], id="status"),
        pytest.param("owner=bob", ["Jonas Petraitis"], id="owner"),
        pytest.param("tag=vip", ["Jonas Petraitis", "Ona Onaitė"], id="tag"),
        pytest.param("tag=vi", [], id="no part of a tag"),
        pytest.param("q=o&tag=new", ["Ona Onaitė"], id="typed and narrowed"),
        pytest.param("q=jonas&tag=new", [], id="typed, and not among those"),
        pytest.param("show=person", ["Jonas Petraitis", "Ona Onaitė"], id="people"),
        pytest.param("show=organisation", ["Acme"], id="organisations"),
        pytest.param("show=unknown", ["+37060000009"], id="numbers of nobody"),
        pytest.param("q=0009&show=unknown", ["+37060000009"], id="typed of a number of nobody"),
    ],
)
async def test_customers_are_found_and_narrowed(
    asked: str, found: list[str], town: Town, by_sue: aiohttp.ClientSession
) -> None:
    assert names(await text_of(by_sue, f"/customers?{asked}")) == found


@pytest.mark.parametrize(
    ("asked", "leads_to", "filled_in"),
    [
        pytest.param("Rasa%20<b>", "/customers/new?name=Rasa+%3Cb%3E", 'value="Rasa &lt;b&gt;"', id="name"),
        pytest.param("8 600 77777", "/customers/new?number=%2B37060077777", 'value="+37060077777"', id="number"),
    ],
)
async def test_nobody_found_offers_to_add_what_was_typed(
    asked: str, leads_to: str, filled_in: str, town: Town, by_sue: aiohttp.ClientSession
) -> None:
    assert f'href="{leads_to}"' in await text_of(by_sue, f"/customers?q={asked}")
    assert filled_in in await text_of(by_sue, leads_to)


async def test_a_field_offers_whom_one_types(town: Town, by_sue: aiohttp.ClientSession) -> None:
    offered = re.compile(r'data-id="([^"]+)"')
    acme, ona = town.acme.id, town.ona.id
    assert offered.findall(await text_of(by_sue, "/customers/offer?q=acm")) == [acme, ona]
    assert offered.findall(await text_of(by_sue, "/customers/offer?q=acm&kind=organisation")) == [acme]
    assert offered.findall(await text_of(by_sue, f"/customers/offer?q=acm&without={acme}")) == [ona]
    assert "Nobody like" in await text_of(by_sue, "/customers/offer?q=zzz")
    assert offered.findall(await text_of(by_sue, "/customers/offer?q=60000009")) == []  # nobody has written of it


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        pytest.param("", {"new": ("2,000.50 EUR", "2"), "won": ("10 USD", "1")}, id="opportunities"),
        pytest.param("?owner=bob", {"new": ("500.50 EUR", "1"), "won": ("10 USD", "1")}, id="of one owner"),
        pytest.param("?kind=offer", {"new": ("99 EUR", "1")}, id="offers"),
    ],
)
async def test_a_board_has_the_sites_stages_with_their_sums(
    query: str, columns: dict[str, tuple[str, str]], town: Town, by_sue: aiohttp.ClientSession
) -> None:
    page = await text_of(by_sue, f"/opportunities{query}")
    found = {}
    for part in page.split('<section class="column')[1:]:
        [stage], [total] = re.findall(r'data-stage="([^"]*)"', part), re.findall(r'<p class="total">(.*?)</p>', part)
        found[stage] = (total, re.findall(r"<small>(\d+)</small>", part)[0])
        assert part.count("data-card=") == int(found[stage][1])
    assert found == {stage: columns.get(stage, ("–", "0")) for stage in ("new", "offered", "won", "lost")}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", ["Yesterday", "An hour ago", "Tonight"], id="due: overdue and today"),
        pytest.param("?when=overdue", ["Yesterday", "An hour ago"], id="overdue"),
        pytest.param("?when=today", ["An hour ago", "Tonight"], id="today"),
        pytest.param("?when=week", ["Yesterday", "An hour ago", "Tonight", "Sunday"], id="this week"),
        pytest.param("?when=all", ["Yesterday", "An hour ago", "Tonight", "Sunday", "Monday"], id="all"),
        pytest.param("?whose=all", ["Yesterday", "An hour ago", "Bob's", "Tonight"], id="everybody's"),
    ],
)
async def test_what_is_to_be_done_by_time_and_person(
    query: str, found: list[str], town: Town, by_sue: aiohttp.ClientSession
) -> None:
    page = await text_of(by_sue, f"/activities{query}")
    assert re.findall(r'<p class="words" dir="auto">(.*?)</p>', page.replace("&#39;", "'")) == found
    assert '<span class="count">2<span class="unseen"> overdue</span></span>' in page


@pytest.mark.parametrize(
    "path", ["/customers?after=rubbish", "/customers?show=kings", "/opportunities?kind=bribe", "/activities?when=never"]
)
async def test_what_cannot_be_asked_is_refused(path: str, by_sue: aiohttp.ClientSession) -> None:
    await text_of(by_sue, path, 400)


async def test_the_list_goes_on_page_by_page(
    town: Town, shared: CustomerHouse, by_alice: aiohttp.ClientSession
) -> None:
    for n in range(52):
        await shared.add(f"Nr {n:02}", owner="alice")
    page = await text_of(by_alice, "/customers?owner=alice")
    assert names(page) == [f"Nr {n:02}" for n in range(50)]
    [further] = re.findall(r'href="(/customers\?[^"]+)" rel="next"', page)
    assert names(await text_of(by_alice, further.replace("&amp;", "&"))) == ["Nr 50", "Nr 51"]
