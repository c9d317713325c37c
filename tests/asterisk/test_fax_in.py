"""Faxes that come in, from the machine's first tone to the row in the ledger: by number, by key, by tone, broken off.

A fax takes its time, so all of them are under way at once, and each test waits for one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter import story
from callrouter.calls import Call, fold
from callrouter.events import Event
from fax.model import Asked, Direction, Fax, State
from ivr.agi.fax_file import complete_pages
from ivr.rehearsal import rehearse
from ivr.simulator import script
from pbx.softphone_phone import Phone
from tests.asterisk.fax_machines import FINE, STANDARD, STATION, Machines, console_of, three_pages
from tests.asterisk.house import House, Tenant, house, patience, tenant
from tests.asterisk.mailbox_house import Ledger
from tests.asterisk.test_try_parity import foretold, lived

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

SITE = Path(__file__).parent / "fax_site"
MENU, GREETING, QUEUE, RINGING, TALKING, MAILBOX, PERSON = (f"+3705211000{number}" for number in range(7))
FAX, BREAKS_OFF, GONE = (f"+3705211001{number}" for number in range(3))
FOUR = tuple(f"+3705211002{number}" for number in range(4))
DEADLINE = 90.0


@dataclass(frozen=True)
class Came:
    """What there was of a call in the end."""

    story: list[Event]
    #: What the ledger has of it.
    faxes: list[Fax]

    @property
    def call(self) -> Call:
        call = fold(self.story)
        assert call is not None
        return call

    @property
    def fax(self) -> Fax:
        [fax] = self.faxes
        return fax

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.story if isinstance(event, kind)]


class Exchange:
    """A house that takes faxes, and the machines that call it."""

    def __init__(self, home: House, machines: Machines) -> None:
        self.home = home
        self.machines = machines
        self.offered: list[str] = []

    async def offered_to(self, number: str) -> str:
        """Return the next call to a number, past or to come, that nobody else waited for."""

        def look(event: Event) -> bool:
            return isinstance(event, ev.CallOffered) and event.did == number and event.call not in self.offered

        event = await self.home.watch.until(look, patience(20.0))
        self.offered.append(event.call)
        return event.call

    async def begun(self, call: str) -> Path:
        """Wait until a fax of this call begins, and return its file."""
        event = await self.home.watch.kind(ev.FaxBegun, call, patience(40.0))
        assert isinstance(event, ev.FaxBegun)
        return self.home.switchroom.settings.drop.absolute() / event.file

    async def over(self, call: str) -> Came:
        """Wait until this call is over, and return what there is of it."""
        try:
            await self.home.watch.kind(ev.CallEnded, call, patience(DEADLINE))
        except TimeoutError:
            told = [event.KIND for event in await self.home.story(call)]
            raise AssertionError(f"{call} does not end: {told}\n{await self.state()}") from None
        page = await self.home.switchroom.faxroom.service.search(Asked(Direction.IN))
        return Came(await self.home.story(call), [fax for fax in page.faxes if fax.call == call])

    async def state(self) -> str:
        """Say what goes on in Asterisk."""
        return "\n".join([await self.machines.console(c) for c in ("core show channels concise", "fax show sessions")])


Scene = Callable[[Exchange], Coroutine[Any, Any, Came]]

# ---- what happens, all of it at once


async def calls(
    exchange: Exchange, number: str, *, over_sip: bool = False, keys: str = "", silent: float = 0.0
) -> Came:
    await exchange.machines.send(number, STANDARD, over_sip=over_sip, keys=keys, silent=silent)
    return await exchange.over(await exchange.offered_to(number))


def machine(number: str, *, over_sip: bool = False, keys: str = "", silent: float = 0.0) -> Scene:
    return lambda exchange: calls(exchange, number, over_sip=over_sip, keys=keys, silent=silent)


async def breaks_off(exchange: Exchange) -> Came:
    await exchange.machines.send(BREAKS_OFF, FINE)
    call = await exchange.offered_to(BREAKS_OFF)
    file = await exchange.begun(call)
    while complete_pages(file) < 1:  # noqa: ASYNC110  another process writes it: there is nothing else to await
        await asyncio.sleep(0.05)
    await exchange.machines.hang_up(BREAKS_OFF)
    return await exchange.over(call)


async def hangs_up_at_once(exchange: Exchange) -> Came:
    await exchange.machines.send(GONE, STANDARD)
    call = await exchange.offered_to(GONE)
    await exchange.begun(call)
    await exchange.machines.hang_up(GONE)
    return await exchange.over(call)


async def speaks(exchange: Exchange) -> Came:
    """A person chooses the fax, has no machine, and comes back to the menu."""
    call = await exchange.home.call(PERSON, "+37060000077", "Voice", keys="w1 7")
    event = await exchange.home.watch.until(lambda e: isinstance(e, ev.CallOffered) and e.ani == "+37060000077")
    led_on = await exchange.home.watch.until(
        lambda e: isinstance(e, ev.BranchTaken) and e.call == event.call and e.origin == "fax orders", patience(60.0)
    )
    await exchange.home.watch.until(
        lambda e: isinstance(e, ev.MenuEntered) and e.call == event.call and e.at > led_on.at
    )
    await call.hang_up()
    return await exchange.over(event.call)


SCENES: dict[str, Scene] = {
    "number": machine(FAX, over_sip=True),
    "key": machine(MENU, silent=2.0, keys="7"),
    "greeting": machine(GREETING),
    "queue": machine(QUEUE),
    "ringing": machine(RINGING, over_sip=True),
    "talking": machine(TALKING, over_sip=True, silent=4.0),
    "mailbox": machine(MAILBOX, over_sip=True, silent=1.5),
    "breaks off": breaks_off,
    "hangs up": hangs_up_at_once,
    "voice": speaks,
    **{f"one of four: {number[-1]}": machine(number) for number in FOUR},
}


class Stage:
    """The scenes, under way."""

    def __init__(self, exchange: Exchange, ann: Phone) -> None:
        self.exchange = exchange
        self.ann = ann
        self._scenes = {name: asyncio.create_task(scene(exchange), name=name) for name, scene in SCENES.items()}

    async def scene(self, name: str) -> Came:
        async with asyncio.timeout(patience(2 * DEADLINE)):
            return await asyncio.shield(self._scenes[name])

    async def end(self) -> None:
        for task in self._scenes.values():
            task.cancel()
        await asyncio.gather(*self._scenes.values(), return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with house(tmp_path_factory.mktemp("house"), SITE) as home:
        machines = Machines(home.switchroom.telephone.asterisk.cli, home.server)
        await machines.set_up(home.switchroom.settings.asterisk)
        ann = await home.operator("ann")
        (await home.operator("ben")).auto_answer(0.2)
        stage = Stage(Exchange(home, machines), ann)
        yield stage
        await stage.end()


def whole(came: Came, box: str = "billing") -> Fax:
    """Check that both pages are safe and that the call says so; return the fax."""
    fax = came.fax
    assert (fax.state, fax.pages, fax.box, fax.call) == (State.RECEIVED, 2, box, came.call.id)
    assert (fax.station, fax.did) == (STATION, came.call.did)
    assert 10.0 < fax.seconds < patience(DEADLINE)
    [received] = came.told(ev.FaxReceived)
    assert isinstance(received, ev.FaxReceived)
    assert (received.box, received.fax, received.pages, received.ok) == (box, fax.id, 2, True)
    assert came.call.outcome == "fax"
    return fax


def by_tone(came: Came, origin: str) -> None:
    """Check that it went from there to the fax box because a machine was heard, and never was another call."""
    whole(came)
    [branch] = [event for event in came.told(ev.BranchTaken) if isinstance(event, ev.BranchTaken)][-1:]
    assert (branch.origin, branch.to, branch.why) == (origin, "fax billing", "fax tone")
    assert [len(came.told(kind)) for kind in (ev.CallOffered, ev.FaxBegun, ev.CallEnded)] == [1, 1, 1]


# ---- by number and by key


async def test_a_number_for_faxes_takes_one(stage: Stage) -> None:
    came = await stage.scene("number")
    fax = whole(came)
    assert fax.t38
    assert not came.told(ev.PromptHeard)
    assert fax.menus == ()


async def test_a_key_leads_to_the_fax_after_a_word(stage: Stage) -> None:
    came = await stage.scene("key")
    assert whole(came, "orders").menus == ("main",)
    heard = [event.text for event in came.told(ev.PromptHeard) if isinstance(event, ev.PromptHeard)]
    assert heard[-1] == "Please start your fax machine now."


async def test_what_is_foretold_of_the_key_happens(stage: Stage) -> None:
    came = await stage.scene("key")
    home = stage.exchange.home.switchroom
    walked = await rehearse(
        home.site, MENU, "", came.call.offered_at.astimezone(home.site.company.zone), script("w2 7"), home.book.duration
    )
    assert foretold(walked).destination == "fax orders"
    assert lived(came.story) == foretold(walked)


# ---- by tone, on numbers for people


async def test_a_machine_cuts_the_greeting(stage: Stage) -> None:
    by_tone(await stage.scene("greeting"), "main")


async def test_a_machine_leaves_the_line(stage: Stage) -> None:
    came = await stage.scene("queue")
    by_tone(came, "queue")
    [left] = came.told(ev.CallLeftQueue)
    assert isinstance(left, ev.CallLeftQueue)
    assert left.why == "fax tone"


async def test_a_phone_stops_ringing_for_a_machine(stage: Stage) -> None:
    came = await stage.scene("ringing")
    by_tone(came, "queue")
    [ended] = came.told(ev.OfferEnded)
    assert isinstance(ended, ev.OfferEnded)
    assert (ended.agent, ended.reply) == ("ann", "cancelled")
    await stage.exchange.home.free("ann")  # and nobody says that she did not answer


async def test_an_agent_who_hears_a_machine_is_free_again(stage: Stage) -> None:
    came = await stage.scene("talking")
    by_tone(came, "queue")
    [released] = came.told(ev.CallReleased)
    assert isinstance(released, ev.CallReleased)
    assert (released.agent, released.by) == ("ben", "caller")
    assert 2.0 < released.talked < 4.0 + patience(4.0)
    await stage.exchange.home.free("ben")


async def test_a_machine_leaves_no_message(stage: Stage) -> None:
    came = await stage.scene("mailbox")
    by_tone(came, "voicemail")
    assert came.told(ev.MessageBegun)
    assert not came.told(ev.MessageTaken)


# ---- what is no whole fax


async def test_who_breaks_off_after_a_page_leaves_that_page(stage: Stage) -> None:
    came = await stage.scene("breaks off")
    fax = came.fax
    assert (fax.state, fax.pages, fax.why) == (State.PARTIAL, 1, "The call dropped prematurely")
    assert (came.call.outcome, came.call.hung_up_first) == ("fax", "caller")


async def test_who_hangs_up_at_once_leaves_nothing(stage: Stage) -> None:
    came = await stage.scene("hangs up")
    assert came.faxes == []
    assert came.told(ev.FaxBegun)
    assert (came.call.outcome, came.call.abandoned_in, came.call.hung_up_first) == ("abandoned", "fax", "caller")


async def test_a_voice_comes_back_to_the_menu(stage: Stage) -> None:
    came = await stage.scene("voice")
    assert came.faxes == []
    heard = [event.text for event in came.told(ev.PromptHeard) if isinstance(event, ev.PromptHeard)]
    assert "We did not hear a fax machine." in heard
    assert came.call.path == ("main", "main")
    assert (came.call.outcome, came.call.abandoned_in) == ("abandoned", "menu")


async def test_four_come_at_once(stage: Stage) -> None:
    came = await asyncio.gather(*(stage.scene(name) for name in SCENES if name.startswith("one of four")))
    faxes = [whole(one) for one in came]
    assert len({fax.file for fax in faxes}) == 4
    began = [one.told(ev.FaxBegun)[0].at for one in came]
    ended = [one.told(ev.FaxReceived)[0].at for one in came]
    assert max(began) < min(ended)


async def test_nothing_is_left_of_all_this(stage: Stage) -> None:
    for name in SCENES:
        await stage.scene(name)
    home = stage.exchange.home
    await home.settled()
    await Ledger(home.switchroom.settings.data).nothing_dropped()
    assert home.switchroom.faxroom.service.progress() == []


async def test_the_story_tells_of_it(stage: Stage) -> None:
    came = await stage.scene("queue")
    told = story.tell(came.story, stage.exchange.home.switchroom.site.company.zone)
    said = [line.partition("  ")[2] for line in told]
    assert said[-4:] == [
        "Went from queue to fax billing: fax tone.",
        "Now a fax can come for billing.",
        "A fax of 2 pages came for billing.",
        "A fax came. We ended the call.",
    ]


# ---- killed on page two of three


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tenant]:
    folder = tmp_path_factory.mktemp("killed")
    async with tenant(folder / "data", site=SITE) as home:
        yield home


async def test_killed_on_page_two_all_three_are_there_once(killed: Tenant, tmp_path: Path) -> None:
    ledger = Ledger(killed.data)
    machines = Machines(await console_of(killed.data, SITE), killed.server)
    await machines.send(FAX, await asyncio.to_thread(three_pages, tmp_path))
    begun = await killed.tells(lambda event: isinstance(event, ev.FaxBegun), patience(20.0))
    assert isinstance(begun, ev.FaxBegun)
    file = (killed.data / "drop" / begun.file).absolute()
    async with asyncio.timeout(patience(DEADLINE)):
        while complete_pages(file) < 1:  # noqa: ASYNC110  another process writes it: there is nothing else to await
            await asyncio.sleep(0.05)
    await killed.kill()
    assert complete_pages(file) < 3
    await killed.start()
    received = await killed.tells(lambda event: isinstance(event, ev.FaxReceived), patience(DEADLINE))
    assert isinstance(received, ev.FaxReceived)
    assert (received.box, received.pages, received.ok, received.call) == ("billing", 3, True, begun.call)
    ended = await killed.tells(lambda event: isinstance(event, ev.CallEnded), patience(20.0))
    assert isinstance(ended, ev.CallEnded)
    assert (ended.outcome, ended.call) == ("fax", begun.call)
    await ledger.idle()
    assert ledger.rows("SELECT state, pages, station, call FROM faxes") == [("received", 3, STATION, begun.call)]
    await ledger.nothing_dropped()
    assert len([event for event in await killed.journal() if isinstance(event, ev.FaxReceived)]) == 1


async def test_a_fax_that_comes_while_nobody_is_there_is_kept(killed: Tenant) -> None:
    """By number, and by tone on a number for people: the emergency attendant takes both."""
    ledger, before = Ledger(killed.data), len(await killed.stories())
    machines = Machines(await console_of(killed.data, SITE), killed.server)
    await killed.kill()
    await machines.send(FAX, STANDARD)
    await machines.send(GREETING, STANDARD)
    async with asyncio.timeout(patience(DEADLINE)):
        while len([name for name in ledger.drop() if name.endswith(".json")]) < 2:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.2)
    await killed.start()
    stories = await killed.told(ev.CallEnded, before + 2, patience(20.0))
    came = {story[0].did: story for story in list(stories.values())[before:] if isinstance(story[0], ev.CallOffered)}
    assert set(came) == {FAX, GREETING}
    for told in came.values():
        kinds = [type(event) for event in told]
        assert kinds == [ev.CallOffered, ev.AttendantServed, ev.FaxReceived, ev.CallEnded]
        [received] = [event for event in told if isinstance(event, ev.FaxReceived)]
        assert (received.box, received.pages, received.ok) == ("billing", 2, True)
        record = fold(told)
        assert record is not None
        assert record.outcome == "fax"
    await ledger.idle()
    await ledger.nothing_dropped()
