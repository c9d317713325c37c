"""The pages and the API of connectors: who may see and do what, what they say, and what becomes of each deed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from server.local_server import TOKEN_FILE
from tests.crm_bridge.connectors.conftest import quick
from tests.crm_bridge.connectors.house import TOKEN, Got, says
from tests.crm_bridge.web.connector_house import SECRET, ConnectorHouse, connector_house
from tests.server.web.conftest import Browser, browser, pace, sue, url
from tests.server.web.office import Office
from tests.server.web.schema import complaints

__all__ = ["browser", "pace", "quick", "sue", "url"]  # fixtures: pytest finds them here by name
pytestmark = pytest.mark.usefixtures("quick")
API = "/api/v1/connectors"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConnectorHouse]:
    async with connector_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def office(house: ConnectorHouse) -> Office:
    return house.office


@pytest.fixture
async def admin(browser: Browser) -> aiohttp.ClientSession:
    return await browser("admin")


@pytest.fixture
async def api(url: str, office: Office) -> AsyncIterator[aiohttp.ClientSession]:
    """The command line of this machine."""
    token = await asyncio.to_thread((office.parts.data / TOKEN_FILE).read_text)
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        yield session


async def text_of(browser: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with browser.get(path) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


async def post(browser: aiohttp.ClientSession, path: str, **form: str) -> tuple[int, str]:
    """Send a form; return the status and where it leads, or what the page says."""
    async with browser.post(path, data=form, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location") or await answer.text()


# ---- who may


async def test_supervisors_read_and_admins_act(house: ConnectorHouse, browser: Browser) -> None:
    for name, seen, done in (("admin", 200, 303), ("sue", 200, 403), ("alice", 403, 403)):
        session = await browser(name)
        for path in ("/connectors", "/connectors/shop"):
            page = await text_of(session, path, seen)
            assert ('href="/connectors"' in page) == (seen == 200), name
        assert (await post(session, "/connectors/shop/again"))[0] == done, name
        for deed in ("drop", "forget", "test"):
            assert ((await post(session, f"/connectors/shop/{deed}"))[0] == 403) == (done == 403), name


# ---- what they say


async def test_a_receiver_that_works_is_said_to(house: ConnectorHouse, sue: aiohttp.ClientSession) -> None:
    assert "Nothing has been sent to it yet" in await text_of(sue, "/connectors")
    await house.happen(3)
    await house.hook.until(lambda: len(house.hook.got) == 3)
    await house.until_waiting(0)
    page = await text_of(sue, "/connectors")
    assert "Web-hook at 127.0.0.1" in page and TOKEN not in page
    async with asyncio.timeout(20):
        while "Everything has arrived" not in page:
            page = await text_of(sue, "/connectors")


async def test_what_is_down_is_left_alone_and_loses_nothing(
    house: ConnectorHouse, admin: aiohttp.ClientSession
) -> None:
    house.hook.answer = says(503, "<b>closed</b>", **{"Retry-After": "600"})
    await house.happen(8)
    await house.until_waiting(8)
    house.office.clock.advance(16 * 60)
    page = await text_of(admin, "/connectors")
    assert "Left alone" in page and "Nothing is lost: 8 events wait. The next try is in 10 min." in page
    assert "the web-hook answered 503: &lt;b&gt;closed" in page and "It asks for a pause" in page
    one = await text_of(admin, "/connectors/shop")
    assert one.count('id="event-') == 8 and "Try what waits now" in one
    house.hook.answer = says()
    status, goal = await post(admin, "/connectors/shop/again", next="/connectors/shop")
    assert (status, goal) == (303, "/connectors/shop?did=tried&with=0")
    await house.until_waiting(0)


async def test_an_alarm_is_on_every_page_and_in_the_figures(house: ConnectorHouse, sue: aiohttp.ClientSession) -> None:
    house.hook.answer = says(503, **{"Retry-After": "600"})
    await house.happen(2)
    await house.until_waiting(2)
    house.office.clock.advance(14 * 60)
    assert 'class="count"' not in await text_of(sue, "/calls")
    assert 'switchroom_connector_overdue{connector="shop"} 0.0' in await text_of(sue, "/metrics")
    house.office.clock.advance(2 * 60)
    assert 'Connectors <span class="count">1' in await text_of(sue, "/calls")
    assert "1</b> connector needs somebody to look" in await text_of(sue, "/connectors")
    figures = await text_of(sue, "/metrics")
    for figure in ("waiting 2.0", "failed 0.0", "overdue 1.0", "up 0.0"):
        name, value = figure.split()
        assert f'switchroom_connector_{name}{{connector="shop"}} {value}' in figures
    assert 'switchroom_connector_oldest_seconds{connector="shop"} 960' in figures


async def test_what_failed_is_shown_with_what_was_sent_and_without_secrets(
    house: ConnectorHouse, sue: aiohttp.ClientSession
) -> None:
    async def refuse(got: Got) -> web.StreamResponse:
        return web.Response(status=422, text=f"no {SECRET} at {TOKEN}")

    house.hook.answer = refuse
    await house.happen(1, note=f"<script>{SECRET}</script>")
    await house.until_failed(1)
    page = await text_of(sue, "/connectors/shop")
    event = await text_of(sue, "/connectors/shop/event/c0-001")
    assert "the web-hook answered 422: no *** at ***" in page and "Call ended" in page
    assert "It does not take this event as it is" in event
    assert "&#34;note&#34;: &#34;&lt;script&gt;***&lt;/script&gt;&#34;" in event
    assert "/customers/" not in event and 'href="/calls/c0"' in event
    assert SECRET not in page + event and TOKEN not in page + event


async def test_what_is_not_there_is_said_so(house: ConnectorHouse, sue: aiohttp.ClientSession) -> None:
    for path in ("none", "shop/event/none", "x" * 300, "shop/event/%00"):
        await text_of(sue, f"/connectors/{path}", 404)
    for after in ("x", "-1", "9" * 40):
        await text_of(sue, f"/connectors/shop?failed_after={after}", 400)


async def test_many_come_page_by_page(house: ConnectorHouse, sue: aiohttp.ClientSession) -> None:
    house.hook.answer = says(400)
    await house.happen(60)
    await house.until_failed(60)
    first = await text_of(sue, "/connectors/shop")
    assert first.count('id="event-') == 50
    link = first.split('href="/connectors/shop?failed_after=')[1].split("#")[0]
    second = await text_of(sue, f"/connectors/shop?failed_after={link}")
    assert second.count('id="event-') == 10 and "The first" in second


# ---- deeds


async def test_one_is_sent_again(house: ConnectorHouse, admin: aiohttp.ClientSession) -> None:
    house.hook.answer = says(400)
    await house.happen(2)
    await house.until_failed(2)
    house.hook.answer = says()
    status, goal = await post(admin, "/connectors/shop/again", entry="c1-001")
    assert (status, goal) == (303, "/connectors/shop?did=again&with=1")
    await house.until_failed(1)
    assert "Sent again: 1 event" in await text_of(admin, goal)
    assert (await post(admin, "/connectors/shop/again", entry="c1-001"))[0] == 409


SURE = {"sure": "yes"}
#: What is dropped, what comes of it, and how many of two are left after it.
DROPS: dict[str, tuple[dict[str, str], int, int]] = {
    "all, not asked twice": ({"state": "failed", "until": "1000000"}, 400, 2),
    "one, not asked twice": ({"entry": "c0-001"}, 400, 2),
    "no such state": ({"state": "lost", "until": "1", **SURE}, 400, 2),
    "no number": ({"state": "failed", **SURE}, 400, 2),
    "all that waits": ({"state": "waiting", "until": "1000000", **SURE}, 303, 2),
    "all of before": ({"state": "failed", "until": "0", **SURE}, 303, 2),
    "one": ({"entry": "c0-001", **SURE}, 303, 1),
    "all": ({"state": "failed", "until": "1000000", **SURE}, 303, 0),
}


async def test_dropping_is_asked_twice(house: ConnectorHouse, admin: aiohttp.ClientSession) -> None:
    house.hook.answer = says(400)
    await house.happen(2)
    await house.until_failed(2)
    for name, (form, status, left) in DROPS.items():
        assert (await post(admin, "/connectors/shop/drop", **form))[0] == status, name
        assert (await house.state()).failed == left, name
    page = await text_of(admin, "/connectors/shop")
    done = page.partition('id="done"')[2].partition("</section>")[0]
    assert done.count("<li><bdi>admin</bdi> dropped 1 event ") == 2
    assert done.count("<li><bdi>admin</bdi> dropped 1 event that had failed ") == 1


async def test_a_test_shows_what_was_answered(house: ConnectorHouse, admin: aiohttp.ClientSession) -> None:
    status, page = await post(admin, "/connectors/shop/test")
    assert status == 200 and "the web-hook answered 200: thank you" in page and ">Taken<" in page
    (got,) = house.hook.got
    assert got.json["kind"] == "test" and got.headers["Switchroom-Signature"].startswith("t=")
    house.hook.answer = says(404, "nobody here")
    status, page = await post(admin, "/connectors/shop/test")
    assert status == 200 and "the web-hook answered 404: nobody here" in page
    assert "Look at its address in the site" in page and ">Not taken<" in page
    assert (await house.state()).failed == 0  # a test is kept for nobody
    page = await text_of(admin, "/connectors/shop")
    assert page.index("tested it: not taken") < page.index("tested it: taken")


async def test_a_receiver_that_is_gone_is_forgotten(house: ConnectorHouse, admin: aiohttp.ClientSession) -> None:
    house.hook.answer = says(400)
    await house.happen(2)
    await house.until_failed(2)
    assert (await post(admin, "/connectors/shop/forget", sure="yes"))[0] == 409
    house.leave()
    page = await text_of(admin, "/connectors/shop")
    assert "The site does not name it any more; 2 events kept for it never leave." in page
    assert (await post(admin, "/connectors/shop/forget"))[0] == 400
    assert await post(admin, "/connectors/shop/forget", sure="yes") == (303, "/connectors?did=forgotten")
    assert "No system is connected" in await text_of(admin, "/connectors?did=forgotten")


# ---- the API


async def test_programs_are_told_and_may_act(house: ConnectorHouse, api: aiohttp.ClientSession) -> None:
    house.hook.answer = says(400, "no")
    await house.happen(3)
    await house.until_failed(3)
    async with api.get(API) as answer:
        (told,) = (await answer.json())["connectors"]
    assert (told["name"], told["kind"], told["failed"], told["alarm"], told["breaker"]) == (
        "shop", "webhook", 3, True, "closed",
    )  # fmt: skip
    async with api.get(f"{API}/shop", params={"limit": "2"}) as answer:
        story = await answer.json()
    assert [event["id"] for event in story["events"]] == ["c0-001", "c1-001"]
    assert '"kind": "call_ended"' in story["events"][0]["payload"] and story["next"] == story["events"][1]["seq"]
    async with api.get(f"{API}/shop", params={"after": str(story["next"])}) as answer:
        assert [event["id"] for event in (await answer.json())["events"]] == ["c2-001"]
    async with api.post(f"{API}/shop/drop", json={"event": "c2-001"}) as answer:
        assert (answer.status, await answer.json()) == (200, {"events": 1})
    house.hook.answer = says()
    async with api.post(f"{API}/shop/resend") as answer:
        assert await answer.json() == {"events": 2}
    async with api.post(f"{API}/shop/test") as answer:
        tested = await answer.json()
    assert (tested["good"], tested["said"]) == (True, "the web-hook answered 200: thank you")
    await house.until_failed(0)
    async with api.get(f"{API}/shop") as answer:
        deeds = (await answer.json())["deeds"]
    assert [(deed["deed"], deed["events"], deed["about"]) for deed in deeds] == [
        ("tested", 0, "taken"), ("again", 2, ""), ("dropped", 1, "c2-001"),
    ]  # fmt: skip


#: What is asked for, and what comes of it.
BODIES: dict[str, tuple[str, bytes, int]] = {
    "not kept": ("resend", b'{"event": "none"}', 409),
    "no JSON": ("resend", b"{", 400),
    "unknown key": ("resend", b'{"evnt": "x"}', 400),
    "too large": ("resend", b'{"event": "' + b"x" * 5_000 + b'"}', 413),
    "all without a number": ("drop", b"{}", 400),
    "no number": ("drop", b'{"until": -1}', 400),
    "no state": ("drop", b'{"state": "lost", "until": 1}', 400),
}


async def test_what_cannot_be_understood_is_refused(house: ConnectorHouse, api: aiohttp.ClientSession) -> None:
    for name, (deed, body, status) in BODIES.items():
        async with api.post(f"{API}/shop/{deed}", data=body, headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, bool((await answer.json())["error"])) == (status, True), name


async def test_the_api_is_described_with_examples_that_fit(house: ConnectorHouse, api: aiohttp.ClientSession) -> None:
    async with api.get("/api/v1/openapi.json") as answer:
        whole = await answer.json()
    ours = {path: methods for path, methods in whole["paths"].items() if path.startswith(API)}
    assert len(ours) == 5
    for operation in (one for methods in ours.values() for one in methods.values()):
        for parameter in operation.get("parameters", []):
            assert complaints(parameter["example"], parameter["schema"], whole) == []
        contents = [answer["content"] for answer in operation["responses"].values()]
        contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
        for media in (media for content in contents for media in content.values()):
            assert complaints(media["example"], media["schema"], whole) == []
