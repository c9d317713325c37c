"""The emergency attendant: serves one caller when Switchroom is not there. `python -m ivr.attendant SNAPSHOT`.

Owns what a caller gets then: the last published menus, emergency phones instead of waiting lines, and a message or
fax kept for later. Needs neither server nor database.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from asterisk.agi import AGI

from config.schema import Site
from config.values import Destination, e164
from ivr import phrases
from ivr.attendant import closed as doors
from ivr.attendant import report as reports
from ivr.attendant import snapshot as snapshots
from ivr.attendant.closed import Closed
from ivr.attendant.leg import AttendantLeg, caller, environment
from ivr.attendant.report import Report
from ivr.closed_way import closed_way
from ivr.conversation import ONE_A_CALL, CallerGone, HandOver, Reply, Taking
from ivr.fax_came import Came, came, is_only_tone
from ivr.fax_prompts import no_fax_machine, start_fax
from ivr.greeting import greeting
from ivr.interpreter import Dialogue, Outcome
from ivr.message import take_message
from ivr.steps import BranchTaken, Step

#: How long emergency phones ring, seconds.
RING = 40.0
#: Before so many closed doors in a row a caller is let go.
MOST_DOORS = 5
#: How a call has ended after a fax.
_OUTCOMES = {Came.PAGES: "fax", Came.NOTHING: "abandoned", Came.REFUSED: "failed", Came.VOICE: "abandoned"}


class Attendant:
    """Serves one caller, and keeps the report up to date on the way."""

    def __init__(
        self, snapshot: snapshots.Snapshot, leg: AttendantLeg, report: Report, closed: Sequence[Closed] = ()
    ) -> None:
        self._site: Site = snapshot.site
        self._leg = leg
        self._report = report
        self._closed = closed
        self._language = snapshot.site.company.language

    async def serve(self, did: str) -> None:
        """Lead the caller through the menus to whatever can still be done. Raises `CallerGone`."""
        number = self._site.find_number(did)
        if number is None:
            self._report.outcome = "unknown_number"
            await self._say("unknown_number")
            return
        if number.fax is not None and self._leg.heard_machine():
            await self._is_voice(number.fax, [], heard=True)
            await self._leg.hangup()
            return
        if number.fax is not None:
            self._leg.listen_for_machine()
        dialogue = Dialogue(self._site, self._leg, at=datetime.now(UTC), language=number.language, note=self._note)
        entry, why = number.entry, "number dialled"
        shut = doors.find(self._closed, did)
        if shut is not None and (entry.kind != "fax" or shut.scope != "line"):
            entry, why = await self._turn_away(shut, entry, dialogue.language)
        outcome = await self._past_doors(dialogue, await dialogue.follow(entry, why), did)
        self._language = dialogue.language
        if outcome.destination.kind == "fax" and await self._is_voice(outcome.destination.name, dialogue.path):
            why, origin = "no fax machine was heard", str(outcome.destination)
            outcome = await dialogue.follow(Destination(kind="back"), why)
            self._note(BranchTaken(origin, str(outcome.destination), why))
        await self._go(outcome.destination)
        await self._leg.hangup()

    async def _past_doors(self, dialogue: Dialogue, outcome: Outcome, did: str) -> Outcome:
        """Turn the caller away from departments that are closed by hand, until there is none."""
        for _ in range(MOST_DOORS):
            to = outcome.destination
            shut = doors.find(self._closed, did, to.name) if to.kind == "department" else None
            if shut is None:
                return outcome
            outcome = await dialogue.follow(*await self._turn_away(shut, to, dialogue.language))
        return Outcome(Destination(kind="hangup"), "closed by hand")

    async def _turn_away(self, shut: Closed, entry: Destination, language: str) -> tuple[Destination, str]:
        """Tell that it is closed; return where the caller goes instead, and why."""
        to, why = closed_way(self._site, entry), "closed: by hand"
        self._note(BranchTaken(str(entry), str(self._site.resolve(to)), why))
        words = shut.words(language) or phrases.phrase(self._site, "nobody_here", language)
        await self._leg.play([words], interruptible=False)
        return to, why

    async def _go(self, destination: Destination) -> None:
        match destination.kind:
            case "fax":
                return  # taken already, or there was no machine, and so it is now
            case "department":
                phones = self._site.departments[destination.name].emergency_phones or self._site.emergency.phones
                await self._ring_or_record(phones, destination.name)
            case "person":
                await self._ring_or_record((destination.name,), destination.name)
            case "voicemail":
                await self._take_message(destination.name)
            case _:
                self._report.outcome = "closed" if destination.kind == "hangup" else "unserved"

    async def _ring_or_record(self, phones: tuple[str, ...], mailbox: str) -> None:
        if phones:
            handed = await self._leg.hand_over(HandOver(phones, RING))
            if handed.reply is Reply.ANSWERED:
                self._report.outcome = "answered"
                self._report.answered_by = handed.answered_by
                self._report.talked = handed.talked
                self._report.caller_gone = handed.caller_gone
                return
            if handed.caller_gone:
                raise CallerGone
        await self._take_message(mailbox)

    async def _take_message(self, mailbox: str) -> None:
        async def began(path: str) -> None:
            # Whatever happens from here on: the message that lies beside the report is for this mailbox.
            self._report.mailbox = mailbox
            with suppress(OSError):  # a full disk is told when the recording fails
                reports.begin(Path(path), self._report, "voicemail")

        box = self._site.mailbox(mailbox)
        message = await take_message(
            self._leg,
            self._site,
            self._language,
            greeting=[greeting(self._site, box, self._language, datetime.now(UTC))],
            taking=Taking(box.longest, box.silence),
            least=box.least,
            review=box.review,
            began=began,
            note=self._note,
        )
        if message.gone and is_only_tone(message.recording) and self._leg.heard_machine():
            if message.recording is not None:
                await self._leg.discard(message.recording.path)
            raise CallerGone
        if message.recording is not None:
            self._leg.keep(message.recording)
            self._report.outcome = "voicemail"
            self._report.seconds = message.recording.seconds
            if not (message.gone or message.refused):
                await self._say("thank_you")
        elif message.gone:
            raise CallerGone

    async def _is_voice(self, faxbox: str, path: list[str], *, heard: bool = False) -> bool:
        """Take a fax; tell whether there was a person instead, who chose it in a menu and can choose again.

        `heard` says that a machine was heard already.
        """
        self._leg.listen_no_more()
        if path:
            await start_fax(self._leg, self._site, self._language, self._note)
        file = self._leg.fax_path()
        self._report.faxbox = faxbox
        with suppress(OSError):  # a full disk is told when the fax fails
            # If we die, the file tells whether it was a fax.
            reports.begin(Path(file), self._report, "failed")
        box = self._site.faxbox(faxbox)
        fax = await self._leg.take_fax(file, station=box.station or box.number or self._report.did)
        if fax.why == ONE_A_CALL:
            return False
        self._report.fax = asdict(fax)
        what = came(fax, heard=heard)
        if what is Came.VOICE and not fax.gone:
            await no_fax_machine(self._leg, self._site, self._language, self._note)
            if path:
                return True
        self._report.outcome = _OUTCOMES[what]
        self._report.caller_gone = fax.gone
        return False

    async def _say(self, name: str) -> None:
        await self._leg.play([phrases.phrase(self._site, name, self._language)], interruptible=False)

    def _note(self, step: Step) -> None:
        self._report.steps.append({"kind": type(step).__name__, "at": reports.now(), **vars(step)})


def main(arguments: list[str]) -> int:
    """Serve the caller on standard input and output; 0 if he was served to the end, else the dialplan goes on."""
    snapshot = snapshots.read(Path(arguments[0]))
    # pyst2 writes every digit to its stderr; those are the caller's.
    with Path(os.devnull).open("w") as nowhere:
        agi = AGI(sys.stdin, sys.stdout, nowhere)
        country = snapshot.site.company.country
        dialled = environment(agi, "agi_arg_1") or environment(agi, "agi_extension")
        report = Report(
            uniqueid=environment(agi, "agi_uniqueid"),
            did=e164(dialled, country) or dialled,
            ani=caller(agi, country),
            site=snapshot.site.version,
            began=reports.now(),
        )
        snapshot.drop.mkdir(parents=True, exist_ok=True, mode=0o700)
        is_machine = False
        leg = AttendantLeg(agi, snapshot.book, snapshot.drop / reports.stem(report.uniqueid))
        try:
            leg.answer()
            closed = doors.read(Path(arguments[0]).parent, datetime.now(UTC))
            asyncio.run(Attendant(snapshot, leg, report, closed).serve(report.did))
        except CallerGone:
            report.caller_gone = True
            is_machine = leg.heard_machine()
            if report.outcome == "unserved":
                report.outcome = "abandoned"
        except Exception as error:
            report.error = type(error).__name__
            raise
        finally:
            report.ended = reports.now()
            if is_machine:  # Asterisk starts another of us for the fax, which tells what became of it
                reports.withdraw(snapshot.drop, report)
            else:
                reports.write(snapshot.drop, report)
        try:
            leg.mark_done()
        except CallerGone:
            return 0  # nobody is left who would need the mark
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
