"""Publishing while real calls go on: who is in a menu stays there, who calls next hears the new one, nobody is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from callrouter import events as ev
from callrouter.agents import AgentState
from config.versions.store import VersionStore
from ivr.speech.spoken import Spoken
from ledger.clock import SystemClock
from pbx.errors import CommandFailed
from pbx.softphone_phone import Phone
from server.commands import publish as command
from server.studio.publishing import publish as publishing
from server.studio.room import StudioRoom
from tests.asterisk.house import MAIN, SITE, House, dial_code, house, tenant
from tests.asterisk.listening import is_heard

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

#: The menu waits until its caller has lived through a publication.
PATIENT_MENU = (SITE / "site.yaml").read_text().replace("first_key: 1.5s", "first_key: 60s")
DAN = "  dan: {name: Dan New, phone: 204, departments: [service]}\n"


@dataclass
class Stage:
    """A server for all tests here, with a draft of its own; Ann is of Sales, Cat of Service."""

    home: House
    draft: Path
    ann: Phone
    cat: Phone

    @property
    def room(self) -> StudioRoom:
        return StudioRoom.of(self.home.switchroom.settings, self.home.switchroom.live)

    def write(self, *replaced: tuple[str, str], more: str = "") -> None:
        """Write the draft: the site of the start, with this instead of that."""
        text = PATIENT_MENU
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        (self.draft / "site.yaml").write_text(text + more)

    async def publish(self, why: str = "") -> publishing.Published:
        done = await publishing.publish(self.room, who="admin", why=why, clock=SystemClock())
        assert done.trouble == ""
        return done

    def states(self) -> dict[str, AgentState]:
        return {name: agent.state for name, agent in self.home.switchroom.roster.agents.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("publish")
    (folder / "draft").mkdir()
    (folder / "draft" / "site.yaml").write_text(PATIENT_MENU)
    async with house(folder / "data", folder / "draft") as home:
        yield Stage(home, folder / "draft", await home.operator("ann"), await home.operator("cat"))


async def test_the_caller_in_a_menu_stays_on_its_version_and_the_next_hears_the_new(stage: Stage) -> None:
    home, server = stage.home, stage.home.switchroom
    await home.free("ann", "cat")
    before, agents = server.site.version, stage.states()
    watch = home.listen()
    first = await home.call(MAIN, "+37060000001")
    came = await watch.kind(ev.MenuEntered)

    stage.write(("1: {go: sales, as: {intent: buy}}", "1: {go: service}"), ("Sales one", "Help one"))
    done = await stage.publish("key 1 is Service")
    assert stage.states() == agents
    told = await watch.kind(ev.SitePublished)
    assert isinstance(told, ev.SitePublished)
    assert (told.number, told.version, told.previous, told.who) == (2, done.publication.version, before, "admin")

    second = await home.call(MAIN, "+37060000002", keys="1")
    ringing = await stage.cat.incoming()
    await ringing.answer()
    await first.keys("1")  # in the menu of before, where 1 is Sales
    rings = await stage.ann.incoming()
    await rings.answer()
    offered = {event.ani: event for event in watch.events if isinstance(event, ev.CallOffered)}
    assert [offered[number].site for number in ("+37060000001", "+37060000002")] == [before, told.version]
    assert {event.department for event in watch.events if isinstance(event, ev.CallQueued)} == {"sales", "service"}
    for call in (first, second):
        await call.hang_up()
    ends = await watch.times(ev.CallEnded, 2)
    assert {end.outcome for end in ends} == {"answered"}
    assert came.call in {end.call for end in ends}
    await home.settled()


async def test_a_new_persons_phone_can_register_and_a_former_one_is_logged_out(stage: Stage) -> None:
    home = stage.home
    await home.free("ann", "cat")
    stage.write(("emergency: {att", DAN + "\nemergency: {att"))
    await stage.publish()
    dan = await home.operator("dan")
    await home.free("ann", "cat", "dan")
    # nobody else was touched: their phones ring without another registration
    call = await home.call(MAIN, keys="1")
    ringing = await stage.ann.incoming()
    watch = home.listen()
    stage.write()
    await stage.publish()
    gone = await watch.until(lambda event: isinstance(event, ev.AgentChanged) and event.agent == "dan")
    assert isinstance(gone, ev.AgentChanged)
    assert gone.state == AgentState.LOGGED_OUT.value
    assert "dan" not in home.switchroom.roster.agents
    assert "dan" not in [phone.name for phone in home.switchroom.telephone.plan.phones]
    await ringing.answer()
    await ringing.hang_up()
    await call.ended()
    await home.settled()
    await home.forget_calls(dan)


async def test_what_asterisk_refuses_is_not_served_and_calls_go_on_as_before(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, live, asterisk = stage.home, stage.home.switchroom.live, stage.home.switchroom.telephone.asterisk
    before, plan, snapshot = live.served, asterisk.plan, home.switchroom.settings.snapshot.read_bytes()
    settings, reload, reloaded = asterisk.places.folder / "pjsip.conf", asterisk.reload, []
    written = settings.read_bytes()

    async def refuse(module: str) -> None:
        reloaded.append((module, b"[dan]" in settings.read_bytes()))
        if reloaded[-1][1]:
            raise CommandFailed(f"reload {module}: refused")
        await reload(module)

    monkeypatch.setattr(asterisk, "reload", refuse)
    stage.write(("emergency: {att", DAN + "\nemergency: {att"))
    done = await publishing.publish(stage.room, who="admin", why="", clock=SystemClock())
    assert done.trouble is not None
    assert "cannot be served: " in done.trouble
    assert "refused" in done.trouble
    assert (live.served, asterisk.plan) == (before, plan)
    # told of Dan in vain, and then of what was before; nothing else of Asterisk's was read again
    assert reloaded == [("res_pjsip.so", True), ("res_pjsip.so", False), ("pbx_config.so", False)]
    assert settings.read_bytes() == written
    assert home.switchroom.settings.snapshot.read_bytes() == snapshot
    await dial_code(stage.ann, "*11")

    # once Asterisk listens again, the word to look is enough
    monkeypatch.undo()
    await live.look()
    assert (live.trouble, live.served.publication.number) == ("", done.publication.number)
    assert "dan" in home.switchroom.roster.agents


async def test_the_command_line_publishes_and_a_kill_leaves_the_old_or_the_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft, data = tmp_path / "draft", tmp_path / "data"
    draft.mkdir()
    (draft / "site.yaml").write_text(PATIENT_MENU)
    store = VersionStore(data / "site")
    async with tenant(data, site=draft) as home:
        ann = await home.operator("ann")
        (draft / "site.yaml").write_text(PATIENT_MENU.replace("Sales one", "Help one") + DAN.replace("  dan", "# dan"))
        status = await asyncio.to_thread(
            command.publish, draft, data, why="other words", although_tests_fail=False, json=False
        )
        said = capsys.readouterr().out
        assert (status, "Published as number 2" in said, "New calls get it" in said) == (0, True, True)
        await home.tells(lambda event: isinstance(event, ev.SitePublished) and event.number == 2)

        # killed in the moment at which the third is in force, or hardly before
        (draft / "site.yaml").write_text(PATIENT_MENU.replace("Sales one", "Buy one"))
        publishing_third = asyncio.create_task(
            asyncio.to_thread(command.publish, draft, data, why="", although_tests_fail=False, json=False)
        )
        async with asyncio.timeout(60):
            while store.newest_number() < 3:  # noqa: ASYNC110 - a file of another thread, there is nothing to await
                await asyncio.sleep(0.005)
        await home.kill()
        await asyncio.gather(publishing_third, return_exceptions=True)
        await home.start()
        await home.tells(lambda event: isinstance(event, ev.SitePublished) and event.number == 3)
        caller = await home.caller()
        call = await caller.call(MAIN)
        await call.confirmed()
        await home.tells(lambda event: isinstance(event, ev.MenuEntered))
        await call.keys("1")
        await (await ann.incoming()).answer()  # she was not logged out by any of it
        await call.hang_up()

        # while no server runs, the emergency attendant serves what is published meanwhile
        await home.kill()
        status = await asyncio.to_thread(command.rollback, data, "2", why="", json=False)
        assert status == 0
        helped = home.prompts.path_of(Spoken("Help one, service two.", "en", None))
        call = await caller.call(MAIN)
        await call.confirmed()
        recording = tmp_path / "attendant.wav"
        await call.start_recording(recording)
        async with asyncio.timeout(30):
            while not await asyncio.to_thread(is_heard, recording, helped):  # noqa: ASYNC110
                await asyncio.sleep(0.3)
        await call.hang_up()
