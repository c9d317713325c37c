"""What machines ask: alive, ready, figures."""

from __future__ import annotations

import re
from collections.abc import Callable

import aiohttp
import pytest

from callrouter import events as ev
from callrouter.agents import Deed
from ivr.agi.server import Refusal
from tests.server.web.conftest import Browser
from tests.server.web.office import Office


async def figures(session: aiohttp.ClientSession) -> dict[str, float]:
    text = await (await session.get("/metrics")).text()
    return {name: float(value) for name, value in re.findall(r"^(switchroom.+) (\S+)$", text, re.MULTILINE)}


def _unreachable(office: Office) -> None:
    office.reachable = False


def _draining(office: Office) -> None:
    office.agi.accepting = False


def _nothing(office: Office) -> None:
    pass


def _on_files(office: Office) -> None:
    office.parts.journal._safe._on_files = True  # what a full disk would do


@pytest.mark.parametrize(
    ("happens", "failing"),
    [(_nothing, []), (_unreachable, ["asterisk"]), (_draining, ["calls"]), (_on_files, ["journal"])],
    ids=["all is well", "no Asterisk", "draining", "emergency files"],
)
async def test_ready_says_what_is_missing(
    browser: Browser, office: Office, happens: Callable[[Office], None], failing: list[str]
) -> None:
    happens(office)
    async with (await browser()).get("/readyz") as answer:
        told = await answer.json()
    assert answer.status == (503 if failing else 200)
    assert told["ready"] is (not failing)
    assert [name for name, check in told["checks"].items() if not check["ok"]] == failing
    assert set(told["checks"]) == {"database", "asterisk", "calls", "journal"}


async def test_it_tells_which_version_of_the_site_callers_hear(browser: Browser, office: Office) -> None:
    async with (await browser()).get("/healthz") as answer:
        assert await answer.json() == {
            "status": "alive", "version": office.parts.version, "site": office.parts.site().version
        }  # fmt: skip


async def test_without_database_it_lives_but_is_not_ready(browser: Browser, office: Office) -> None:
    await office.parts.database.close()
    anybody = await browser()
    assert (await anybody.get("/healthz")).status == 200
    async with anybody.get("/readyz") as answer:
        assert answer.status == 503
        assert (await answer.json())["checks"]["database"] == {"ok": False, "detail": "does not answer"}


async def test_figures_of_calls_and_agents(browser: Browser, office: Office) -> None:
    await office.whole_call()
    await office.ended(office.offered(), "abandoned")
    office.parts.roster.do("alice", Deed.PAUSE)
    office.queued(office.offered())
    office.agi.sessions = 3
    office.agi.counters.accepted = 7
    office.agi.counters.refused[Refusal.WRONG_TOKEN] = 2
    told = await figures(await browser())
    expected = {
        "switchroom_calls_offered_total": 3,
        'switchroom_calls_live{state="waiting"}': 1,
        'switchroom_calls_live{state="talking"}': 0,
        'switchroom_callers_waiting{department="billing"}': 1,
        'switchroom_callers_waiting{department="support"}': 0,
        'switchroom_agents{state="paused"}': 1,
        'switchroom_agents{state="logged out"}': 2,
        "switchroom_agi_sessions": 3,
        "switchroom_agi_accepted_total": 7,
        'switchroom_agi_refused_total{reason="wrong_token"}': 2,
        'switchroom_agi_refused_total{reason="stopping"}': 0,
        "switchroom_asterisk_up": 1,
        "switchroom_journal_on_emergency_files": 0,
        "switchroom_journal_not_stored_total": 0,
    }
    assert {name: told.get(name) for name in expected} == expected
    assert told['switchroom_calls_ended_total{outcome="answered"}'] == 1
    assert told['switchroom_calls_ended_total{outcome="abandoned"}'] == 1
    assert told['switchroom_calls_ended_total{outcome="voicemail"}'] == 0
    assert told["switchroom_journal_appended_total"] >= told["switchroom_journal_committed_total"] > 0


async def test_dispositions_that_nobody_said_are_counted(browser: Browser, office: Office) -> None:
    anybody = await browser()
    assert (await figures(anybody))["switchroom_dispositions_missed_total"] == 0
    call, now = await office.whole_call(), office.clock.now()
    office.parts.chronicle.tell(ev.CallDisposed(at=now, call=call, agent="alice", disposition="solved"))
    for agent in ("alice", "bob"):
        office.parts.chronicle.tell(ev.DispositionMissed(at=now, call=call, agent=agent, department="billing"))
    assert (await figures(anybody))["switchroom_dispositions_missed_total"] == 2


async def test_requests_are_counted_by_route_never_by_path(sue: aiohttp.ClientSession) -> None:
    for path in ("/calls/one", "/calls/two", "/wp-login.php", "/.env"):
        await sue.get(path)
    await sue.request("PROPFIND", "/calls")
    told = await figures(sue)
    assert told['switchroom_http_requests_total{method="GET",route="/calls/{id}",status="404"}'] == 2
    assert told['switchroom_http_requests_total{method="GET",route="none",status="404"}'] == 2
    assert told['switchroom_http_requests_total{method="other",route="none",status="405"}'] == 1
    assert not any("wp-login" in name for name in told)


async def test_figures_hold_nothing_personal(sue: aiohttp.ClientSession, office: Office) -> None:
    await office.whole_call("Ona")
    text = await (await sue.get("/metrics")).text()
    for personal in ("Ona", "+370", "alice", "sue"):
        assert personal not in text


async def test_a_fault_of_ours_ends_one_request_and_is_logged_without_values(
    sue: aiohttp.ClientSession, office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office.parts.roster, "agents", None)
    async with sue.get("/api/v1/agents") as answer:
        assert answer.status == 500
        assert await answer.json() == {"error": "a fault of ours", "hint": "the server's log says more"}
    said = capsys.readouterr().out
    assert "AttributeError" in said and "list_agents" in said
    assert "locals" not in said
    assert (await sue.get("/healthz")).status == 200
