"""Privacy on pages and over HTTP: only admins, asked twice, everything in the ZIP, nothing left when it is over."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pypdfium2
import pytest

from server.local_server import TOKEN_FILE
from server.web.privacy_feature import API
from tests.server.privacy_house import MAIL, NAME, ONA, House, filled, house_of
from tests.server.web.conftest import Browser
from tests.server.web.office import Office, open_office

__all__ = ["filled"]  # a fixture: pytest finds it here by name


@pytest.fixture
async def office(filled: Path, tmp_path: Path) -> AsyncIterator[Office]:
    folder = tmp_path / "house"
    await asyncio.to_thread(shutil.copytree, filled, folder)
    async with open_office(folder) as opened:
        await opened.hire()
        yield opened


@pytest.fixture
async def house(office: Office) -> AsyncIterator[House]:
    parts = office.parts
    made = await house_of(parts.data, parts.database, parts.journal, office.clock, parts.chronicle)
    office.parts = replace(parts, customers=made.room, privacy=made.office, spool=made.spool)
    yield made


@pytest.fixture
async def ona(house: House) -> str:
    return await house.fill()


@pytest.fixture
async def api(ona: str, url: str, office: Office) -> AsyncIterator[aiohttp.ClientSession]:
    token = (office.parts.data / TOKEN_FILE).read_text()
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        yield session


@pytest.fixture
async def admin(ona: str, browser: Browser) -> aiohttp.ClientSession:
    return await browser("admin")


async def ended(api: aiohttp.ClientSession, path: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            async with api.get(path) as answer:
                told: dict[str, Any] = await answer.json()
            if told["ended_at"] is not None:
                return told
            await asyncio.sleep(0.02)


async def test_everything_is_in_the_zip(house: House, ona: str, api: aiohttp.ClientSession) -> None:
    async with house.office.working():
        async with api.post(f"{API}/exports", json={"customer": ONA}) as answer:
            assert answer.status == 202, await answer.text()
            asked = await answer.json()
        told = await ended(api, f"{API}/exports/{asked['id']}")
    assert told["ready"]
    assert told["why"] == ""
    async with api.get(f"{API}/exports/{asked['id']}/file") as answer:
        assert "attachment" in answer.headers["Content-Disposition"]
        whole = await answer.read()
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        assert file.testzip() is None
        names = set(file.namelist())
        texts = {name: file.read(name).decode() for name in names if name.endswith((".json", ".html"))}
        sounds = [name for name in names if name.startswith("voicemails/")]
        pages = [name for name in names if name.startswith("faxes/")]
    assert len(sounds) == 2
    assert [name.endswith(".pdf") for name in pages] == [True]
    parsed = {name: json.loads(text) for name, text in texts.items() if name.endswith(".json")}
    assert parsed["customer.json"]["customer"]["details"]["name"] == NAME
    assert {call["call"] for call in parsed["calls.json"]} == {"c1", "c3", "out1", "fax1"}
    assert {one["id"] for one in parsed["interactions.json"]} >= {"c1", "c3", "out1"}
    assert {one["transcript"] for one in parsed["voicemails.json"]} == {"please send the zeppelin", ""}
    assert [one["receiver"] for one in parsed["mails.json"]] == ["billing@acme.example"] * 2
    page = texts["overview.html"]
    for word in (NAME, MAIL, "likes aardvarks", "a kennel", "please send the zeppelin", "Pressed 4711998", "bob"):
        assert word in page, word
    assert "Jonas" not in page.replace("Jonas Kitas", "Jonas"), "nobody else is in it"
    house.clock.advance(24 * 3600 + 1)
    async with api.get(f"{API}/exports/{asked['id']}/file") as answer:
        assert answer.status == 404
    assert await house.office.exports.forget_old() == 1
    assert not list((house.folder / "spool").rglob("*.zip"))


async def test_an_admin_looks_types_the_name_and_files_the_certificate(
    house: House, ona: str, admin: aiohttp.ClientSession
) -> None:
    place = f"/customers/{ona}/privacy"
    async with admin.get(place) as answer:
        page = await answer.text()
    assert NAME in page
    assert "bob" in page
    async with admin.get(f"{place}/erase") as answer:
        page = await answer.text()
    assert "Voicemails" in page
    async with admin.post(f"{place}/erase", data={"name": "Ona"}, allow_redirects=False) as answer:
        assert answer.status == 400
        assert "this is not the name" in (await answer.text()).casefold()
    async with admin.post(f"{place}/erase", data={"name": NAME}, allow_redirects=False) as answer:
        assert answer.status == 303
        goal = answer.headers["Location"]
    async with admin.get(place) as answer:
        assert "is being forgotten" in await answer.text()
    async with house.office.working():
        await house.until(goal.rpartition("/")[2], lambda erasure: erasure.ended_at is not None)
    async with admin.get(place) as answer:
        assert answer.status == 404
    async with admin.get(goal) as answer:
        page = await answer.text()
    assert "erased " in page.casefold()
    async with admin.get(goal.replace("erasures", "certificates")) as answer:
        assert answer.content_type == "application/pdf"
        certificate = await answer.read()
    document = pypdfium2.PdfDocument(certificate)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    (erasure,) = await house.office.erasures.list_newest()
    for word in (erasure.pseudonym, "admin", "Voicemails", "Backups", "Acme & Söhne"):
        assert word in " ".join(text.split()), word
    for word in (NAME, "Žilvinaitė", ONA, MAIL):
        assert word not in text
    async with admin.get("/privacy") as answer:
        page = await answer.text()
    assert erasure.pseudonym in page
    assert NAME not in page
    assert house.left() == {}


async def test_what_is_there_is_told_over_the_api(house: House, ona: str, api: aiohttp.ClientSession) -> None:
    async with api.post(f"{API}/preview", json={"customer": "8 600 00001"}) as answer:
        told = await answer.json()
    assert (told["customer"], told["name"], told["counts"]["voicemails"]) == (ona, NAME, 2)
    for body, status in (
        ({"customer": ona, "name": "x"}, 400),
        ({"customer": "nobody", "name": NAME}, 404),
        ({"customer": ona}, 400),
        ({}, 400),
    ):
        async with api.post(f"{API}/erasures", json=body) as answer:
            assert answer.status == status, await answer.text()
    async with api.post(f"{API}/erasures", json={"customer": ona, "name": NAME}) as answer:
        assert answer.status == 202
        asked = await answer.json()
    async with house.office.working():
        assert (await ended(api, f"{API}/erasures/{asked['id']}"))["certificate"]
    async with api.get(f"{API}/erasures") as answer:
        assert [one["id"] for one in (await answer.json())["erasures"]] == [asked["id"]]
    async with api.get(f"{API}/erasures/{asked['id']}/certificate") as answer:
        assert (await answer.read()).startswith(b"%PDF")


@pytest.mark.parametrize("who", ["sue", "alice"])
async def test_only_admins_come_in(ona: str, browser: Browser, who: str) -> None:
    session = await browser(who)
    place = f"/customers/{ona}/privacy"
    for method, path in (
        ("GET", "/privacy"), ("GET", place), ("GET", f"{place}/erase"), ("POST", f"{place}/erase"),
        ("POST", f"{place}/export"), ("GET", "/privacy/exports/x"), ("GET", "/privacy/certificates/x"),
        ("POST", f"{API}/erasures"), ("GET", f"{API}/exports/x/file"),
    ):  # fmt: skip
        async with session.request(method, path, allow_redirects=False) as answer:
            assert answer.status == 403, (method, path)


async def test_looks_are_told_by_person(house: House, ona: str, admin: aiohttp.ClientSession) -> None:
    await house.room.privacy.looked(ona, "<b>eve</b>")
    async with admin.get("/privacy") as answer:
        page = await answer.text()
    assert "&lt;b&gt;eve&lt;/b&gt;" in page
    async with admin.get("/privacy", params={"by": "bob"}) as answer:
        page = await answer.text()
    assert f"/customers/{ona}/privacy" in page
    for path in ("/privacy/erasures/x", "/privacy/certificates/x", "/privacy/exports/x", "/customers/nobody/privacy"):
        async with admin.get(path) as answer:
            assert answer.status == 404
