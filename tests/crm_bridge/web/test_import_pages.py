"""A file is brought over HTTP, looked at, begun, followed, undone and exported again; by pages and by programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.importing_model import Counts, State
from server.local_server import TOKEN_FILE
from server.web.app import serving_parts
from tests.crm_bridge.web.customer_house import logged_in
from tests.crm_bridge.web.import_house import ImportOffice, import_office

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOME, API = "/customers/import", "/api/v1/customers/imports"
EVIL = "<script>document.title='broken'</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ImportOffice]:
    async with import_office(tmp_path_factory.mktemp("imports")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(house: ImportOffice) -> AsyncIterator[str]:
    async with serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sue(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with logged_in(url, "sue") as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(url: str, house: ImportOffice) -> AsyncIterator[aiohttp.ClientSession]:
    token = (house.office.parts.data / TOKEN_FILE).read_text()
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        yield session


def form_of(content: bytes, name: str = "customers.csv", **fields: str) -> aiohttp.FormData:
    form = aiohttp.FormData(fields)
    form.add_field("document", content, filename=name, content_type="text/csv")
    return form


async def brought(sue: aiohttp.ClientSession, content: bytes, name: str = "customers.csv") -> str:
    """Bring a file and return where it is shown."""
    async with sue.post(HOME, data=form_of(content, name), allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"].partition("?")[0]


async def page(sue: aiohttp.ClientSession, address: str, **form: str) -> str:
    method = sue.post if form else sue.get
    async with method(address, **({"data": form} if form else {})) as answer:  # type: ignore[arg-type]
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def test_from_the_file_to_the_undo(house: ImportOffice, sue: aiohttp.ClientSession) -> None:
    text = f"Vardas;Tel.;Būsena;Kas\nOna Žemaitė;8 600 00001;lead;x\n{EVIL};8 600 00002;;y\n;;x;=cmd\n"
    at = await brought(sue, text.encode("cp1257"), f"{EVIL}.csv")
    shown = await page(sue, at)
    assert "Windows-1257" in shown and "Ona Žemaitė" in shown and "+37060000001" in shown and EVIL not in shown
    shown = await page(sue, f"{at}/look", rule="join", encoding="cp1257", delimiter="semicolon", c3="tags")
    assert 'value="join" checked' in shown and '<span class="tag"><bdi>x</bdi></span>' in shown
    table = re.search(r'name="table" value="([^"]*)"', shown)
    assert table is not None
    # What was chosen for other columns does not hold for these.
    other = await page(sue, f"{at}/look", rule="skip", delimiter="comma", table=table[1], c0="phone")
    assert 'id="c0"' in other and 'id="c1"' not in other and 'value="phone" selected' not in other

    shown = await page(sue, f"{at}/begin", rule="skip", c3="tags")
    one = await house.over(at.rpartition("/")[2])
    assert (one.state, one.counts, one.by) == (State.DONE, Counts(added=2, refused=1), "sue")
    shown = await page(sue, at)
    assert "Download as CSV" in shown and "Undo the import" in shown and EVIL not in shown
    async with sue.get(f"{at}/refused.csv") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Vardas", "Tel.", "Būsena", "Kas", "Row", "Reason"]
    assert rows[1][:5] == ["", "", "x", "'=cmd", "4"] and rows[1][5].startswith("it has no name")

    async with sue.get("/customers/export/file", params={"format": "csv", "tag": "x"}) as answer:
        exported = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert [(one["Name"], one["Phones"], one["Status"]) for one in exported] == [
        ("Ona Žemaitė", "'+37060000001", "lead")
    ]
    async with sue.get("/customers/export/file", params={"format": "vcard"}) as answer:
        assert (await answer.text()).count("BEGIN:VCARD") == 2
    shown = await page(sue, "/customers/export")
    assert shown.count("vCard</td>") == 1 and "sue" in shown

    await page(sue, f"{at}/undo", sure="yes")
    undone = await house.over(one.id)
    assert (undone.state, undone.counts.removed, undone.undone_by) == (State.UNDONE, 2, "sue")
    assert "Undone" in await page(sue, at)
    assert EVIL not in await page(sue, HOME)


async def test_a_file_that_is_none_is_said(sue: aiohttp.ClientSession) -> None:
    async with sue.post(HOME, data=form_of(b"PK\x03\x04 a workbook")) as answer:
        assert answer.status == 422 and "workbook" in await answer.text()
    async with sue.post(HOME, data=form_of(b"")) as answer:
        assert answer.status == 400
    async with sue.get(f"{HOME}/nobody") as answer:
        assert answer.status == 404


async def test_too_many_columns_and_a_discarded_file(house: ImportOffice, sue: aiohttp.ClientSession) -> None:
    async with sue.post(HOME, data=form_of(b"a," * 1_000 + b"\nx\n")) as answer:
        assert answer.status == 422 and "1,001 columns" in await answer.text()
    at = await brought(sue, b"Name\nNobody\n")
    await page(sue, f"{at}/cancel", sure="yes")
    async with sue.get(at) as answer:
        assert answer.status == 404
    assert [path.name for path in (house.office.parts.data / "imports").iterdir()] == []


@pytest.mark.parametrize("path", [HOME, "/customers/export", "/customers/export/file"])
async def test_operators_do_neither(url: str, path: str) -> None:
    async with logged_in(url, "alice") as alice, alice.get(path) as answer:
        assert answer.status == 403


async def test_programs_bring_follow_and_take_back(house: ImportOffice, api: aiohttp.ClientSession) -> None:
    content = b"Wer;Was\nPetras;8 600 00009\n;\n;x\n"
    form = form_of(content, rule="add", map="1=name 2=phone|mobile", delimiter="semicolon", header="yes")
    async with api.post(API, data=form) as answer:
        assert answer.status == 202, await answer.text()
        one = await answer.json()
    await house.over(one["id"])
    async with api.get(f"{API}/{one['id']}") as answer:
        told = await answer.json()
    assert (told["state"], told["added"], told["refused"], told["rows"]) == ("done", 1, 1, 2)
    async with api.get(f"{API}/{one['id']}/refused") as answer:
        assert [row["row"] for row in (await answer.json())["rows"]] == [4]
    async with api.get(API, params={"limit": 1}) as answer:
        assert [found["id"] for found in (await answer.json())["imports"]] == [one["id"]]
    async with api.get("/api/v1/customers/export", params={"format": "vcard"}) as answer:
        assert "TEL;VALUE=uri;TYPE=cell:tel:+37060000009" in await answer.text()
    async with api.post(f"{API}/{one['id']}/undo") as answer:
        assert answer.status == 200
    assert (await house.over(one["id"])).state is State.UNDONE
    async with api.post(f"{API}/{one['id']}/undo") as answer:
        assert answer.status == 409
    for wrong in ({"map": "x"}, {"rule": "guess"}, {"encoding": "klingon"}, {"delimiter": "x"}, {"header": "perhaps"}):
        async with api.post(API, data=form_of(content, **wrong)) as answer:
            assert answer.status == 400, (wrong, json.dumps(await answer.json()))
