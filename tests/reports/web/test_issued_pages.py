"""Issued reports over HTTP: ordered by hand, followed, cancelled, read, sent again, and by whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import aiohttp
import pytest
import pytest_asyncio

from ledger.deliveries import Deliveries
from ledger.delivery_model import DeliveryState, Refused
from ledger.spool import Spool
from reports.issued import TOPIC, State
from reports.issuing import Issuing
from reports.schedules import order_of
from server.postroom import postroom
from server.report_post import issuing_reports
from server.web.app import serving_parts
from tests.crm_bridge.web.customer_house import logged_in
from tests.reports.issued_house import BOSS, Desk, broke, daily, site_of
from tests.reports.town import DEFINITION, NOW, ZONE
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
        assert answer.content_type == "text/csv"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="departments-2026-10-30.csv"'
        assert await answer.read() == b"%PDF sample"
    assert id_ in await read(sue, ISSUED)


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


@pytest.mark.parametrize("before", ["x", "2026-10-01|a", "2026-10-01T00:00:00+00:00|" + "a" * 40])
async def test_an_odd_place_in_the_list_is_refused(sue: aiohttp.ClientSession, before: str) -> None:
    async with sue.get(ISSUED, params={"before": before}) as answer:
        assert answer.status == 400
