"""The form of a site's test: untouched it keeps the file to the byte, and what is changed is a line of it."""

from __future__ import annotations

import re
from html import unescape

import aiohttp
import pytest

from config.edit.files import digest_of
from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.publishing import Bureau

NAME = "a bill on Christmas Eve / late"
TESTS = f"""\
# what must not break
tests:
  - name: {NAME}   # the oldest
    call: {{to: "+370 5 200 0000", at: 2026-12-24T17:59}}
    press: [w1, 1]     # after a second
    expect: {{department: billing, heard: [invoices], facts: {{}}}}
  - {{name: orders, call: {{to: "+370 5 200 0000", at: 2026-11-24T10:00}}, press: [2], expect: {{department: sales}}}}
"""
AT = "/site/edit/tests/a%20bill%20on%20Christmas%20Eve%20%2F%20late"


@pytest.fixture
def bureau(bureau: Bureau) -> Bureau:
    (bureau.draft / "tests-drafted.yaml").write_text(TESTS)
    return bureau


@pytest.fixture
def office(bureau: Bureau) -> Office:
    return bureau.office


@pytest.fixture
async def admin(browser: Browser) -> aiohttp.ClientSession:
    return await browser("admin")


async def form_at(admin: aiohttp.ClientSession, address: str) -> dict[str, str]:
    """Return what a browser sends for the form at an address when nobody touches it."""
    async with admin.get(address) as answer:
        assert answer.status == 200, await answer.text()
        page = (await answer.text()).partition('id="thing"')[2].partition("</form>")[0]
    inputs = re.findall(r'<input([^>]*) name="([^"]+)" value="([^"]*)"([^>]*)>', page)
    sent = {
        name: unescape(value)
        for before, name, value, after in inputs
        if "checkbox" not in before or after.endswith("checked")
    }
    sent |= {
        name: unescape(text).removeprefix("\n").replace("\n", "\r\n")
        for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.S)
    }
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = unescape(chosen[1]) if chosen is not None else ""
    return sent


async def saved(admin: aiohttp.ClientSession, address: str, form: dict[str, str]) -> tuple[int, str]:
    async with admin.post(address, data={"do": "save", **form}, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", "")


async def test_an_untouched_form_keeps_the_file_and_a_changed_field_is_one_line(
    bureau: Bureau, admin: aiohttp.ClientSession
) -> None:
    file = bureau.draft / "tests-drafted.yaml"
    form = await form_at(admin, AT)
    assert (form["v.name"], form["v.press"], form["v.expect.department"]) == (NAME, "[w1, 1]", "billing")
    assert await saved(admin, AT, form) == (303, f"{AT}?saved=1")
    assert file.read_text() == TESTS

    form |= {"v.press": "[w1, 1, w5]", "v.expect.heard": "invoices\r\norders"}
    assert await saved(admin, AT, form) == (303, f"{AT}?saved=1")
    wanted = TESTS.replace("[w1, 1]", "[w1, 1, w5]").replace("[invoices]", "[invoices, orders]")
    assert file.read_text() == wanted

    form = {**await form_at(admin, AT), "v.name": "orders"}
    assert (await saved(admin, AT, form))[0] == 409  # the name of another
    form["v.name"] = ""
    assert (await saved(admin, AT, form))[0] == 400
    form["v.name"] = "bills"
    assert await saved(admin, AT, form) == (303, "/site/edit/tests/bills?saved=1")
    assert file.read_text() == wanted.replace(NAME, "bills")


async def test_a_test_is_begun_by_its_name_and_taken_out_again(bureau: Bureau, admin: aiohttp.ClientSession) -> None:
    async with admin.get("/site/edit/tests") as answer:
        listed = await answer.text()
        assert f'<a href="{AT}">' in listed and "orders are taken by Sales" in listed
    form = await form_at(admin, "/site/edit/tests/new")
    assert form["v.name"] == "new"
    form |= {"v.call.to": "+370 5 200 0000", "v.call.at": "2026-11-24T10:00", "v.expect.department": "billing"}
    assert (await saved(admin, "/site/edit/tests/new", form))[0] == 303
    file = bureau.draft / "site.yaml"
    assert "  - {name: new, call: {to: +370 5 200 0000, at: 2026-11-24T10:00}" in file.read_text().replace('"', "")
    gone = {"do": "remove", "digest": digest_of(file.read_bytes())}
    assert await saved(admin, "/site/edit/tests/new", gone) == (303, "/site/edit/tests?saved=1")
    assert "name: new" not in file.read_text()


@pytest.mark.parametrize(
    ("file", "line", "column", "goal"),
    [
        pytest.param("tests-drafted.yaml", 3, 5, AT + "#v.name", id="a test"),
        pytest.param("tests-drafted.yaml", 5, 5, AT + "#v.press", id="a field of it"),
        pytest.param("tests-drafted.yaml", 2, 1, "/site/edit/file/tests-drafted.yaml?line=2", id="all tests of a file"),
        pytest.param("site.yaml", 18, 5, "/site/edit/tests/orders%20are%20taken%20by%20Sales", id="in another file"),
    ],
)
async def test_a_place_leads_to_the_form_of_its_test(
    admin: aiohttp.ClientSession, file: str, line: int, column: int, goal: str
) -> None:
    place = {"file": file, "line": str(line), "column": str(column)}
    async with admin.get("/site/edit", params=place, allow_redirects=False) as answer:
        assert answer.headers["Location"].startswith(goal)
