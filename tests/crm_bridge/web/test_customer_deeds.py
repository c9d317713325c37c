"""What forms do with customers: each deed and its undo, conflicts in which nothing is lost, whose a contact is."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from crm_bridge.model import CustomerFile, MatterKind, NoSuchCustomer
from tests.crm_bridge.web.customer_house import CustomerHouse
from tests.crm_bridge.web.reading import said, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONA, OFFICE = "+37060000001", "+37052123456"


def number_of(file: CustomerFile) -> str:
    return file.details.phones[0].number


async def post(
    session: aiohttp.ClientSession, path: str, status: int = 303, /, **form: str
) -> tuple[str, dict[str, str]]:
    """Send a form; return where it leads and what is said there."""
    async with session.post(path, data=form, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        there = urlsplit(answer.headers.get("Location", ""))
        return there.path, {name: values[0] for name, values in parse_qs(there.query).items()}


async def page_of(session: aiohttp.ClientSession, path: str, status: int, /, **form: str) -> str:
    async with session.post(path, data=form, allow_redirects=False) as answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


def undo_of(page: str) -> tuple[str, dict[str, str]]:
    """Return where the toast's undo goes and what it sends."""
    toast = page.partition('id="toast"')[2]
    [action] = re.findall(r'action="([^"]+)"', toast)
    return action, {n: html.unescape(v) for n, v in re.findall(r'name="(\w+)" value="([^"]*)"', toast)}


def filled(page: str) -> dict[str, str]:
    """Return the form of a page as a browser would send it."""
    form = page.partition('id="edit"')[2].partition("</form>")[0]
    fields = {}
    for field in re.findall(r"<input [^>]+>", form):
        [name] = re.findall(r' name="([^"]*)"', field)
        if ("radio" in field or "checkbox" in field) and " checked" not in field:
            continue
        fields[name] = html.unescape(next(iter(re.findall(r' value="([^"]*)"', field)), ""))
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r"<option( value=\"([^\"]*)\")? selected>([^<]*)", options)
        fields[name] = html.unescape((chosen[0][1] or chosen[0][2]) if chosen else "")
    for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        fields[name] = html.unescape(text)
    return fields


async def test_a_customer_is_added_with_everything(shared: CustomerHouse, by_sue: aiohttp.ClientSession) -> None:
    acme, jonas = await shared.company("Acme Boxes"), await shared.add("Jonas the Husband")
    path, said_there = await post(
        by_sue, "/customers/new", kind="person", name="Ona Onaitė", company="acme boxes", status="customer",
        owner="alice", language="lt", tags="vip, wholesale, vip", website="ona.example",
        address="Vilnius\r\nGedimino 1",
        **{"phone.0": "8 600 00001", "phone.0.label": "mobile", "phone.3": "+370 5 212 3456", "mail.0": "Ona@X.example",
           "handle.0": "@ona", "handle.0.service": "Telegram",
           "relation.0.name": "jonas the husband", "relation.0.role": "husband",
           "insider.alice": "1", "field.contract": "K-1", "field.seats": "12,5", "field.size": "large"},
    )  # fmt: skip
    details = (await shared.room.files.get(path.rpartition("/")[2])).details
    assert said_there["did"] == "added"
    assert details.name == "Ona Onaitė" and details.organisation == acme.id and details.owner == "alice"
    assert [(p.number, p.label) for p in details.phones] == [(ONA, "mobile"), (OFFICE, "")]
    assert details.mails[0].address == "ona@x.example" and details.handles[0].service == "telegram"
    assert [(r.customer, r.role) for r in details.relations] == [(jonas.id, "husband")]
    assert details.tags == ("vip", "wholesale") and details.insiders == ("alice",)
    assert details.fields == {"contract": "K-1", "seats": 12.5, "size": "large"}
    assert details.address == "Vilnius\nGedimino 1" and details.website == "https://ona.example"


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        pytest.param({}, "A customer has a name, or at least a number", id="nothing"),
        pytest.param({"name": "Ona", "phone.0": "12", "phone.1": ONA}, "This is no telephone number", id="number"),
        pytest.param({"name": "Ona", "mail.0": "ona"}, "This is no mail address", id="mail"),
        pytest.param({"name": "Ona", "company": "Nobody & Sons"}, "no organisation of just this name", id="company"),
        pytest.param({"name": "Ona", "relation.0.name": "Nobody"}, "no customer of just this name", id="relation"),
        pytest.param({"name": "Ona", "field.seats": "many"}, "is a number such as 12", id="own field"),
        pytest.param({"name": "Ona", "field.bribe": "1"}, "The site has no field", id="field nobody knows"),
        pytest.param({"name": "x" * 10_000}, "At most 200", id="10 kB of name"),
        pytest.param({"name": "Ona", "website": "javascript:alert(1)"}, "A website begins with https", id="script"),
        pytest.param({"name": "Ona", "status": "king"}, "There is no such status", id="status"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    form: dict[str, str], wrong: str, by_sue: aiohttp.ClientSession
) -> None:
    page = await page_of(by_sue, "/customers/new", 422, **{"kind": "person", "tags": "keep this", **form})
    assert wrong.casefold() in page.casefold()
    assert 'value="keep this"' in page
    for name, value in form.items():
        if len(value) < 200 and name != "status" and not name.startswith("field.bribe"):
            assert html.escape(value).replace("&#x27;", "&#39;") in page


async def test_an_edit_changes_nothing_but_what_was_written(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession
) -> None:
    before = await shared.add(
        "Ona", "8 600 00001", status="lead", owner="gone", insiders=("stranger",), tags=("a", "b")
    )
    form = filled(await text_of(by_sue, f"/customers/{before.id}/edit"))
    await post(by_sue, f"/customers/{before.id}/edit", **form)
    assert (await shared.room.files.get(before.id)).version == before.version
    await post(by_sue, f"/customers/{before.id}/edit", **{**form, "name": "Ona Onaitė"})
    after = await shared.room.files.get(before.id)
    assert after.details.name == "Ona Onaitė" and after.details.phones == before.details.phones
    assert after.details.owner == "gone" and after.details.insiders == ("stranger",)


async def test_a_conflict_keeps_what_was_typed_and_takes_over_the_rest(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    form = filled(await text_of(by_sue, f"/customers/{ona.id}/edit"))
    await shared.rename(ona.id, "Ona Kazlauskienė", "alice", tags=("vip",), fields={"contract": "K-1"})
    typed = {**form, "name": "Ona Onaitė", "address": "Vilnius"}
    page = await page_of(by_sue, f"/customers/{ona.id}/edit", 409, **typed)
    conflict = said(page, "conflict", "</div>")
    assert conflict.startswith("Alice Doe changed this customer while you were writing")
    assert "Name was changed by both: theirs is “Ona Kazlauskienė”, yours stands below." in conflict
    assert "Tags is now “vip”: taken over below." in conflict and "Contract number is now “K-1”" in conflict
    again = filled(page)
    assert again["name"] == "Ona Onaitė" and again["address"] == "Vilnius" and again["tags"] == "vip"
    assert (await shared.room.files.get(ona.id)).details.name == "Ona Kazlauskienė"
    await post(by_sue, f"/customers/{ona.id}/edit", **again)
    details = (await shared.room.files.get(ona.id)).details
    assert (details.name, details.address, details.tags, details.fields) == (
        "Ona Onaitė", "Vilnius", ("vip",), {"contract": "K-1"}
    )  # fmt: skip


async def test_every_deed_is_done_and_taken_back(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    at, matters = f"/customers/{ona.id}", shared.room.matters

    async def undone(path: str, said_there: dict[str, str]) -> None:
        page = await text_of(by_sue, f"{path}?did={said_there['did']}&with={said_there['with']}")
        action, form = undo_of(page)
        await post(by_sue, action, **form)

    done = await post(by_sue, f"{at}/note", text="Rings tomorrow")
    assert [note.text for note in await matters.notes(ona.id)] == ["Rings tomorrow"]
    await undone(*done)
    assert await matters.notes(ona.id) == []

    await post(
        by_sue, f"{at}/matter", title="Boxes", kind="offer", amount="1.500,50", expected="2026-12-24", stage="offered"
    )
    [matter] = await matters.matters(ona.id)
    assert (matter.amount, matter.stage, matter.whose, matter.kind) == (150_050, "offered", "sue", MatterKind.OFFER)
    await post(
        by_sue, f"{at}/matter_changed", about=matter.id, version="1", title="More boxes", amount="2000", whose="bob"
    )
    done = await post(by_sue, f"{at}/moved", about=matter.id, stage="won", next="/opportunities?kind=offer")
    assert done[0] == "/opportunities"
    [matter] = await matters.matters(ona.id)
    assert (matter.title, matter.amount, matter.whose, matter.stage) == ("More boxes", 200_000, "bob", "won")
    await undone("/opportunities", done[1])
    assert [m.stage for m in await matters.matters(ona.id)] == ["offered"]

    await post(by_sue, f"{at}/activity", what="Ring her", due="2026-11-21T09:00", whose="alice", matter=matter.id)
    [activity] = await matters.activities(ona.id)
    assert f"{activity.due:%Y-%m-%d %H:%M}" == "2026-11-21 07:00"  # 9 o'clock at the site
    done = await post(by_sue, f"{at}/done", about=activity.id, next="/activities?when=all")
    assert (await matters.activity(activity.id)).done_by == "sue" and done[0] == "/activities"
    await undone("/activities", done[1])
    assert (await matters.activity(activity.id)).done_at is None
    await post(
        by_sue, f"{at}/activity_changed", about=activity.id, version="3", what="Mail her", due="2026-11-22T09:00"
    )
    assert (await matters.activity(activity.id)).what == "Mail her"
    await post(by_sue, f"{at}/activity_removed", about=activity.id)
    await post(by_sue, f"{at}/matter_removed", about=matter.id)
    assert await matters.activities(ona.id) == await matters.matters(ona.id) == []

    done = await post(by_sue, f"{at}/tagged", about="vip: gold")
    assert (await shared.room.files.get(ona.id)).details.tags == ("vip: gold",)
    await undone(*done)
    assert (await shared.room.files.get(ona.id)).details.tags == ()


@pytest.mark.parametrize(
    ("deed", "form", "status"),
    [
        pytest.param("note", {"text": " "}, 400, id="empty note"),
        pytest.param("note", {"text": "x" * 20_001}, 400, id="a note too long"),
        pytest.param("matter", {"title": "Boxes", "amount": "much"}, 400, id="no amount"),
        pytest.param("matter", {"title": "Boxes", "kind": "bribe"}, 400, id="no kind"),
        pytest.param("matter", {"title": "Boxes", "stage": "nowhere"}, 400, id="no stage"),
        pytest.param("activity", {"what": "Ring", "due": "soon"}, 400, id="no day"),
        pytest.param("activity", {"what": "Ring", "due": "9999-12-31T23:59"}, 400, id="a day past all"),
        pytest.param("done", {"about": "nothing"}, 409, id="no such activity"),
        pytest.param("moved", {"about": "nothing", "stage": "won"}, 409, id="no such matter"),
        pytest.param("moved", {}, 400, id="moved without what"),
        pytest.param("merged", {"gone": "nobody"}, 404, id="merged with nobody"),
        pytest.param("merge_undone", {"about": "nothing"}, 409, id="no such merge"),
        pytest.param("attached", {"number": "12"}, 400, id="no number"),
        pytest.param("call", {"number": ONA}, 409, id="no phone of one's own"),
    ],
)
async def test_what_cannot_be_done_is_refused(
    deed: str, form: dict[str, str], status: int, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    await page_of(by_sue, f"/customers/{ona.id}/{deed}", status, **form)


async def test_anothers_things_are_not_touched(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    jonas = await shared.add("Jonas")
    note = await shared.room.matters.add_note(jonas.id, "His", "sue")
    matter = await shared.room.matters.add_matter(jonas.id, MatterKind.ORDER, "His", "sue")
    await page_of(by_sue, f"/customers/{ona.id}/note_removed", 409, about=note.id)
    await page_of(by_sue, f"/customers/{ona.id}/moved", 409, about=matter.id, stage="won")


async def test_a_card_moved_meanwhile_is_not_moved_twice(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    matter = await shared.room.matters.add_matter(ona.id, MatterKind.OPPORTUNITY, "Boxes", "sue")
    await post(by_sue, f"/customers/{ona.id}/moved", about=matter.id, version="1", stage="offered")
    page = await page_of(by_sue, f"/customers/{ona.id}/moved", 409, about=matter.id, version="1", stage="lost")
    assert "somebody changed it meanwhile" in page.casefold()


async def test_forms_lead_back_to_our_own_pages_only(by_sue: aiohttp.ClientSession, ona: CustomerFile) -> None:
    for wanted in ("//evil.example", "https://evil.example", "/opportunitiesx", "/login", "/activities\\@evil"):
        path, _ = await post(by_sue, f"/customers/{ona.id}/note", text="x", next=wanted)
        assert path == f"/customers/{ona.id}"


@pytest.mark.parametrize(
    ("deed", "fields"),
    [
        pytest.param("untagged", {"about": "ž" * 10_000}, id="about"),
        pytest.param("note", {"text": "x", "next": "/customers/" + "a" * 10_000}, id="next"),
    ],
)
async def test_no_form_makes_an_address_that_is_too_long(
    by_sue: aiohttp.ClientSession, ona: CustomerFile, deed: str, fields: dict[str, str]
) -> None:
    async with by_sue.post(f"/customers/{ona.id}/{deed}", data=fields, allow_redirects=False) as answer:
        assert answer.status == 303 and len(answer.headers["Location"]) < 300


async def test_a_customer_is_called_from_the_own_phone(
    shared: CustomerHouse, by_alice: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    _, said_there = await post(by_alice, f"/customers/{ona.id}/call", number=number_of(ona))
    assert shared.ringing.rung == [("alice", number_of(ona), ona.id)] and said_there["did"] == "call"
    await page_of(by_alice, f"/customers/{ona.id}/call", 400, number="+37060099999")
    shared.ringing.busy = True
    assert (
        "your phone is busy"
        in (await page_of(by_alice, f"/customers/{ona.id}/call", 409, number=number_of(ona))).casefold()
    )


async def test_two_are_compared_merged_and_parted_again(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    other = await shared.add(
        "O. Onaitė", number_of(ona), shared.new_number(), status="customer", language="lt", tags=("vip",)
    )
    await shared.room.matters.add_note(other.id, "Theirs", "sue")
    page = await text_of(by_sue, f"/customers/{ona.id}")
    assert "Perhaps the same" in page and "the same number" in page
    page = await text_of(by_sue, f"/customers/{ona.id}/merge?with={other.id}")
    would = said(page, "would", "</dl>")
    assert "1 note" in would and "1 number" in would
    assert "Language: lt" in would and "Status: lead (not customer)" in would
    path, there = await post(by_sue, f"/customers/{ona.id}/merged", gone=other.id)
    assert path == f"/customers/{ona.id}" and (await shared.room.files.get(other.id)).merged_into == ona.id
    page = await text_of(by_sue, f"{path}?did=merged&with={there['with']}")
    assert "Undo the merge" in page
    merged = await text_of(by_sue, f"/customers/{other.id}")
    assert "This customer was merged into Ona." in said(merged, "head", "</header>")
    assert '/note"' not in merged
    action, form = undo_of(page)
    await post(by_sue, action, **form)
    assert (await shared.room.files.get(other.id)).merged_into is None
    await post(by_sue, f"/customers/{ona.id}/told_apart", about=other.id)
    assert "Perhaps the same" not in await text_of(by_sue, f"/customers/{ona.id}")


async def test_why_two_cannot_be_merged_is_said_before(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    acme = await shared.company("Acme")
    assert "a person and an organisation are not one" in await text_of(
        by_sue, f"/customers/{ona.id}/merge?with={acme.id}"
    )
    assert "these are the same customer" in await text_of(by_sue, f"/customers/{ona.id}/merge?with={ona.id}")
    assert "there is no such customer any more" in await text_of(by_sue, f"/customers/{ona.id}/merge?with=nobody")


# ---- whose a contact is


async def test_a_call_of_one_of_several_is_given_to_one_and_taken_back(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    jonas = await shared.add("Jonas", number_of(ona))
    await shared.calls(("c-1", number_of(ona)))
    page = await text_of(by_sue, f"/customers/{ona.id}")
    assert "One of 2: whose is it?" in page
    page = await text_of(by_sue, "/customers/whose/c-1?next=/calls/c-1")
    assert re.findall(r'name="customer" value="([^"]+)"', page) == [ona.id, jonas.id]
    path, there = await post(by_sue, "/customers/whose/c-1", customer=jonas.id, next="/calls/c-1")
    assert path == "/calls/c-1" and there["did"] == "assigned"
    whose = await shared.room.customers.whose("c-1", "")
    assert whose.customer is not None and whose.customer.id == jonas.id and whose.by_hand
    await post(by_sue, "/customers/whose/c-1", customer="")
    assert (await shared.room.customers.whose("c-1", "")).customer is None
    await page_of(by_sue, "/customers/whose/c-1", 404, customer="nobody")


async def test_the_number_of_nobody_is_attached_with_all_that_came_from_it(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    number = shared.new_number()
    await shared.calls(("c-2", number), ("c-3", number))
    nameless = (await shared.room.customers.match(number)).nameless
    assert nameless is not None
    assert "Nobody has written down yet whose number this is." in await text_of(by_sue, f"/customers/{nameless.id}")
    await post(by_sue, "/customers/whose/c-2", customer=ona.id)
    assert number in {phone.number for phone in (await shared.room.files.get(ona.id)).details.phones}
    assert [c.id for c in await shared.room.customers.list_interactions(ona.id)] == ["c-3", "c-2"]
    with pytest.raises(NoSuchCustomer):
        await shared.room.files.get(nameless.id)


async def test_a_new_customer_of_a_call_with_one_click(shared: CustomerHouse, by_sue: aiohttp.ClientSession) -> None:
    number = shared.new_number()
    await shared.calls(("c-4", number))
    path, _ = await post(by_sue, "/customers/whose/c-4", new="1", name="Jonas")
    assert path.endswith("/edit")
    file = await shared.room.files.get(path.split("/")[2])
    assert file.details.name == "Jonas" and file.details.phones[0].number == number
    assert [c.id for c in await shared.room.customers.list_interactions(file.id)] == ["c-4"]


async def test_a_withheld_number_is_given_by_hand(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    await shared.calls(("c-5", ""))
    assert "withheld" in await text_of(by_sue, "/customers/whose/c-5")
    await page_of(by_sue, "/customers/whose/c-5", 409, new="1")
    await post(by_sue, "/customers/whose/c-5", customer=ona.id)
    assert [c.id for c in await shared.room.customers.list_interactions(ona.id)] == ["c-5"]
