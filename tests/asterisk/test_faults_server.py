"""What happens to calls when our own process is besieged, killed, stopped or simply not there."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import cast

import pytest

from callrouter import events as ev
from callrouter.calls import Call, fold
from callrouter.events import Event
from config.load import require_site
from ivr import phrases
from ivr.agi.server import Refusal
from ivr.prompt_book import PromptBook
from ivr.speech.spoken import Spoken
from ledger.spool import Spool
from pbx.softphone_call import Recording, SoftCall
from tests.asterisk import strangers
from tests.asterisk.house import MAIN, PATIENT, SALES, SITE, Tenant, dial_code, house, patience, tenant
from tests.asterisk.listening import when_heard
from tests.asterisk.raw_sip import RawCaller
from tests.asterisk.talking import talk

pytestmark = pytest.mark.asterisk

#: How long a key is pressed, seconds.
KEY = 0.1
#: From the death of our process to the attendant's first word, seconds.
RESCUE = 3.0


# ----------------------------------------------------------------------------------------- strangers at the door


async def test_strangers_at_the_door_do_not_slow_a_call_down(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as home, strangers.crowd() as crowd:
        call = await home.call(MAIN)
        await home.watch.kind(ev.MenuEntered)  # the one that is not led to by a key

        async def key_to_menu(key: str) -> float:
            """Press a key that leads to another menu, and measure how long that takes once the key is released."""
            watch = home.listen()
            pressed = asyncio.create_task(call.keys(key))
            await watch.kind(ev.MenuEntered)
            entered = time.monotonic()
            return entered - (await pressed)[0].at - KEY

        calm = [await key_to_menu(key) for key in "5*5*"]
        await crowd.begin(home.switchroom.agi_port)
        besieged = [await key_to_menu(key) for key in "5*5*5*"]
        assert crowd.here, "the siege must last longer than the keys that it shall slow down"
        assert await crowd.ended() == 0
        usual, worst = median(besieged), max(besieged)
        print(f"key to menu, ms: calm {max(calm) * 1000:.0f}, besieged {usual * 1000:.0f}, at worst {worst * 1000:.0f}")
        # Each key is under siege, so the middle one tells of it, and not of a machine's hiccup.
        assert usual < patience(0.2)
        assert worst < patience(1.5)
        refused = home.switchroom.agi.counters.refused
        async with asyncio.timeout(PATIENT):
            while sum(refused.values()) < strangers.COUNT:  # noqa: ASYNC110 - the last are gone before we know of it
                await asyncio.sleep(0.05)
        assert refused[Refusal.WRONG_TOKEN] == 50 * strangers.WAVES
        assert sum(refused.values()) == strangers.COUNT
        await call.hang_up()
        await home.settled()


# -------------------------------------------------------------------------------------------- killed, and not there


def said(name: str) -> Spoken:
    """What the menu of that name says."""
    site = require_site(SITE, {})
    prompt = site.menus[name].say
    assert prompt is not None
    return phrases.spoken(site, prompt, "en")


async def hears_prompt(
    book: PromptBook, call: SoftCall, recording: Recording, prompt: Spoken, since: float, deadline: float
) -> float:
    """Listen until a prompt is heard; return how many seconds after `since` it began."""
    file = book.path_of(prompt)
    async with asyncio.timeout(deadline):
        while True:
            after = max(0.0, since - recording.started)
            begins = await asyncio.to_thread(when_heard, recording.path, file, after)
            if begins is not None:
                await call.stop_recording()
                return recording.started + begins - since
            assert await call.lasts(0.2)


def ends(story: list[Event]) -> list[ev.CallEnded]:
    return [event for event in story if isinstance(event, ev.CallEnded)]


async def test_callers_are_rescued_when_we_are_killed(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data") as home:
        ann, ben = await home.operator("ann"), await home.operator("ben")
        await dial_code(ben, "*13")  # he is away, so that somebody waits
        numbers = {"talking": "+37060000001", "waiting": "+37060000002", "choosing": "+37060000003"}
        phones = {name: await home.caller(number) for name, number in numbers.items()}
        talking = await phones["talking"].call(SALES)
        operator = await ann.incoming()
        await operator.answer()
        await home.told(ev.CallAnswered, 1)
        waiting = await phones["waiting"].call(MAIN)
        await home.told(ev.MenuEntered, 1)
        await waiting.keys("w0.3 2 w1.2 1234")
        await home.told(ev.CallQueued, 2)
        choosing = await phones["choosing"].call(MAIN)
        await choosing.confirmed()
        recordings = {call: await call.start_recording(tmp_path / f"{call.key}.wav") for call in (waiting, choosing)}
        await home.told(ev.MenuEntered, 2)
        before = await home.journal()
        asterisk = home.asterisk

        await home.kill()
        killed = time.monotonic()
        await talk(talking, operator, tmp_path)
        heard = [
            await hears_prompt(home.prompts, call, recordings[call], said("main"), killed, PATIENT)
            for call in (choosing, waiting)
        ]
        print("killed to the attendant's first word:", ", ".join(f"{seconds:.2f} s" for seconds in heard))
        assert max(heard) < patience(RESCUE)

        await choosing.keys("4 w0.3 5 w0.8")
        await choosing.play_tone(600)  # the message
        await waiting.keys("2 w1.2 1234")
        rescuer = await ben.incoming(PATIENT)
        await rescuer.answer()
        rescued = time.monotonic()
        await talk(waiting, rescuer, tmp_path)
        await waiting.hang_up()
        talked = time.monotonic() - rescued
        await rescuer.ended()
        await choosing.keys("# w0.5 1")
        assert (await choosing.ended()).by == "there"

        await home.start()
        assert home.asterisk == asterisk
        await talk(talking, operator, tmp_path)
        await operator.hang_up()
        await talking.ended()
        hung_up = time.monotonic()
        calls = await finished(home, numbers)

        after = await home.journal()
        assert [event for event in before if event not in after] == []
        assert {name: (call.outcome, call.estimated) for name, call in calls.items()} == {
            "talking": ("answered", True),
            "waiting": ("answered", False),
            "choosing": ("voicemail", False),
        }
        assert calls["talking"].answered_by == "ann"
        assert operator.confirmed_at is not None
        assert calls["talking"].talked == pytest.approx(hung_up - operator.confirmed_at, abs=patience(1.0))
        assert calls["waiting"].talks[-1].agent == "ben"
        assert calls["waiting"].talks[-1].talked == pytest.approx(talked, abs=patience(1.0))
        taken = [event for event in after if isinstance(event, ev.MessageTaken)]
        assert [event.mailbox for event in taken] == ["sales"]
        assert taken[0].seconds > 1.0
        content = await (await Spool.open(home.data / "spool")).read(taken[0].file)
        assert content[:4] == b"RIFF"

        states = {event.agent: event.state for event in after if isinstance(event, ev.AgentChanged)}
        assert states == {"ann": "ready", "ben": "paused"}
        again = await phones["waiting"].call(SALES)
        ringing = await ann.incoming()
        await ringing.answer()
        await talk(again, ringing, tmp_path)
        await again.hang_up()


async def finished(home: Tenant, numbers: dict[str, str]) -> dict[str, Call]:
    """Wait until every one of these customers' calls has ended, and return them; each began and ended once."""
    found: dict[str, Call] = {}
    for story in (await home.told(ev.CallEnded, len(numbers))).values():
        call = fold(story)
        assert call is not None
        assert len([event for event in story if isinstance(event, ev.CallOffered)]) == 1
        assert len(ends(story)) == 1
        found |= {name: call for name, number in numbers.items() if call.ani == number}
    return found


async def test_callers_are_served_while_we_are_not_there(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data") as home:
        ann = await home.operator("ann")
        await home.kill()
        callers = [await home.caller(f"+3706000000{place}") for place in range(4)]

        # As many attendants as the site allows, and one caller more.
        calls: list[SoftCall] = []
        heard: list[float] = []
        for caller in callers[:3]:
            dialled = time.monotonic()
            call = await caller.call(MAIN)
            await call.confirmed()
            recording = await call.start_recording(tmp_path / f"{call.key}.wav")
            heard.append(await hears_prompt(home.prompts, call, recording, said("main"), dialled, PATIENT))
            calls.append(call)
            await call.play_tone(600)
            await call.keys("4")  # a message, which keeps the attendant busy for as long as somebody speaks
        print("dialled to the attendant's first word:", ", ".join(f"{seconds:.2f} s" for seconds in heard))
        too_many = await callers[3].call(MAIN)
        ringing = await ann.incoming()
        assert ringing.number == "+37060000003"
        await ringing.answer()
        await talk(too_many, ringing, tmp_path)
        for call in (*calls, too_many):
            await call.hang_up()
        await ringing.ended()


NASTY = {
    "quotation marks": b'"Jo \\"x\\" O" <sip:+37060000009@127.0.0.2>',
    "no Unicode": b'"J\xf3nas" <sip:+37060000009@127.0.0.2>',
    "line breaks": b"<sip:%0a%0a+37060000009@127.0.0.2>",
    "a command": b'"${SHELL(id)}" <sip:+37060000009@127.0.0.2>',
}


async def test_whoever_a_caller_says_he_is_the_attendant_serves_him(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data") as home:
        await home.kill()
        for sender in NASTY.values():
            with RawCaller(home.server).open() as caller:
                caller.invite(MAIN.encode(), sender)
                assert await asyncio.to_thread(caller.answer_to, b"INVITE") == 200
                assert await asyncio.to_thread(caller.bye) == 200
        await home.start()
        stories = await home.told(ev.CallEnded, len(NASTY))
        for story in stories.values():
            record = fold(story)
            assert record is not None
            assert (record.did, record.ani, record.outcome) == (MAIN, "+37060000009", "abandoned")


BROKEN = {"empty": b"", "cut off": b'{"form": 1, "site": {', "of another form": b'{"form": 99}', "gone": None}


async def test_a_broken_snapshot_leads_to_the_emergency_phone(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data") as home:
        ann = await home.operator("ann", log_in=False)
        caller = await home.caller()
        await home.kill()
        snapshot = home.data / "attendant" / "snapshot.json"
        for content in BROKEN.values():
            await asyncio.to_thread(put, snapshot, content)
            call = await caller.call(MAIN)
            ringing = await ann.incoming()
            await ringing.answer()
            await call.confirmed()
            await call.hang_up()
            await ringing.ended()


def put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)


# ------------------------------------------------------------------------------------------------ a fault of our own


async def test_a_fault_of_ours_leaves_the_caller_to_the_attendant_in_the_same_call(tmp_path: Path) -> None:
    async with house(tmp_path / "data") as home:
        # A sound that is missing, which publishing rules out; the attendant has its own book.
        cast(dict[Spoken, Path], home.switchroom.book.paths).pop(said("deeper"))
        call = await home.call(MAIN, keys="w0.3 5")
        failed = await home.watch.kind(ev.CallFailed)
        recording = await call.start_recording(tmp_path / "caller.wav")
        book = home.switchroom.book
        await hears_prompt(book, call, recording, said("main"), recording.started, PATIENT)
        await call.hang_up()
        end = await home.watch.ended()
        assert (end.call, end.outcome, end.hung_up_first) == (failed.call, "abandoned", "caller")
        await home.settled()
        kinds = [event.KIND for event in await home.story(end.call)]
        assert kinds.count("call_offered") == kinds.count("attendant_served") == kinds.count("call_ended") == 1


# ------------------------------------------------------------------------------------------------ stopped in order


async def test_a_server_that_stops_lets_its_calls_end(tmp_path: Path) -> None:
    async with tenant(tmp_path / "data", drain=60.0) as home:
        ann = await home.operator("ann")
        customers = [await home.caller(f"+3706000000{place}") for place in range(3)]
        talking = await customers[0].call(SALES)
        operator = await ann.incoming()
        await operator.answer()
        waiting = await customers[1].call(SALES)
        await home.told(ev.CallQueued, 2)

        stopping = asyncio.create_task(home.terminate())
        await home.says("stopping: no new calls")
        late = await customers[2].call(MAIN)
        await late.confirmed()
        recording = await late.start_recording(tmp_path / "late.wav")
        await hears_prompt(home.prompts, late, recording, said("main"), recording.started, PATIENT)
        await late.hang_up()

        await talk(talking, operator, tmp_path)
        await talking.hang_up()
        next_ = await ann.incoming()
        assert next_.number == "+37060000001"
        await next_.answer()
        await next_.hang_up()
        await waiting.ended()
        assert await stopping == 0
        assert await asyncio.to_thread(processes_of, home.data) == []
        await home.start()
        stories = await home.told(ev.CallEnded, 3)
        assert sorted(
            (end.outcome, end.hung_up_first, end.estimated) for story in stories.values() for end in ends(story)
        ) == [("abandoned", "caller", False), ("answered", "agent", False), ("answered", "caller", False)]
        served = [event.call for story in stories.values() for event in story if isinstance(event, ev.AttendantServed)]
        assert [end.outcome for end in ends(stories[served[0]])] == ["abandoned"]
        assert len(served) == 1


def processes_of(data: Path) -> list[str]:
    """List what runs with this folder on its command line; blocks."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(data).encode() in command:
            found.append(command.decode(errors="replace").replace("\0", " "))
    return found
