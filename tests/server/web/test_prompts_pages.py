"""The page of prompts over HTTP: who may, what is refused, and what is sent."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from config.load import require_site
from ivr.phrases import PHRASES
from server.studio.room import StudioRoom
from server.web.app import serving_parts
from tests.server.sounds import voice
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD, open_office
from tests.server.web.test_prompts_browser import SITE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prompts") / "draft"
    for language in ("en", "lt"):
        voice(folder / "recordings" / language / "welcome.wav", 1.0)
    (folder / "site.yaml").write_text(SITE)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(draft: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """One admin's browser, for all tests here."""
    served, folder = require_site(draft), draft.parent
    async with open_office(folder) as office:
        await office.hire()
        parts = replace(office.parts, studio=StudioRoom(draft, folder, folder / "prompts", lambda: served))
        async with serving_parts(parts, office.accounts, "127.0.0.1", 0) as url:
            jar = aiohttp.CookieJar(unsafe=True)
            async with aiohttp.ClientSession(
                url, headers={"Accept": "text/html", **OWN_PAGE}, cookie_jar=jar
            ) as session:
                await session.post("/login", data={"name": "admin", "password": PASSWORD})
                yield session


def form_of(content: bytes, name: str = "welcome", language: str = "lt", file: str = "sent.wav") -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("name", name)
    form.add_field("language", language)
    form.add_field("document", io.BytesIO(content), filename=file, content_type="audio/wav")
    return form


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        pytest.param("", ["For sales, press 1.", "welcome", "Page 1 of"], ["studio/prompts"], id="all"),
        pytest.param("?words=sveiki", ["Pardavimai"], ["For sales"], id="a word"),
        pytest.param("?language=lt&words=welcome", ["welcome"], ["For sales"], id="a language"),
        pytest.param("?page=9999&shown=nonsense&language=xx", ["No text is like that."], ["For sales"], id="nonsense"),
        pytest.param("?words=%3Cscript%3E", ["&lt;script&gt;"], ["<script>"], id="markup"),
    ],
)
async def test_what_is_asked_for_is_shown(
    admin: aiohttp.ClientSession, query: str, there: list[str], not_there: list[str]
) -> None:
    async with admin.get(f"/site/prompts{query}") as answer:
        assert answer.status == 200
        page = await answer.text()
        main = page.partition("<main")[2]
    assert [words for words in there if words not in main] == []
    assert [words for words in not_there if words in main] == []


@pytest.mark.parametrize(
    ("form", "why"),
    [
        pytest.param({"text": "Hello.", "language": "fi"}, "a language of the company", id="another language"),
        pytest.param({"text": "x" * 1001, "language": "en"}, "1000 is the most", id="too long"),
        pytest.param({"text": "...", "language": "en"}, "no letter", id="nothing to say"),
        pytest.param({}, "a language of the company", id="nothing at all"),
    ],
)
async def test_words_that_cannot_be_tried_out_are_told_why(
    admin: aiohttp.ClientSession, form: dict[str, str], why: str
) -> None:
    async with admin.post("/site/prompts/say", data=form) as answer:
        assert answer.status == 400
        assert why in (await answer.json())["wrong"]


@pytest.mark.parametrize(
    "path",
    [
        "/site/prompts/said/../../site.wav",
        "/site/prompts/said/" + "0" * 32 + ".wav",
        "/site/prompts/said/x.wav",
        "/site/prompts/recordings/en/nothing.wav",
        "/site/prompts/recordings/en/..%2f..%2fsite.wav",
        "/site/prompts/takes/0000000000000000",
        "/site/prompts/takes/..%2f..%2fx/sound.wav",
    ],
)
async def test_what_nobody_made_is_not_there(admin: aiohttp.ClientSession, path: str) -> None:
    async with admin.get(path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("form", "status", "why"),
    [
        pytest.param(lambda: form_of(b"sound", name="../x"), 400, "write a name", id="a path for a name"),
        pytest.param(lambda: form_of(b"sound", language="fi"), 400, "a language of the company", id="another language"),
        pytest.param(lambda: form_of(b""), 400, "choose a file", id="nothing"),
        pytest.param(lambda: form_of(bytes(20_000_001)), 413, "larger than 20 MB", id="too large"),
    ],
)
async def test_what_cannot_become_a_recording_is_refused(
    admin: aiohttp.ClientSession, draft: Path, form: Callable[[], aiohttp.FormData], status: int, why: str
) -> None:
    async with admin.post("/site/prompts/takes", data=form()) as answer:
        assert answer.status == status
        assert why in (await answer.text()).replace("Write", "write").replace("Choose", "choose")
    takes = draft.parent / "studio" / "takes"
    assert [path.name for path in takes.glob("*")] == []


async def test_a_recording_of_the_draft_is_sent_as_it_is(admin: aiohttp.ClientSession, draft: Path) -> None:
    async with admin.get("/site/prompts/recordings/lt/welcome.wav") as answer:
        assert answer.headers["Content-Type"] == "audio/wav"
        assert await answer.read() == (draft / "recordings" / "lt" / "welcome.wav").read_bytes()


async def test_the_microphone_is_open_on_these_pages_only(admin: aiohttp.ClientSession) -> None:
    for path, allowed in (("/site/prompts", True), ("/calls", False)):
        async with admin.get(path) as answer:
            assert ("microphone=(self)" in answer.headers["Permissions-Policy"]) is allowed


async def test_words_of_ours_are_said_otherwise_from_the_page(admin: aiohttp.ClientSession, draft: Path) -> None:
    words = PHRASES["thank_you"]["lt"]
    async with admin.get("/site/prompts", params={"words": words, "language": "lt"}) as answer:
        row = (await answer.text()).partition('id="texts-title"')[2]
        assert re.search(r'data-place="phrase thank_you"[^>]*data-ours', row)
    form = {"before": words, "text": "Ačiū, perduosime.", "language": "lt"}
    async with admin.post("/site/prompts/reword", data=form) as answer:
        assert (answer.status, (await answer.json())["files"]) == (200, ["site.yaml"])
    assert require_site(draft).phrases["thank_you"].texts == {"lt": "Ačiū, perduosime."}
    async with admin.post("/site/prompts/reword", data=form) as answer:
        assert answer.status == 409
