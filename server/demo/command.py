"""`demo`: starts everything on the sample site, plays the scenes, tells the stories and gives the verdict."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import uvloop

from callrouter import archive, story
from callrouter import events as ev
from callrouter.calls import Call
from callrouter.events import Event
from callrouter.reception import Arrival
from ledger.entry import StoredEntry
from ledger.mailer import MailServer
from pbx.installation import default_cache
from pbx.softphone import Phones
from server.accounts import Accounts
from server.commands.up import announce
from server.demo import customers, day_report, faxes, post, receiver, scenes, verdict, voices
from server.demo.day_report import DayReport
from server.demo.fax_machine import DATA, SOUND, FaxMachine, fax_machine
from server.demo.fax_verdict import Judged, as_json, judge, summary
from server.demo.mail_server import MailCatcher
from server.demo.post import Mail
from server.demo.receiver import Receiver
from server.demo.scenes import ALL, ALONE, MESSAGES, OFFICE_HOURS, SLOW, TOGETHER
from server.demo.stage import SCENE_DEADLINE, Stage, Tone
from server.settings import Settings
from server.switchroom import Switchroom, running
from server.terminal import environment, foreseen, log_to, progress, put, put_json, stdout
from server.web.app import serving

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "config" / "acme"
#: So long after the last call the journal may take to have its end, seconds.
SETTLE = 10.0
_OK = (
    "Every call ended where it should, and the phones confirm it. The faxes came whole. "
    "The web-hook that was down has every event, in order, once per key. The report of the day adds up."
)
_NOT_OK = "Not everything ended as it should."


def run(*, once: bool, json: bool, data: Path | None) -> int:
    """Play the demo; 0 if every call ended where it should, the phones confirm it, and the faxes came whole."""
    with tempfile.TemporaryDirectory(prefix="switchroom-demo-", ignore_cleanup_errors=True) as temporary:
        folder = data or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        log_to(folder / "switchroom.log")
        with foreseen():
            # Beyond the demo's end people want to look at the faxes: without a folder of their own, in the cache.
            papers = data / "faxes" if data is not None else default_cache() / "demo" / "faxes"
            return uvloop.run(_demo(folder, papers, once=once, json=json))


async def _demo(folder: Path, papers: Path, *, once: bool, json: bool) -> int:
    times = {scene.caller: scene.at for scene in ALL}

    def menu_time(arrival: Arrival) -> datetime:
        return times.get(arrival.ani, OFFICE_HOURS)

    async with AsyncExitStack() as stack:
        partner = await stack.enter_async_context(receiver.receiver_that_is_down())
        site = await asyncio.to_thread(receiver.site_that_tells, partner, SITE, folder / "site")
        known = environment() | {receiver.VARIABLE: partner.secret}
        settings = Settings(site, folder, asterisk_dies_with_us=True, drain=1.0, environment=known)
        catcher = await stack.enter_async_context(MailCatcher())
        mail = MailServer(host=catcher.host, port=catcher.port, security="none", sender="switchroom@acme.example")
        with progress() as show:
            switchroom = await stack.enter_async_context(
                running(settings, show=show, menu_time=menu_time, mail_server=mail, publish=True)
            )
            address = await stack.enter_async_context(serving(switchroom, "127.0.0.1", 0))
            show("starting a fax machine behind the trunk", None)
            machine = await stack.enter_async_context(fax_machine(switchroom.telephone.asterisk))
        await customers.welcome(switchroom.customer_room)
        password = await customers.open_desks(Accounts(switchroom.database, switchroom.clock))
        if not json:
            await announce(switchroom, address)
            if password is not None:
                names = " or ".join(scenes.OPERATORS)
                put(f"  log in as {names} with the password {password} to see who calls, at {address}/desk")
            switchroom.chronicle.watch(_storyteller(switchroom))
        result = await _play(switchroom, catcher, machine, partner, folder, papers, address, json=json)
        if not once:
            put(f"The faxes are at {address}/fax. Send one from there: {DATA} and {SOUND} are the demo's fax machine.")
            put("The server goes on, and its pages stay open; end it with Ctrl-C.")
            await asyncio.Event().wait()
    return result


async def _play(
    switchroom: Switchroom,
    catcher: MailCatcher,
    machine: FaxMachine,
    partner: Receiver,
    folder: Path,
    papers: Path,
    address: str,
    *,
    json: bool,
) -> int:
    begun = switchroom.clock.now()
    recordings = folder / "heard"
    for made in (recordings, papers):
        made.mkdir(parents=True, exist_ok=True)
    words = await voices.render(switchroom.settings.prompts, {s.caller: s.says for s in MESSAGES if s.says})
    server = f"{switchroom.site.pbx.bind}:{switchroom.telephone.plan.ports.sip}"
    async with Phones() as phones:
        extensions = {name: str(switchroom.site.people[name].phone) for name in scenes.OPERATORS}
        stage = Stage(phones, server, recordings, extensions=extensions, words=words, tone=_tones(switchroom))
        try:
            await stage.log_in(switchroom.telephone.secrets.phones)
            async with asyncio.TaskGroup() as slow:
                faxing = slow.create_task(faxes.play(switchroom, machine, papers))
                for scene in (*SLOW, *MESSAGES):
                    slow.create_task(stage.play(scene))
                for scene in ALONE:
                    await stage.play(scene)
                # By the time these come the slow ones may still be there; they all get their turn.
                async with asyncio.TaskGroup() as together:
                    for scene in TOGETHER:
                        together.create_task(stage.play(scene))
        finally:
            await stage.close()
    await _settled(switchroom)
    calls = await archive.calls_between(switchroom.journal, begun, switchroom.clock.now())
    machines = {call.ani: call for call in calls if call.ani in (DATA, SOUND)}
    told = receiver.wanted([one async for one in switchroom.journal.between(begun, switchroom.clock.now())])
    async with asyncio.TaskGroup() as last:
        last.create_task(_comes_up(switchroom, partner, told))
        posted = last.create_task(post.collect(catcher, sum(bool(s.says) for s in MESSAGES) + len(faxing.result())))
    caught = posted.result()
    judged = [
        await asyncio.to_thread(judge, faxed, caught, machines.get(faxed.number), switchroom.spool, papers)
        for faxed in faxing.result()
    ]
    mails = await post.read(caught, switchroom.mailroom.voicemail)
    people = [call for call in calls if call.ani not in machines]
    printed = await day_report.make(switchroom, begun, calls, papers, address)
    return await _judge(switchroom, stage, people, mails, judged, (partner, told), printed, json=json)


async def _comes_up(switchroom: Switchroom, partner: Receiver, told: Sequence[StoredEntry]) -> None:
    """Let the receiver be there, and wait until it has everything."""
    await partner.come_up()
    # Only to lose no time: it would be tried again by itself.
    await switchroom.customer_room.connectors.send_again(receiver.NAME, by="demo")
    await partner.has({entry.id for entry in told})


def _tones(switchroom: Switchroom) -> Tone:
    """Return what waits for the tone that a caller of this number is about to hear."""
    heard: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def look(event: Event, call: Call | None) -> None:
        if isinstance(event, ev.MessageBegun) and call is not None:
            heard[call.ani].set()

    async def tone(caller: str) -> None:
        async with asyncio.timeout(SCENE_DEADLINE):
            await heard[caller].wait()

    switchroom.chronicle.watch(look)
    return tone


async def _settled(switchroom: Switchroom) -> None:
    """Wait until every call has its end in the journal."""
    ended = asyncio.Event()

    def look(event: Event, _: Call | None) -> None:
        if isinstance(event, ev.CallEnded) and not switchroom.chronicle.calls:
            ended.set()

    switchroom.chronicle.watch(look)
    if switchroom.chronicle.calls:
        async with asyncio.timeout(SETTLE):
            await ended.wait()
    await switchroom.journal.drain(SETTLE)


async def _judge(
    switchroom: Switchroom,
    stage: Stage,
    calls: list[Call],
    mails: list[Mail],
    judged: list[Judged],
    partner: tuple[Receiver, Sequence[StoredEntry]],
    printed: DayReport,
    *,
    json: bool,
) -> int:
    by_caller = {call.ani: call for call in calls}
    found: dict[str, list[str]] = {}
    for scene in ALL:
        call, witness = by_caller.get(scene.caller), stage.witnesses.get(scene.caller)
        found[scene.caller] = await asyncio.to_thread(verdict.faults, scene, call, witness)
    for caller, faults in post.faults(mails, MESSAGES).items():
        found[caller] += faults
    for fax in judged:
        found[f"fax {fax.faxed.direction.value}"] = list(fax.faults)
    found[receiver.NAME] = receiver.faults(*partner)
    found[day_report.NAME] = list(printed.faults)
    ok = len(calls) == len(ALL) and not any(found.values())
    if json:
        put_json(_result(switchroom, calls, mails, judged, partner, printed, found, ok=ok))
        return 0 if ok else 1
    put()
    for scene in ALL:
        _mark(f"{scene.name} {scene.title}: {_summary(by_caller.get(scene.caller))}", found[scene.caller])
    for fax in judged:
        _mark(summary(fax), fax.faults)
    _mark(receiver.summary(*partner), found[receiver.NAME])
    _mark(day_report.summary(printed), found[day_report.NAME])
    put()
    for mail in mails:
        put(f"Mail to {mail.to}: {mail.subject}")
        put(f"    “{mail.transcript}”  ({', '.join(mail.attachments)})")
    put()
    put(_OK if ok else _NOT_OK)
    return 0 if ok else 1


def _mark(told: str, faults: Sequence[str]) -> None:
    mark, style = ("✔", "green") if not faults else ("✘", "red")
    stdout.print(f"{mark} {told}", style=style)
    for fault in faults:
        stdout.print(f"    {fault}", style="red")


def _result(
    switchroom: Switchroom,
    calls: list[Call],
    mails: list[Mail],
    judged: list[Judged],
    partner: tuple[Receiver, Sequence[StoredEntry]],
    printed: DayReport,
    found: dict[str, list[str]],
    *,
    ok: bool,
) -> dict[str, Any]:
    return {
        "asterisk": switchroom.telephone.asterisk.installation.version,
        "site": switchroom.site.version,
        "calls": [verdict.as_json(call) for call in calls],
        "mails": [asdict(mail) for mail in mails],
        "faxes": [as_json(fax) for fax in judged],
        "web_hook": receiver.as_json(*partner),
        "report": day_report.as_json(printed),
        "faults": {caller: faults for caller, faults in found.items() if faults},
        "ok": ok,
    }


def _summary(call: Call | None) -> str:
    if call is None or call.outcome is None:
        return "no end"
    if call.answered_by:
        return f"{call.destination}, {call.answered_by} answered after {call.waited:.0f} s, talked {call.talked:.0f} s"
    return call.outcome.value + (f" in the {call.abandoned_in}" if call.abandoned_in else "")


def _storyteller(switchroom: Switchroom) -> Any:
    """Return a watcher that prints each call's story as it happens, in one colour a caller."""
    colours = ["cyan", "magenta", "yellow", "blue", "green", "bright_cyan", "bright_magenta", "bright_yellow"]
    names = {scene.caller: (scene.name, colours[i % len(colours)]) for i, scene in enumerate(scenes.ALL)}
    names[DATA] = (faxes.MACHINE, "white")
    zone = switchroom.site.company.zone

    def tell(event: Event, call: Call | None) -> None:
        said = story.sentence(event)
        if not said or not event.call:
            return
        name, colour = names.get(call.ani if call else "", (event.call, "white"))
        if isinstance(event, ev.FaxCallBegun | ev.FaxCallEnded):
            name = "our fax"
        at = event.at.astimezone(zone)
        stdout.print(f"{at:%H:%M:%S}  {name:<16} {said}", style=colour)

    return tell
