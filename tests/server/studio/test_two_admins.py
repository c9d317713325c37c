"""Two admins at once: whoever comes second at any of the ways to change a site is told, and nothing is overwritten."""

from __future__ import annotations

import asyncio
import io
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from config.edit.files import ChangedMeanwhile, DraftFile, DraftFiles
from config.load import require_site
from config.schema import Site
from ivr.prompt_book import PromptBook
from server import live_site
from server.accounts import Role
from server.studio.audit import DEEDS
from server.studio.editor.editing import DraftEditor
from server.web.app import serving_parts
from tests.server.sounds import voice
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD
from tests.server.web.publishing import DRAFT, Bureau, open_bureau

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOURS = "departments:\n", 'hours: {office: {open: ["mon-fri 09:00-17:00"]}}\ndepartments:\n'
DAY = {"hours": "office", "day": "2026-12-24"}
FILE = "/site/edit/file/site.yaml"
TRIED = "/site/try?keys=w9+2&at=2026-11-24T10:00"


@dataclass
class Two:
    """Two admins' browsers before one draft."""

    bureau: Bureau
    ann: aiohttp.ClientSession
    ben: aiohttp.ClientSession

    @property
    def text(self) -> str:
        return (self.bureau.draft / "site.yaml").read_text()

    async def seen(self, page: str, name: str = "digest") -> str:
        """Return what the form of a page says of what Ben looks at."""
        async with self.ben.get(page) as answer:
            text = await answer.text()
        found = re.search(rf'name="{name}" value="([^"]*)"', text)
        assert answer.status == 200 and found is not None, text
        return found[1]

    async def ann_saves(self, old: str = "sales: {}", new: str = "sales: {name: Orders}") -> None:
        """Have Ann save the file with something changed."""
        form = {"text": self.text.replace(old, new), "digest": await self.seen(FILE)}
        await self.does(self.ann, FILE, form, 303)

    async def does(self, who: aiohttp.ClientSession, path: str, form: object, status: int) -> str:
        """Send a form; return what is answered."""
        async with who.post(path, data=form, allow_redirects=False) as answer:
            text = await answer.text()
            assert answer.status == status, f"{path}: {answer.status}\n{text}"
            return answer.headers.get("Location", "") or text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    async with open_bureau(tmp_path_factory.mktemp("two")) as bureau:
        office = bureau.office
        await office.accounts.add("ben", PASSWORD, Role.ADMIN)
        async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url:
            sessions = []
            for name in ("admin", "ben"):
                jar = aiohttp.CookieJar(unsafe=True)
                session = aiohttp.ClientSession(
                    url, headers={"Accept": "text/html", **OWN_PAGE}, cookie_jar=jar,
                    timeout=aiohttp.ClientTimeout(total=20),
                )  # fmt: skip
                await (await session.post("/login", data={"name": name, "password": PASSWORD})).release()
                sessions.append(session)
            yield Two(bureau, *sessions)
            for session in sessions:
                await session.close()


@pytest.fixture
def two(house: Two, monkeypatch: pytest.MonkeyPatch) -> Two:
    """Both, before the draft of the first day, with opening hours; nothing is spoken here."""

    async def render(site: Site, prompts: Path, folder: Path, *_more: object, **_named: object) -> PromptBook:
        return PromptBook({}, {}, folder)

    monkeypatch.setattr(live_site, "render", render)
    house.bureau.write(HOURS)
    return house


Case = Callable[[Two], Awaitable[None]]
CASES: dict[str, Case] = {}


def case(route: str) -> Callable[[Case], Case]:
    """Say which way a case is about."""

    def named(do: Case) -> Case:
        CASES[route] = do
        return do

    return named


async def told(two: Two, path: str, form: object, word: str) -> None:
    """Ben comes second at a way: he is told, and the draft is as Ann saved it."""
    before = two.text
    assert word in await two.does(two.ben, path, form, 409)
    assert two.text == before


@case("POST /site/edit/file/{file}")
async def as_text(two: Two) -> None:
    digest = await two.seen(FILE)
    await two.ann_saves()
    await told(two, FILE, {"text": DRAFT, "digest": digest}, "admin")


@case("POST /site/edit/{section}/{name}")
async def as_form(two: Two) -> None:
    at = "/site/edit/departments/billing"
    digest = await two.seen(at)
    await two.ann_saves()
    for deed in ({"do": "save"}, {"do": "remove"}, {"do": "rename", "called": "money", "follow": "1"}):
        await told(two, at, {"digest": digest, **deed}, "admin")
    await told(two, at, {"do": "remove"}, "admin")


@case("POST /site/edit/{section}")
async def as_form_of_a_section(two: Two) -> None:
    digest = await two.seen("/site/edit/company")
    await two.ann_saves()
    await told(two, "/site/edit/company", {"digest": digest, "do": "remove"}, "admin")


@case("POST /site/hours")
async def a_day(two: Two) -> None:
    digest = await two.seen("/site/hours")
    await two.ann_saves()
    for seen in (digest, ""):
        await told(two, "/site/hours", {**DAY, "wish": "closed", "digest": seen}, "was changed meanwhile")


@case("POST /site/hours/undo")
async def a_day_taken_back(two: Two) -> None:
    day = {**DAY, "wish": "closed", "digest": await two.seen("/site/hours")}
    done = await two.does(two.ben, "/site/hours", day, 303)
    digest = await two.seen(done.partition("#")[0], "of")
    await two.ann_saves()
    await told(two, "/site/hours/undo", {**DAY, "of": digest}, "meanwhile")


@case("POST /site/prompts/reword")
async def other_words(two: Two) -> None:
    said = "For invoices, press 1. For orders, press 2."
    await two.ann_saves(said, "For bills, press 1. For orders, press 2.")
    await told(two, "/site/prompts/reword", {"language": "en", "before": said, "text": "Hello."}, "any more")


@case("POST /site/try/test")
async def a_call_as_a_test(two: Two) -> None:
    digest = await two.seen(TRIED)
    await two.ann_saves()
    form = {"keys": "w9 2", "at": "2026-11-24T10:00", "name": "mine", "digest": digest}
    await told(two, "/site/try/test", form, "was changed meanwhile")


@case("POST /site/tests/write")
async def drafted_tests(two: Two) -> None:
    await (await two.ben.get("/site/tests")).release()
    version = re.search(r'name="version" value="([^"]*)"', await two.does(two.ben, "/site/tests/draft", {}, 200))
    assert version is not None
    await two.ann_saves()
    await told(two, "/site/tests/write", {"version": version[1]}, "draft is another since")
    assert not list(two.bureau.draft.glob("tests*"))


def taken(name: str, folder: Path, seconds: float) -> aiohttp.FormData:
    voice(folder / "sent.wav", seconds)
    form = aiohttp.FormData()
    form.add_field("name", name)
    form.add_field("language", "en")
    form.add_field(
        "document", io.BytesIO((folder / "sent.wav").read_bytes()), filename="a.wav", content_type="audio/wav"
    )
    return form


@case("POST /site/prompts/takes/{id}/keep")
async def a_recording_of_the_same_name(two: Two) -> None:
    folder = two.bureau.draft.parent / "sent"
    mine = await two.does(two.ben, "/site/prompts/takes", taken("hello", folder, 1.0), 303)
    theirs = await two.does(two.ann, "/site/prompts/takes", taken("hello", folder, 2.0), 303)
    seen = await two.seen(mine, "seen")
    await two.does(two.ann, f"{theirs}/keep", {"seen": seen}, 303)
    kept = two.bureau.draft / "recordings" / "en" / "hello.wav"
    before = kept.read_bytes()
    await told(two, f"{mine}/keep", {"seen": seen}, "meanwhile")
    assert kept.read_bytes() == before
    await two.does(two.ben, f"{mine}/keep", {"seen": await two.seen(mine, "seen")}, 303)  # having heard Ann's
    assert kept.read_bytes() != before


@case("POST /site/prompts/takes")
async def recordings_are_sent(two: Two) -> None:
    """Nothing is there to be overwritten: each has its own."""
    folder = two.bureau.draft.parent / "sent"
    both = [await two.does(who, "/site/prompts/takes", taken("twice", folder, 1.0), 303) for who in (two.ann, two.ben)]
    assert len(set(both)) == 2
    assert [(await two.ben.get(one)).status for one in both] == [200, 200]


@case("POST /site/prompts/takes/{id}/drop")
async def a_recording_that_is_gone(two: Two) -> None:
    take = await two.does(two.ann, "/site/prompts/takes", taken("gone", two.bureau.draft.parent / "sent", 1.0), 303)
    await two.does(two.ann, f"{take}/drop", {}, 303)
    for deed in ("drop", "keep"):
        assert "kept or thrown away" in await two.does(two.ben, f"{take}/{deed}", {}, 404)


async def broken_off(two: Two, path: str, form: dict[str, str], word: str) -> None:
    """Ben's publishing begins and is told that it came second."""
    before = two.bureau.store.publications()
    there = await two.does(two.ben, path, form, 303)
    async with asyncio.timeout(20):
        while "is publishing" in (text := await (await two.ben.get(there)).text()):
            pass
    assert word in text
    assert two.bureau.store.publications() == before


def published_by_ann(two: Two) -> int:
    """Have Ann publish the draft from the command line; return the number of what was in force before."""
    store, draft = two.bureau.store, two.bureau.draft
    before = store.newest_number()
    at = two.bureau.office.clock.now()
    store.publish(store.keep(draft, require_site(draft)), who="ann", why="", at=at, expected=before)
    return before


@case("POST /site/publish")
async def published(two: Two) -> None:
    form = {name: await two.seen("/site/publish", name) for name in ("expected", "draft")}
    await two.ann_saves()
    await broken_off(two, "/site/publish", form, "saved since you looked at it")
    form["draft"] = await two.seen("/site/publish", "draft")
    published_by_ann(two)
    two.bureau.write(HOURS, ("sales: {}", "sales: {name: Other}"))
    form["draft"] = await two.seen("/site/publish", "draft")
    await broken_off(two, "/site/publish", form, "ann published version")


@case("POST /site/rollback")
async def rolled_back(two: Two) -> None:
    two.bureau.write(HOURS, ("sales: {}", "sales: {name: Another}"))
    before = published_by_ann(two)
    await broken_off(two, "/site/rollback", {"number": "1", "expected": str(before)}, "ann published version")


@pytest.mark.parametrize("do", CASES.values(), ids=CASES)
async def test_the_second_is_told_and_overwrites_nothing(two: Two, do: Case) -> None:
    await do(two)


async def test_every_way_to_change_a_site_has_a_case() -> None:
    assert set(CASES) == {name for name in DEEDS if name.startswith("POST /site/")}


async def test_while_one_publishes_the_other_is_told_who(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def render(site: Site, prompts: Path, folder: Path, *_more: object, **_named: object) -> PromptBook:
        begun.set()
        await goes_on.wait()
        return PromptBook({}, {}, folder)

    monkeypatch.setattr(live_site, "render", render)
    two.bureau.write(HOURS, ("sales: {}", "sales: {name: Slow}"))
    await two.does(two.ann, "/site/publish", {"why": "first"}, 303)
    async with asyncio.timeout(20):
        await begun.wait()
    for path, form in (("/site/publish", {"why": "second"}), ("/site/rollback", {"number": "1"})):
        assert "dmin is publishing at this moment" in await two.does(two.ben, path, form, 409)
    goes_on.set()
    async with asyncio.timeout(20):
        while "is publishing" in await (await two.ben.get("/site/publish")).text():
            pass
    assert two.bureau.store.publications()[-1].why == "first"


async def test_a_rename_that_another_file_follows_is_whole_or_not_at_all(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, other, following = "/site/edit/departments/billing", two.bureau.draft / "more.yaml", DraftEditor.following
    words = "menus: {more: {say: Hello., go: billing}}\n"

    async def and_then_ann_saves(*arguments: Any) -> dict[str, bytes]:  # Any: as they are
        found = await following(*arguments)
        if other.read_text() == words:
            other.write_text(f"# Ann's\n{words}")
        return found

    monkeypatch.setattr(DraftEditor, "following", and_then_ann_saves)
    other.write_text(words)
    try:
        form = {"do": "rename", "called": "money", "follow": "1", "digest": await two.seen(at)}
        await told(two, at, form, "more.yaml was changed meanwhile and nothing is written")
        assert other.read_text() == f"# Ann's\n{words}"
        await two.does(two.ben, at, form, 303)
        assert "go: money" in other.read_text() and "# Ann's" in other.read_text()
        assert "money: {}" in two.text, "a form without a field is emptied, not taken out"
    finally:
        other.unlink()


class Together(DraftFiles):
    """Files whose readers wait a moment for one another, so that two who may both write would both do it."""

    met = threading.Barrier(2, timeout=0.2)

    def read(self, name: str) -> DraftFile:
        found = super().read(name)
        with suppress(threading.BrokenBarrierError):  # nobody else was let in, as it should be
            self.met.wait()
        return found


class TogetherEditor(DraftEditor):
    """An editor that reads so."""

    @property
    def files(self) -> DraftFiles:
        return Together(self.room.draft)


async def test_pages_of_one_draft_write_one_after_another(two: Two) -> None:
    """The editor and the hours have an editor each: two saves of one moment are still the first and the second."""
    editors = [TogetherEditor(two.bureau.room, lambda: datetime(2026, 11, 22, tzinfo=UTC)) for _ in range(2)]
    digest = DraftFiles(two.bureau.draft).read("site.yaml").digest
    came = await asyncio.gather(
        *(
            editor.save("site.yaml", f"# {who}\n{DRAFT}".encode(), digest, who)
            for editor, who in zip(editors, "ab", strict=True)
        ),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in came) == [ChangedMeanwhile.__name__, DraftFile.__name__]
