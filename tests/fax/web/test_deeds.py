"""What people do with a fax by forms, whom they call back, and what did not reach its receiver."""

from __future__ import annotations

import re

import aiohttp
import pytest

from fax.model import State
from ledger.delivery_model import Later
from tests.fax.house import BUSY
from tests.fax.web.fax_house import FaxHouse
from tests.fax.web.reading import ids, send, text_of
from tests.server.web.conftest import Browser

# ---- deeds by forms


async def test_handled_and_open_again(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    alice = await browser("alice")
    goal = await send(alice, f"/fax/{id_}/handled", next="/fax?box=billing")
    assert goal == f"/fax?box=billing&did=handled&with={id_}"
    page = await text_of(alice, goal)
    assert "Marked as handled" in page and f'action="/fax/{id_}/reopened"' in page
    await send(alice, f"/fax/{id_}/reopened")
    assert (await faxes.home.service.get(id_)).handled_at is None


async def test_deleting_leads_to_the_list_which_can_undo_it(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    alice = await browser("alice")
    goal = await send(alice, f"/fax/{id_}/deleted", next=f"/fax/{id_}", list="/fax?mine=1")
    assert goal == f"/fax?mine=1&did=deleted&with={id_}"
    assert f'action="/fax/{id_}/restored"' in await text_of(alice, goal)
    await send(alice, f"/fax/{id_}/restored")
    assert (await faxes.home.service.get(id_)).deleted_at is None
    assert f'action="/fax/{id_}/restored"' not in await text_of(alice, goal)


async def test_assign_note_forward_deliver_again(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive()
    alice, rules = await browser("alice"), faxes.home.service
    await send(alice, f"/fax/{id_}/assigned", to="alice")
    assert "Alice Doe" in await text_of(alice, "/fax")
    await send(alice, f"/fax/{id_}/assigned", to="")
    await send(alice, f"/fax/{id_}/note", text="rang, nobody there")
    assert "rang, nobody there" in await text_of(alice, f"/fax/{id_}")
    await faxes.home.steps(id_, "delivered", 2)
    await send(alice, f"/fax/{id_}/resend")
    await faxes.home.steps(id_, "delivered", 4)
    goal = await send(alice, f"/fax/{id_}/forwarded", box="support", next=f"/fax/{id_}")
    assert goal.startswith("/fax?did=forwarded")  # Alice does not read it there
    assert "Forwarded" in await text_of(alice, goal)
    assert (await rules.get(id_)).box == "support"


async def test_cancel_and_send_again(browser: Browser, faxes: FaxHouse) -> None:
    faxes.home.line.overs += [BUSY]
    id_ = await faxes.order()
    await faxes.home.until(id_, lambda fax: fax.state is State.WAITING and fax.tries == 1)
    await faxes.home.put_back(id_)
    alice = await browser("alice")
    assert "It is still being sent" in await send(alice, f"/fax/{id_}/deleted", 409)
    await send(alice, f"/fax/{id_}/cancelled")
    assert (await faxes.home.service.get(id_)).state is State.CANCELLED
    goal = await send(alice, f"/fax/{id_}/resend", next=f"/fax/{id_}")
    again = re.search(r"^/fax/([0-9a-f-]+)\?did=resend", goal)
    assert again is not None and again[1] != id_
    await faxes.home.becomes(again[1], State.SENT)
    assert (await faxes.home.service.get(again[1])).sent_by == "alice"
    await send(alice, f"/fax/{id_}/deleted")
    assert ids(await text_of(alice, "/fax/sent?show=deleted")) == [id_]


@pytest.mark.parametrize(
    ("deed", "form", "status", "said"),
    [
        ("assigned", {"to": "bob"}, 409, "Bob cannot read fax box billing"),
        ("assigned", {}, 400, "`to` is missing"),
        ("note", {"text": "   "}, 400, "`text` is missing"),
        ("note", {"text": "x" * 2001}, 409, "A note has 1 to 2000 letters"),
        ("forwarded", {"box": "nowhere"}, 409, "There is no fax box nowhere"),
        ("cancelled", {}, 409, "It is not under way: received"),
        ("promoted", {}, 404, "There is no such deed"),
        ("seen", {}, 404, "There is no such deed"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_cannot_be_done_is_said(
    browser: Browser, faxes: FaxHouse, deed: str, form: dict[str, str], status: int, said: str
) -> None:
    id_ = await faxes.receive(wait=False)
    assert said in await send(await browser("alice"), f"/fax/{id_}/{deed}", status, **form)


@pytest.mark.parametrize(
    "goal", ["//evil.example/fax", "https://evil.example", "/fax\r\nX: y", "/calls", "/faxes", "/fax/\\evil"]
)
async def test_a_form_leads_nowhere_else(browser: Browser, faxes: FaxHouse, goal: str) -> None:
    id_ = await faxes.receive(wait=False)
    alice = await browser("alice")
    assert (await send(alice, f"/fax/{id_}/reopened", next=goal)).startswith(f"/fax/{id_}?did=")


# ---- calling back


async def test_calling_back_rings_the_persons_phone_and_is_noted(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.receive(wait=False)
    await send(await browser("alice"), f"/fax/{id_}/call_back")
    assert faxes.ringing.rung == [("alice", "+37060000001")]
    assert "calls back" in [step.what for step in await faxes.home.service.ledger(id_)]
    faxes.ringing.busy = True
    assert "Your phone is busy" in await send(await browser("alice"), f"/fax/{id_}/call_back", 409)


@pytest.mark.parametrize(
    ("who", "number", "why"),
    [
        ("alice", "", "The sender withheld the number"),
        ("sue", "+37060000001", "Your account belongs to nobody with a phone"),
    ],
)
async def test_why_nobody_can_be_called(browser: Browser, faxes: FaxHouse, who: str, number: str, why: str) -> None:
    id_ = await faxes.receive(number=number, wait=False)
    asker = await browser(who)
    page = await text_of(asker, f"/fax/{id_}")
    assert why in page and "disabled" in page
    assert why in await send(asker, f"/fax/{id_}/call_back", 409)
    assert faxes.ringing.rung == []


# ---- what did not get through


async def test_the_alarm_leads_supervisors_to_what_was_not_delivered(browser: Browser, faxes: FaxHouse) -> None:
    id_ = await faxes.refused()
    alice, bob, sue, admin = [await browser(name) for name in ("alice", "bob", "sue", "admin")]
    assert 'role="alert"' not in await text_of(bob, "/fax")
    assert "Mail: refused" in await text_of(bob, "/fax")
    assert "/fax/undelivered" in await text_of(sue, "/fax")
    await text_of(alice, "/fax/undelivered", status=403)
    page = await text_of(sue, "/fax/undelivered")
    assert "support@acme.example" in page and "550 5.1.1 no such user" in page and "Jonas" in page
    [delivery] = await faxes.home.service.deliveries_of(id_)
    await send(sue, f"/fax/undelivered/{delivery.id}/again", 403)
    goal = await send(admin, f"/fax/undelivered/{delivery.id}/again")
    assert "It will be tried again" in await text_of(admin, goal)
    await faxes.home.steps(id_, "delivered")
    await send(admin, f"/fax/undelivered/{delivery.id}/again", 409)
    assert 'role="alert"' not in await text_of(sue, "/fax")


async def test_an_overdue_delivery_raises_the_alarm_too(sue: aiohttp.ClientSession, faxes: FaxHouse) -> None:
    faxes.home.road.results.extend([Later("421 try later")] * 3)
    id_ = await faxes.receive("support", "Jonas")
    await faxes.home.steps(id_, "not delivered")
    assert "Mail: not accepted yet" in await text_of(sue, "/fax")
    faxes.home.clock.advance(901)
    page = await text_of(sue, "/fax")
    assert "overdue" in page and "Mail: overdue" in page
    assert "421 try later" in await text_of(sue, "/fax/undelivered")


async def test_of_a_web_hook_only_admins_see_what_may_be_secret(browser: Browser, faxes: FaxHouse) -> None:
    hook = "https://user:geheim@hook.example/in?token=geheim"
    id_ = await faxes.receive("quiet", wait=False)
    async with faxes.home.db.writing() as session:
        await faxes.home.deliveries.promise(session, kind="fax", about=id_, channel="webhook", receiver=hook)
    await faxes.home.steps(id_, "delivered")
    bob, sue, admin = [await browser(name) for name in ("bob", "sue", "admin")]
    for asker in (bob, sue):
        page = await text_of(asker, f"/fax/{id_}")
        assert "https://hook.example/in?…" in page and "geheim" not in page
        assert "geheim" not in await text_of(asker, f"/api/v1/faxes/{id_}")
    assert "https://user:geheim@hook.example/in?token=geheim" in await text_of(admin, f"/fax/{id_}")
