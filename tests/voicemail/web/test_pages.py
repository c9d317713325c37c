"""The inbox page by page, as a server sends it: who sees what, filters, forms without scripts, what is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp
import pytest

from ledger.delivery_model import DeliveryState, Later, Refused
from tests.server.web.conftest import Browser
from tests.voicemail.house import SILENT
from tests.voicemail.web.inbox_house import InboxHouse
from voicemail.model import TextState
from voicemail.transcription.model import NoModel


async def text_of(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with session.get(path) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


def ids(page: str) -> list[str]:
    return re.findall(r'data-item="([0-9a-f]{32})" ', page)


async def send(session: aiohttp.ClientSession, path: str, status: int = 303, **form: str) -> str:
    """Send a form and return where it leads, or what is said."""
    async with session.post(path, data=form, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return answer.headers["Location"] if status == 303 else await answer.text()


# ---- who sees what


async def test_an_operator_sees_the_own_mailboxes_and_no_other(browser: Browser, inbox: InboxHouse) -> None:
    billing, support = await inbox.leave("billing"), await inbox.leave("support", "Jonas")
    alice, bob, nemo, sue = [await browser(name) for name in ("alice", "bob", "nemo", "sue")]
    assert ids(await text_of(alice, "/voicemail")) == [billing]
    assert ids(await text_of(bob, "/voicemail")) == [support]
    assert set(ids(await text_of(sue, "/voicemail"))) == {billing, support}
    page = await text_of(nemo, "/voicemail")
    assert ids(page) == [] and "You read no mailbox." in page
    for path in (f"/voicemail/{support}", f"/voicemail/{support}/sound", "/voicemail?mailbox=support"):
        await text_of(alice, path, status=404)
    await send(alice, f"/voicemail/{support}/handled", status=404)
    assert (await inbox.home.voicemail.get(support)).handled_at is None


async def test_nobody_sees_anything_without_login(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    anybody = await browser()
    for path in ("/voicemail", f"/voicemail/{id_}", f"/voicemail/{id_}/sound", "/voicemail/undelivered"):
        async with anybody.get(path, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"][:7]) == (303, "/login?")


async def test_another_sites_page_cannot_send_our_forms(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    alice = await browser("alice")
    async with alice.post(f"/voicemail/{id_}/handled", headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403
    assert (await inbox.home.voicemail.get(id_)).handled_at is None


async def test_the_navigation_counts_what_is_unread_for_whoever_looks(browser: Browser, inbox: InboxHouse) -> None:
    alice, bob, sue = [await browser(name) for name in ("alice", "bob", "sue")]
    count = r'href="/voicemail" *>Voicemail <span class="count">(\d+)'
    await inbox.leave("billing")
    await inbox.leave("billing")
    handled = await inbox.leave("support")
    for asker, unread in ((alice, ["2"]), (bob, ["1"]), (sue, ["3"])):
        assert re.findall(count, await text_of(asker, "/calls")) == unread
    await inbox.home.voicemail.handle(handled, "bob")
    assert re.findall(count, await text_of(bob, "/calls")) == []


# ---- the list


async def test_a_row_says_who_when_what_and_how_its_mail_fares(sue: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    await inbox.customer("Ona Petraitienė", "+37060000001")
    known = await inbox.leave("billing", "ONA P")
    inbox.home.clock.advance(12 * 60)
    inbox.home.told.results.append(Refused("550 no such user"))
    await inbox.leave("support", "", "")
    page = await text_of(sue, "/voicemail")
    newest, older = (re.sub(r"<[^>]+>", " ", row) for row in re.findall(r"<tr role=\"row\" id=.*?</tr>", page, re.S))
    assert "Ona Petraitienė" in older and "+37060000001" in older and "12 min" in older and "0:06" in older
    assert "please call me about invoice Petraitis today" in older and "Billing" in older
    assert "Number withheld" in newest and "Not transcribed" in newest and "Mail: refused" in newest
    assert 'title="Monday 5 January 2026, 11:00:00 (Europe/Vilnius)"' in page
    assert f'id="item-{known}"' in page and 'class="unread"' in page


#: What to ask for, and what is found of the messages of `test_filters`.
FILTERS = {
    "": ["today", "before"],
    "?show=handled": ["done"],
    "?show=empty": ["silent"],
    "?show=deleted": ["gone"],
    "?unread=1": ["today"],
    "?mine=1": ["before"],
    "?words=invoice": ["today", "before"],
    "?words=inv+peTR": ["today", "before"],
    "?words=Maria": [],
    "?words=Jonas": ["before"],
    "?words=0+600+00002": ["before"],
    "?words=60000002": ["before"],
    "?words=%22*%28%00%27%25": [],
    "?since=2026-01-06": ["today"],
    "?until=2026-01-05": ["before"],
    "?since=2026-01-05&until=2026-01-05": ["before"],
    "?mailbox=billing": ["today", "before"],
    "?mailbox=billing&show=handled&words=please": ["done"],
}


async def test_filters(browser: Browser, inbox: InboxHouse) -> None:
    rules = inbox.home.voicemail
    made = {"before": await inbox.leave(name="Jonas", number="+37060000002")}
    await rules.heard(made["before"], "alice")
    await rules.assign(made["before"], "alice", "sue")
    inbox.home.clock.advance(timedelta(days=1).total_seconds())
    made["today"] = await inbox.leave()
    made["done"] = await inbox.leave()
    await rules.handle(made["done"], "alice")
    made["silent"] = await inbox.leave(examined=SILENT)
    made["gone"] = await inbox.leave()
    await rules.delete(made["gone"], "alice")
    alice, names = await browser("alice"), {id_: name for name, id_ in made.items()}
    pages = {query: await text_of(alice, f"/voicemail{query}") for query in FILTERS}
    assert {query: [names[id_] for id_ in ids(page)] for query, page in pages.items()} == FILTERS


async def test_older_messages_are_on_further_pages(sue: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    made = []
    for n in range(53):
        if n % 3:  # messages of the same instant must not be lost between two pages
            inbox.home.clock.advance(1)
        made.append(await inbox.leave(wait=False))
    first = await text_of(sue, "/voicemail?show=all")
    [older] = re.findall(r'href="([^"]+before=[^"]+)"', first)
    second = await text_of(sue, older.replace("&amp;", "&"))
    assert len(ids(first)) == 50
    assert set(ids(first)) | set(ids(second)) == set(made) and len(ids(second)) == 3
    await text_of(sue, "/voicemail?before=nothing", status=404)


@pytest.mark.parametrize("query", ["show=new", "unread=perhaps", "since=yesterday", "until=0001-01-01"])
async def test_questions_that_cannot_be_answered(sue: aiohttp.ClientSession, query: str) -> None:
    await text_of(sue, f"/voicemail?{query}", status=400)


# ---- one message


async def test_a_message_tells_all_that_is_known_of_it(sue: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    id_ = await inbox.leave("billing", "ONA P")
    page = await text_of(sue, f"/voicemail/{id_}")
    assert '<a href="/calls/c-1">' in page and "Intent" in page and "+37052000000" in page
    assert re.search(
        r'class="word doubtful" data-start="[\d.]+" data-end="[\d.]+" title="Doubtful: 41 % sure">Petraitis', page
    )
    assert page.count("250 ok") >= 2 and "billing@acme.example" in page and "boss@acme.example" in page
    assert "SHA-256" in page and "vosk small-en" in page
    assert '<path class="rest" d="M1.5 ' in page
    await text_of(sue, f"/voicemail/{id_[:8]}")  # as the command line writes it
    await text_of(sue, "/voicemail/nothing", status=404)


@pytest.mark.parametrize(
    ("mailbox", "said", "shown"),
    [
        pytest.param("billing", NoModel("en"), "No text: no speech model for en.", id="no model"),
        pytest.param("support", None, "Not transcribed.", id="not wanted"),
    ],
)
async def test_why_there_are_no_words(
    sue: aiohttp.ClientSession, inbox: InboxHouse, mailbox: str, said: Exception | None, shown: str
) -> None:
    id_ = await inbox.leave(mailbox, **({"said": said} if said else {}))  # type: ignore[arg-type]
    assert shown in await text_of(sue, f"/voicemail/{id_}")


EVIL = "<script>alert(1)</script>\r\nBcc: x"


async def test_what_a_caller_sends_is_text(sue: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    id_ = await inbox.leave(name=EVIL, number='"><img src=x>', facts={"<b>": "<i>"}, menus=("<u>",))
    await inbox.home.voicemail.note(id_, "<marquee>", "sue")
    for path in ("/voicemail", f"/voicemail/{id_}", "/voicemail?words=%3Cscript%3E%22"):
        page = await text_of(sue, path)
        for tag in ("<script>alert", "<img src=x", "<b>:", "<i>", "<u>", "<marquee>", 'value="<'):
            assert tag not in page


# ---- deeds by forms


async def test_handled_and_open_again(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    alice = await browser("alice")
    goal = await send(alice, f"/voicemail/{id_}/handled", next="/voicemail?mailbox=billing")
    assert goal == f"/voicemail?mailbox=billing&did=handled&with={id_}"
    message = await inbox.home.voicemail.get(id_)
    assert message.handled_by == "alice" and message.handled_at == inbox.home.clock.now()
    page = await text_of(alice, goal)
    assert "Marked as handled" in page and f'action="/voicemail/{id_}/reopened"' in page
    await send(alice, f"/voicemail/{id_}/reopened")
    assert (await inbox.home.voicemail.get(id_)).handled_at is None


async def test_deleting_leads_to_the_list_which_can_undo_it(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    alice = await browser("alice")
    goal = await send(alice, f"/voicemail/{id_}/deleted", next=f"/voicemail/{id_}", list="/voicemail?mine=1")
    assert goal == f"/voicemail?mine=1&did=deleted&with={id_}"
    assert f'action="/voicemail/{id_}/restored"' in await text_of(alice, goal)
    await send(alice, f"/voicemail/{id_}/restored")
    assert (await inbox.home.voicemail.get(id_)).deleted_at is None
    assert f'action="/voicemail/{id_}/restored"' not in await text_of(alice, goal)


async def test_assign_note_forward_transcribe_resend(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    alice, rules = await browser("alice"), inbox.home.voicemail
    await send(alice, f"/voicemail/{id_}/assigned", to="alice")
    assert (await rules.get(id_)).assigned_to == "alice"
    assert "Alice Doe" in await text_of(alice, "/voicemail")
    await send(alice, f"/voicemail/{id_}/assigned", to="")
    await send(alice, f"/voicemail/{id_}/note", text="rang, nobody there")
    assert "rang, nobody there" in await text_of(alice, f"/voicemail/{id_}")
    await send(alice, f"/voicemail/{id_}/transcribe")
    await inbox.home.until(id_, lambda message: message.text_state is TextState.DONE)
    await send(alice, f"/voicemail/{id_}/resend")
    await inbox.home.steps(id_, "mailed", 4)
    goal = await send(alice, f"/voicemail/{id_}/forwarded", mailbox="support", next=f"/voicemail/{id_}")
    assert goal.startswith("/voicemail?did=forwarded")  # Alice does not read it there
    assert "Forwarded" in await text_of(alice, goal)
    assert (await rules.get(id_)).mailbox == "support"


@pytest.mark.parametrize(
    ("deed", "form", "status", "said"),
    [
        ("assigned", {"to": "bob"}, 409, "Bob cannot read mailbox billing"),
        ("assigned", {}, 400, "`to` is missing"),
        ("note", {"text": "   "}, 400, "`text` is missing"),
        ("note", {"text": "x" * 2001}, 409, "A note has 1 to 2000 letters"),
        ("forwarded", {"mailbox": "nowhere"}, 409, "There is no mailbox nowhere"),
        ("promoted", {}, 404, "There is no such deed"),
        ("heard", {}, 404, "There is no such deed"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_what_cannot_be_done_is_said(
    browser: Browser, inbox: InboxHouse, deed: str, form: dict[str, str], status: int, said: str
) -> None:
    id_ = await inbox.leave()
    assert said in await send(await browser("alice"), f"/voicemail/{id_}/{deed}", status, **form)


async def test_a_form_leads_nowhere_else(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    alice = await browser("alice")
    for goal in (
        "//evil.example/voicemail",
        "https://evil.example",
        "/voicemail\r\nX: y",
        "/calls",
        "/voicemail/\\evil",
    ):
        assert (await send(alice, f"/voicemail/{id_}/reopened", next=goal)).startswith(f"/voicemail/{id_}?did=")


# ---- calling back


async def test_calling_back_rings_the_persons_phone_and_is_noted(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.leave()
    await send(await browser("alice"), f"/voicemail/{id_}/call_back")
    assert inbox.ringing.rung == [("alice", "+37060000001")]
    assert "calls back" in [step.what for step in await inbox.home.voicemail.ledger(id_)]
    inbox.ringing.busy = True
    assert "Your phone is busy" in await send(await browser("alice"), f"/voicemail/{id_}/call_back", 409)


@pytest.mark.parametrize(
    ("who", "number", "why"),
    [
        ("alice", "", "The caller withheld the number"),
        ("sue", "+37060000001", "Your account belongs to nobody with a phone"),
    ],
)
async def test_why_nobody_can_be_called(browser: Browser, inbox: InboxHouse, who: str, number: str, why: str) -> None:
    id_ = await inbox.leave(number=number)
    asker = await browser(who)
    page = await text_of(asker, f"/voicemail/{id_}")
    assert why in page and "disabled" in page
    assert why in await send(asker, f"/voicemail/{id_}/call_back", 409)
    assert inbox.ringing.rung == []


# ---- mails that did not get through


async def test_the_alarm_leads_supervisors_to_what_was_not_delivered(browser: Browser, inbox: InboxHouse) -> None:
    id_ = await inbox.refused_mail()
    alice, bob, sue, admin = [await browser(name) for name in ("alice", "bob", "sue", "admin")]
    assert 'role="alert"' not in await text_of(bob, "/voicemail")
    assert "/voicemail/undelivered" in await text_of(sue, "/voicemail")
    await text_of(alice, "/voicemail/undelivered", status=403)
    page = await text_of(sue, "/voicemail/undelivered")
    assert "support@acme.example" in page and "550 5.1.1 no such user" in page and "Jonas" in page
    assert "Try again" not in page
    [delivery] = await inbox.home.voicemail.deliveries_of(id_)
    await send(sue, f"/voicemail/undelivered/{delivery.id}/again", 403)
    assert f"/voicemail/undelivered/{delivery.id}/again" in await text_of(admin, "/voicemail/undelivered")
    goal = await send(admin, f"/voicemail/undelivered/{delivery.id}/again")
    assert "It will be tried again" in await text_of(admin, goal)
    await inbox.home.steps(id_, "mailed")
    await send(admin, f"/voicemail/undelivered/{delivery.id}/again", 409)
    assert 'role="alert"' not in await text_of(sue, "/voicemail")


async def test_an_overdue_mail_raises_the_alarm_too(sue: aiohttp.ClientSession, inbox: InboxHouse) -> None:
    inbox.home.told.results.extend([Later("421 try later")] * 3)
    id_ = await inbox.leave("support", "Jonas")
    assert "Mail: not accepted yet" in await text_of(sue, "/voicemail")
    inbox.home.clock.advance(901)
    page = await text_of(sue, "/voicemail")
    assert "overdue" in page and "Mail: overdue" in page
    assert "421 try later" in await text_of(sue, "/voicemail/undelivered")
    [delivery] = await inbox.home.voicemail.deliveries_of(id_)
    assert delivery.state is DeliveryState.WAITING
