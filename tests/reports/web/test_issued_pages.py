"""Issued reports over HTTP: ordered by hand, followed, cancelled, read, sent again, and by whom."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio

from ledger.deliveries import Deliveries
from ledger.delivery_model import DeliveryState, Refused
from ledger.spool import Spool
from reports.issued import TOPIC, Order, State
from reports.issuing import Issuing
from reports.period import days_between
from reports.schedules import order_of
from reports.selection import Selection
from reports.web import issued_page, issued_room
from server.postroom import postroom
from server.report_post import issuing_reports
from server.web.app import serving_parts
from tests.crm_bridge.web.customer_house import logged_in
from tests.reports.issued_house import BOSS, Desk, broke, daily, site_of
from tests.reports.town import DEFINITION, FIRST, LAST, NOW, ZONE
from tests.reports.web.report_house import ReportHouse, report_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

ISSUED = "/reports/issued"


@dataclass
class IssuedHouse:
    """A server with reports that are issued by a maker that can be told."""

    house: ReportHouse
    issuing: Issuing
    deliveries: Deliveries
    desk: Desk
    address: str

    async def until(self, id_: str, *states: State, begun: bool = False) -> None:
        """Wait until a report is in one of these states, or is begun."""
        with self.issuing.db.wakeups.listening(TOPIC) as news:
            async with asyncio.timeout(20):
                while True:
                    news.clear()
                    one = await self.issuing.get(id_)
                    if one.state in states or (begun and one.progress > 0):
                        return
                    await news.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IssuedHouse]:
    folder = tmp_path_factory.mktemp("issued")
    async with report_house(folder, calls=40) as house:
        parts, desk = house.office.parts, Desk()
        spool, post = await Spool.open(folder / "spool"), postroom(parts.site(), parts.database, parts.clock)
        async with issuing_reports(parts.site, parts.database, spool, parts.clock, post, maker=desk) as issuing:
            house.office.parts = replace(parts, spool=spool, deliveries=post.deliveries, issuing=issuing)
            async with serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as address:
                yield IssuedHouse(house, issuing, post.deliveries, desk, address)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sue(home: IssuedHouse) -> AsyncIterator[aiohttp.ClientSession]:
    async with logged_in(home.address, "sue") as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alice(home: IssuedHouse) -> AsyncIterator[aiohttp.ClientSession]:
    async with logged_in(home.address, "alice") as session:
        yield session


async def read(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text[:2_000]
        return text


async def do(
    session: aiohttp.ClientSession, path: str, status: int = 303, form: Mapping[str, str] = MappingProxyType({})
) -> str:
    async with session.post(path, data=dict(form), allow_redirects=False) as answer:
        assert answer.status == status, (await answer.text())[:2_000]
        return answer.headers.get("Location", "")


async def ordered(home: IssuedHouse, session: aiohttp.ClientSession, **form: str) -> str:
    """Order a report by hand and wait until it is made; return its id."""
    at = await do(session, "/reports/departments/issue", form={"period": "yesterday", **form})
    id_ = at.rpartition("/")[2]
    await home.until(id_, State.READY)
    return id_


async def test_the_page_of_a_report_leads_there(sue: aiohttp.ClientSession) -> None:
    page = await read(sue, "/reports/departments?period=last-week&department=billing")
    assert 'action="/reports/departments/issue"' in page
    assert '<input type="hidden" name="department" value="billing">' in page
    assert 'href="/reports/issued"' in await read(sue, "/reports")


async def test_one_is_ordered_made_and_read(home: IssuedHouse, sue: aiohttp.ClientSession) -> None:
    id_ = await ordered(home, sue, form="csv")
    page = await read(sue, f"{ISSUED}/{id_}")
    assert "Support does not add up" in page
    assert "130</a>" in page
    assert "data-making" not in page
    assert "style=" not in page
    async with sue.get(f"{ISSUED}/{id_}/file") as answer:
        assert answer.content_type == "application/zip"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="departments-2026-10-30.zip"'
        assert await answer.read() == b"%PDF sample"
    page = await read(sue, ISSUED)
    assert id_ in page and ">CSV (ZIP)</a>" in page


async def test_one_that_is_being_made_shows_how_far_it_is_and_can_be_cancelled(
    home: IssuedHouse, sue: aiohttp.ClientSession
) -> None:
    home.desk.held = asyncio.Event()
    id_ = (await do(sue, "/reports/day/issue", form={"period": "yesterday"})).rpartition("/")[2]
    await home.until(id_, begun=True)
    for path in (f"{ISSUED}/{id_}", ISSUED):
        page = await read(sue, path)
        assert 'data-making="yes"' in page
        assert 'value="30.0"' in page
        assert "counting" in page
    await read(sue, f"{ISSUED}/{id_}/file", 409)
    await do(sue, f"{ISSUED}/{id_}/cancel")
    home.desk.held = None
    page = await read(sue, f"{ISSUED}/{id_}")
    assert "cancelled" in page
    await do(sue, f"{ISSUED}/{id_}/cancel", 409)
    await do(sue, f"{ISSUED}/{id_}/make-again")
    await home.until(id_, State.READY)


async def test_one_that_failed_says_why(home: IssuedHouse, sue: aiohttp.ClientSession) -> None:
    home.desk.faults.append(broke("it has <b>no</b> figures", final=True))
    id_ = (await do(sue, "/reports/day/issue", form={"period": "yesterday"})).rpartition("/")[2]
    await home.until(id_, State.FAILED)
    page = await read(sue, f"{ISSUED}/{id_}")
    assert "It was not made: it has &lt;b&gt;no&lt;/b&gt; figures." in page
    assert "Make again" in page
    assert "Told of it" not in page  # who ordered it by hand sees it here


async def test_a_refused_mail_is_shown_and_sent_again(home: IssuedHouse, sue: aiohttp.ClientSession) -> None:
    class Refusing:
        async def carry(self, _delivery: object) -> Refused:
            return Refused("550 no such user")

    home.deliveries.serve({"mail": Refusing()}, {})
    schedule = site_of({"boss": daily(to=BOSS)}).reports.schedules["boss"]
    id_ = await home.issuing.order(order_of("boss", schedule, ZONE, NOW, DEFINITION))
    await home.until(id_, State.READY)
    for _ in range(2):
        (mail,) = await home.issuing.mails([id_])
        await home.deliveries.run(await home.issuing.jobs.get(mail.job))
        page = await read(sue, f"{ISSUED}/{id_}")
        assert "550 no such user" in page
        assert "Send again to who refused it" in page
        assert "1 refused" in await read(sue, ISSUED)
        home.house.office.clock.advance(1)
        await do(sue, f"{ISSUED}/{id_}/send-again")
        assert (await home.issuing.mails([id_]))[0].state is DeliveryState.WAITING


async def test_who_was_told_of_a_failure_is_shown(home: IssuedHouse, sue: aiohttp.ClientSession) -> None:
    schedule = site_of({"boss": daily(to=BOSS)}).reports.schedules["boss"]
    home.desk.faults.append(broke("it has no figures", final=True))
    id_ = await home.issuing.order(order_of("boss", schedule, ZONE, NOW, DEFINITION))
    await home.until(id_, State.FAILED)
    assert re.search(rf"Told of it</dt><dd><bdi>{BOSS}</bdi>: <span[^>]*>waiting<", await read(sue, f"{ISSUED}/{id_}"))


async def test_a_viewer_sees_what_is_of_the_own_departments(
    home: IssuedHouse, sue: aiohttp.ClientSession, alice: aiohttp.ClientSession
) -> None:
    of_all, of_billing = await ordered(home, sue), await ordered(home, sue, department="billing")
    own = await ordered(home, alice)
    page = await read(alice, ISSUED)
    assert (of_all in page, of_billing in page, own in page) == (False, True, True)
    await read(alice, f"{ISSUED}/{of_all}", 404)
    await read(alice, f"{ISSUED}/{of_all}/file", 404)
    assert "Send again" not in await read(alice, f"{ISSUED}/{of_billing}")
    await do(alice, f"{ISSUED}/{of_billing}/make-again", 403)
    await do(alice, f"{ISSUED}/{of_billing}/send-again", 403)
    await do(alice, "/reports/departments/issue", 403, {"department": "sales"})
    assert own in await read(sue, ISSUED)


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        pytest.param("/reports/dya/issue", {}, 404, id="no such report"),
        pytest.param("/reports/day/issue", {"form": "exe"}, 400, id="no such form"),
        pytest.param("/reports/day/issue", {"colour": "red"}, 400, id="no such parameter"),
        pytest.param("/reports/day/issue", {"from": "2026-10-02", "to": "2026-10-01"}, 400, id="ends before it begins"),
        pytest.param(f"{ISSUED}/nosuch/cancel", {}, 404, id="nothing to cancel"),
    ],
)
async def test_what_cannot_be_ordered_is_refused(
    sue: aiohttp.ClientSession, path: str, form: dict[str, str], status: int
) -> None:
    await do(sue, path, status, form)


async def test_the_list_goes_on_over_pages(
    home: IssuedHouse, sue: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issued_page, "MOST", 3)
    seen, at = [], ISSUED
    while at:
        page = await read(sue, at)
        seen += re.findall(r'<tr id="row-([^"]+)"', page)
        further = re.search(r'href="(/reports/issued\?before=[^"]+)" rel="next"', page)
        at = further[1] if further else ""
    assert seen == [one.id for one in await home.issuing.list_newest(200)]
    assert len(seen) > 3


async def test_what_is_for_a_viewer_is_found_behind_what_is_not(
    home: IssuedHouse, sue: aiohttp.ClientSession, alice: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = await ordered(home, alice)
    home.house.office.clock.advance(1)
    for _ in range(3):
        await ordered(home, sue)
    monkeypatch.setattr(issued_room, "LOOKED_AT", 2)
    monkeypatch.setattr(issued_room, "_AT_ONCE", 2)
    page = await read(alice, ISSUED)
    assert own not in page and "None of the newest is for you" in page
    further = re.search(r'href="(/reports/issued\?before=[^"]+)" rel="next"', page)
    assert further is not None
    assert own in await read(alice, further[1])


async def test_the_calls_behind_an_issued_figure_are_counted_as_it_counted(
    home: IssuedHouse, sue: aiohttp.ClientSession
) -> None:
    """Every abandon was a short one by its definition; by the site's of today some were."""
    period = days_between(FIRST, LAST, ZONE)
    definition = replace(DEFINITION, short=100_000.0)
    id_ = await home.issuing.order(Order("departments", period, "pdf", definition, by="sue"))
    await home.until(id_, State.READY)

    async def listed(count: str, issued: str) -> tuple[int, str]:
        query = {**Selection(count, period.start, period.end, issued=issued).query(), "limit": "1"}
        async with sue.get("/api/v1/reports/departments/calls", params=query) as answer:
            told = await answer.json()
            assert answer.status == 200, told
            return told["total"], told["title"]

    (abandoned, _), (today, title) = await listed("line_abandoned", ""), await listed("line_short", "")
    assert "definition" not in title
    short, title = await listed("line_short", id_)
    assert short == abandoned > today
    assert title.endswith(", by the definition of the issued report")
    gone, title = await listed("line_short", "gone")
    assert gone == today
    assert title.endswith(", by the definition of today, as the issued report is kept no more")
    door = Selection("line_short", period.start, period.end, issued=id_).query()
    page = await read(sue, f"/reports/calls?{urlencode(door)}")
    assert f'data-total="{short}"' in page and "by the definition of the issued report</h1>" in page


@pytest.mark.parametrize(
    "before",
    [
        "x",
        "2026-10-01_a",
        "2026-10-01T00:00:00Z",
        "2026-10-01T00:00:00Z_" + "a" * 65,
        "0001-01-01T00:00:00+14:00_x",
        "9999-12-31T23:59:59-14:00_x",
    ],
)
async def test_an_odd_place_in_the_list_is_refused(sue: aiohttp.ClientSession, before: str) -> None:
    async with sue.get(ISSUED, params={"before": before}) as answer:
        assert answer.status == 400
