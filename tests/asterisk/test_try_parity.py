"""What `try` foretells is what happens: the same keys by real phones through the real Asterisk, at the same hours."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import config
from callrouter import events as ev
from callrouter.calls import fold
from callrouter.events import Event
from callrouter.reception import Arrival
from callrouter.rehearsal.call import rehearse_call
from ivr.message import MENU as MESSAGE
from ivr.rehearsal import Rehearsal, rehearse
from ivr.simulator import script
from ivr.steps import KeysPressed
from pbx.installation import default_cache
from pbx.softphone import Phones
from server.settings import Settings
from server.switchroom import running
from tests.asterisk.house import EVENING, MAILBOX, MAIN, ROOT, SITE, House
from tests.asterisk.mailbox_house import TONE

pytestmark = pytest.mark.asterisk

ACME = Path(config.__file__).parent / "acme"
LINE, ENGLISH = "+37052000000", "+37052000001"
ZONE = ZoneInfo("Europe/Vilnius")
MORNING = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
NIGHT = datetime(2026, 11, 24, 22, 0, tzinfo=ZONE)
CLOSING = datetime(2026, 11, 24, 17, 59, 58, tzinfo=ZONE)
#: A key is heard when it is let go.
KEY_SECONDS = 0.1
#: What the phone rests after a key, and so cannot wait for the next.
KEY_GAP = 0.06


@dataclass(frozen=True)
class Script:
    """One caller. The keys are pressed well away from where prompts end, so that milliseconds decide nothing."""

    to: str
    keys: str
    destination: str
    at: datetime = MORNING


TEST_SITE = [
    Script(MAIN, "1", "department sales"),
    Script(MAIN, "w2 1", "department sales"),
    Script(MAIN, "", "department lobby"),
    Script(MAIN, "7 w1.5 8", "department lobby"),
    Script(MAIN, "3 w1 1", "department sales"),
    Script(MAIN, "203", "person cat"),
    Script(MAIN, "2 w2.5 1234", "department service"),
    Script(MAIN, "5 w1 * w0.5 4", "voicemail sales"),
    Script(EVENING, "", "hangup"),
    Script(MAILBOX, "", "voicemail sales"),
]
SAMPLE_SITE = [
    Script(LINE, "1 w1 1", "department billing"),
    Script(ENGLISH, "2", "department support", NIGHT),
    Script(ENGLISH, "2 w1 1 w1 123456", "department support"),
    Script(ENGLISH, "w1 1 w6 2", "department support", CLOSING),
]


@dataclass(frozen=True)
class Walk:
    """What both sides can tell of a call, up to its destination."""

    path: tuple[str, ...]
    #: Text, language, and whether it was heard to its end.
    prompts: tuple[tuple[str, str, bool], ...]
    keys: tuple[tuple[str, str], ...]
    facts: dict[str, str]
    destination: str


def foretold(walked: Rehearsal) -> Walk:
    """Read what the simulator says."""
    done = [timed.step for timed in walked.steps]
    return Walk(
        walked.path,
        tuple((said.text, said.language, said.whole) for said in walked.prompts if said.menu != MESSAGE),
        tuple((step.keys, step.status) for step in done if isinstance(step, KeysPressed) and step.menu != MESSAGE),
        walked.facts,
        walked.destination,
    )


def lived(story: list[Event]) -> Walk:
    """Read what the journal says."""
    record = fold(story)
    assert record is not None
    return Walk(
        record.path,
        tuple((e.text, e.language, e.whole) for e in story if isinstance(e, ev.PromptHeard) and e.menu != MESSAGE),
        tuple((e.keys, e.status) for e in story if isinstance(e, ev.KeysPressed) and e.menu != MESSAGE),
        record.facts,
        next(filter(None, map(reached, story)), ""),
    )


def reached(event: Event) -> str:
    """Tell which destination of the menus this event shows to be reached; "" if none."""
    match event:
        case ev.CallQueued():
            return f"department {event.department}"
        case ev.AgentsOffered(why="dialled directly"):
            return f"person {event.agents[0]}"
        case ev.BranchTaken(origin=origin) if origin.startswith("department "):
            return origin  # nobody is logged in, and the department leads on
        case ev.MessageTaken():
            return f"voicemail {event.mailbox}"
        case ev.FaxBegun():
            return f"fax {event.box}"
        case ev.CallEnded():
            return "hangup"
    return ""


def until_reached(events: Sequence[Event]) -> list[Event]:
    """Return the events of a call up to its first destination."""
    end = next((place for place, event in enumerate(events) if reached(event)), len(events))
    return list(events[: end + 1])


def dialled(keys: str) -> str:
    """Return the script as the phone presses it: each key let go at the second when the simulator presses it."""
    words, free = [], 0.0
    for press in script(keys):
        words.append(f"w{press.at - KEY_SECONDS - free:.3f} {press.key}")
        free = press.at + KEY_GAP
    return " ".join(words)


async def live(home: House, number: str, script: Script) -> list[Event]:
    """Place the call, hang up once the destination is reached, and return its story."""
    call = await home.call(script.to, number, keys=dialled(script.keys))
    offered = await home.watch.until(lambda e: isinstance(e, ev.CallOffered) and e.ani == number)
    if script.destination.startswith("voicemail"):
        await home.watch.kind(ev.MessageBegun, offered.call)
        await call.lasts(TONE + 2.0)
    else:
        await home.watch.until(lambda e: e.call == offered.call and bool(reached(e)))
    if script.destination == "hangup":
        await call.ended()  # by us
    elif call.end is None:
        await call.hang_up()
    await home.watch.kind(ev.CallEnded, offered.call)
    return await home.story(offered.call)


async def compare(folder: Path, data: Path, scripts: list[Script]) -> None:
    callers = {f"+370600001{n:02}": script for n, script in enumerate(scripts)}

    def menu_time(arrival: Arrival) -> datetime:
        return callers[arrival.ani].at

    settings = Settings(folder, data, cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
    async with running(settings, menu_time=menu_time) as switchroom, Phones(calls_each=1) as phones:
        home = House(switchroom, phones)
        stories = await asyncio.gather(*(live(home, number, script) for number, script in callers.items()))
        for (number, one), story in zip(callers.items(), stories, strict=True):
            presses = script(one.keys)
            walked = await rehearse(switchroom.site, one.to, number, one.at, presses, switchroom.book.duration)
            assert foretold(walked).destination == one.destination
            assert lived(story) == foretold(walked), one
            # The site's own tests are run by this one, which goes on beyond the menus.
            came = await rehearse_call(
                switchroom.site, to=one.to, caller=number, at=one.at, presses=presses, logged_in=[],
                duration=switchroom.book.duration,
            )  # fmt: skip
            assert lived(until_reached(came.events)) == lived(story), one


async def test_the_test_site(tmp_path: Path) -> None:
    await compare(SITE, tmp_path / "data", TEST_SITE)


async def test_the_sample_site_at_any_hour(tmp_path: Path) -> None:
    await compare(ACME, tmp_path / "data", SAMPLE_SITE)


# ---- by the command


async def tried(folder: Path, one: Script) -> dict[str, Any]:
    """Run `switchroom try` on a script."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "try", str(folder), "--to", one.to, "--from", "+37060000100",
        "--at", one.at.isoformat(), "--keys", one.keys, "--json",
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(120):
        out, _ = await process.communicate()
    assert process.returncode == 0
    answer: dict[str, Any] = json.loads(out)
    return answer


@pytest.mark.parametrize(
    ("folder", "one"),
    [
        pytest.param(SITE, TEST_SITE[6], id="a contract is entered"),
        pytest.param(ACME, SAMPLE_SITE[3], id="the office closes during the call"),
    ],
)
async def test_the_command_tells_the_same(folder: Path, one: Script, tmp_path: Path) -> None:
    told = await tried(folder, one)
    settings = Settings(folder, tmp_path / "data", cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
    async with running(settings, menu_time=lambda _: one.at) as switchroom, Phones(calls_each=1) as phones:
        story = lived(await live(House(switchroom, phones), "+37060000100", one))
    assert told["path"] == list(story.path)
    assert told["facts"] == story.facts
    assert told["destination"] == story.destination == one.destination
    assert told["prompts"] == [
        {"text": text, "language": language, "whole": whole} for text, language, whole in story.prompts
    ]
