"""The page of a call that came with a file: from the lists, for who may see it, and for programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import aiohttp
import pytest
import pytest_asyncio

from reports.imports.formats import Options
from tests.fixtures.journal_of_calls import answered_call, store
from tests.reports.imports.files import QUEUE_LOG, ZONE, T, call, take, write
from tests.reports.town import NOW
from tests.reports.web.report_house import ReportHouse, report_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

#: Billing's, with a number that a stranger wrote; support's, whom bob answered; and one that we have ourselves.
BILLING, SUPPORT, OURS = (f"{T + 60 * n}.{n}" for n in (1, 2, 3))
DAY = "from=2026-11-22"


def _lines() -> list[str]:
    ours = [line.replace("|support|", "|other|") for line in call(3)]
    billing = [line.replace("|support|", "|billing|") for line in call(1)]
    stranger = [line.replace("+37060000001", "<script>alert(1)</script>") for line in billing]
    return [*stranger, *(line.replace("|alice|", "|bob|") for line in call(2)), *ours]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReportHouse]:
    """A house with few calls, and a file that was imported into it."""
    folder = tmp_path_factory.mktemp("stories")
    async with report_house(folder, calls=5) as opened:
        database = opened.office.parts.database
        await store(database, answered_call(OURS.replace(".", "-"), at=NOW - timedelta(hours=1)))
        await take(database, write(folder / "queue_log", _lines()), QUEUE_LOG, Options(ZONE))
        yield opened


async def read(session: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with session.get(path, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


async def test_a_list_leads_to_the_story(by_sue: aiohttp.ClientSession) -> None:
    path = f"/calls/queue_log%3A{BILLING}"
    assert f'href="{path}"' in await read(by_sue, f"/reports/calls?{DAY}")
    page = unescape(await read(by_sue, path))
    for words in (
        "03:01:10",  # by the site's clock
        " answered after 3 s of ringing; the caller had waited 10 s.",
        "The caller hung up; they had talked for 1 min 00 s.",
        f"|{BILLING}|billing|alice|CONNECT|10|",
        "<bdi>not known</bdi>",  # the menus
        "imported from queue_log",
    ):
        assert words in page, words
    assert "<script>alert(1)</script>" not in await read(by_sue, path)


@pytest.mark.parametrize(
    ("who", "which", "status"),
    [
        pytest.param("sue", SUPPORT, 200, id="a supervisor sees all"),
        pytest.param("alice", BILLING, 200, id="who sees billing sees its calls"),
        pytest.param("alice", SUPPORT, 404, id="and no others"),
        pytest.param("bob", SUPPORT, 200, id="whom it rang at sees it"),
        pytest.param("bob", BILLING, 404, id="others do not"),
        pytest.param("nobody", SUPPORT, 404, id="an account of nobody sees none"),
        pytest.param("sue", "1.1", 404, id="none of that id"),
    ],
)
async def test_rights(
    by_sue: aiohttp.ClientSession, by_alice: aiohttp.ClientSession, by_bob: aiohttp.ClientSession,
    by_nobody: aiohttp.ClientSession, who: str, which: str, status: int,
) -> None:  # fmt: skip
    session = {"sue": by_sue, "alice": by_alice, "bob": by_bob, "nobody": by_nobody}[who]
    await read(session, f"/calls/queue_log:{which}", status)
    await read(session, f"/api/v1/imported-calls/queue_log:{which}", status)


async def test_programs_get_words_and_lines(by_sue: aiohttp.ClientSession) -> None:
    async with by_sue.get(f"/api/v1/imported-calls/queue_log:{SUPPORT}") as answer:
        told = await answer.json()
    assert (told["call"]["source"], told["unknown"], told["estimated"]) == ("queue_log", ["menus"], False)
    (account,) = told["accounts"]
    events = ["".join(one["line"].split("|")[4:5]) for one in account["sentences"]]
    assert events == ["", "ENTERQUEUE", "CONNECT", "COMPLETECALLER"]


async def test_a_call_of_ours_has_beside_it_what_files_tell(by_sue: aiohttp.ClientSession) -> None:
    page = unescape(await read(by_sue, f"/calls/{OURS.replace('.', '-')}"))
    assert "What <bdi>queue_log</bdi> tells of this call" in page
    assert f"|{OURS}|other|alice|CONNECT|" in page
