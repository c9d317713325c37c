"""A house in which a person left traces everywhere, for tests of forgetting: the real rules on real files."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from callrouter import events as ev
from callrouter.chronicle import Chronicle
from callrouter.faxes import LeftFax
from callrouter.messages import LeftMessage
from config.schema import Site
from crm_bridge.connectors import store as waiting_store
from crm_bridge.connectors.model import CustomerShort, Occasion, Waiting, WaitingState
from crm_bridge.erasing_model import Erasure
from crm_bridge.jobs import Projection as Contacts
from crm_bridge.model import Details, Mail, MatterKind, Phone
from fax import store as faxes_store
from fax.model import Direction, Fax, State
from fax.model import TextState as FaxText
from fax.service import FaxService
from ivr.conversation import FaxTaken
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.jobs import TOPIC, Job, Jobs
from ledger.journal import Journal
from ledger.spool import Spool
from ledger.tables import jobs as jobs_table
from reports.records import Projection as Records
from reports.rules import Definition
from server.customer_room import CustomerRoom
from server.privacy_office import Premises, PrivacyOffice
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.fixtures.journal_of_calls import store as put
from tests.voicemail.house import write_wav
from voicemail import store as messages_store
from voicemail.model import TextState
from voicemail.service import Voicemail

TWO_PAGES = Path(__file__).resolve().parents[1] / "fixtures" / "fax" / "fine-204x196-2pages.tif"
ONA, ALSO_ONA, OFFICE, JONAS = "+37060000001", "+37061234567", "+37052111111", "+37060000002"
NAME, MAIL = "Ona Žilvinaitė", "ona.zilvinaite@acme.example"
#: What must be nowhere in the end, in whatever part of the house; in JSON, and as the index of words has it, too.
TRACES = (
    "37060000001", "60000001", "37061234567", NAME, "Onutė Žilvinaitė", "ilvinait", "zilvinaite", MAIL,
    "likes aardvarks", "a kennel", "walk the aardvark", "please send the zeppelin", "quixotic invoice", "4711998",
)  # fmt: skip

SITE = Site.model_validate(
    {
        "company": {"name": "Acme & Söhne", "country": "LT", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"go": {"voicemail": "billing"}, "as": {"intent": "invoice"}}},
        "departments": {"billing": {"name": "Billing"}, "support": {}},
        "people": {"alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing"]}},
        "mailboxes": {"billing": {"mail": ["billing@acme.example"], "keep": "30d"}},
        "faxboxes": {"billing": {"deliver": ["billing@acme.example"], "keep": "30d"}},
        "mail": {"server": "127.0.0.1", "sender": "switchroom@acme.example"},
    }
)


@dataclass
class House:
    """The parts, and words for what tests do with them."""

    folder: Path
    db: Database
    journal: Journal
    chronicle: Chronicle
    clock: ManualClock
    spool: Spool
    room: CustomerRoom
    voicemail: Voicemail
    faxes: FaxService
    deliveries: Deliveries
    office: PrivacyOffice

    async def caught_up(self) -> None:
        """Let everything that is derived be written."""
        await Records(self.journal, self.db, Definition).catch_up()
        await Contacts(self.journal, self.db, "LT").catch_up()

    async def rebuilt(self) -> None:
        """Derive everything anew."""
        for projection in (Records(self.journal, self.db, Definition), Contacts(self.journal, self.db, "LT")):
            await projection.start_over()
            await projection.catch_up()

    async def rows(self, table: str) -> list[dict[str, object]]:
        """Return a table as it is."""
        async with self.db.reading() as session:
            found = await session.execute(sa.text(f"SELECT * FROM {table} ORDER BY 1"))
            return [dict(row) for row in found.mappings()]

    async def fill(self) -> str:
        """Let a person leave traces everywhere, among others who stay, if none are there; return the customer's id."""
        if (known := await self.room.customers.find_caller(ONA)) is not None:
            return known.id
        files, matters, merging = self.room.files, self.room.matters, self.room.merging

        def details(name: str, *numbers: str, mails: Collection[str] = (), **more: object) -> Details:
            phones, addresses = tuple(Phone("", n) for n in numbers), tuple(Mail(m) for m in mails)
            return Details(name, phones=phones, mails=addresses, **more)  # type: ignore[arg-type]

        ona = await files.add(details("Ona Petraitė", ONA, OFFICE, mails=[MAIL], address="Elm 7"), "ann")
        ona = await files.change(ona.id, ona.version, details(NAME, ONA, OFFICE, mails=[MAIL], address="Elm 7"), "ann")
        twin = await files.add(details("Onutė Žilvinaitė", ALSO_ONA), "ann")
        await files.add(details("Jonas Kitas", JONAS, OFFICE), "ann")
        await matters.add_note(ona.id, "likes aardvarks", "ann")
        matter = await matters.add_matter(ona.id, MatterKind.OFFER, "a kennel", "ann", amount=5)
        await matters.add_activity(ona.id, "walk the aardvark", self.clock.now(), "ann", matter=matter.id)
        await merging.merge(ona.id, twin.id, "ann")
        await self.room.privacy.looked(ona.id, "bob")
        await self._call()
        await self.caught_up()
        await self._leave()
        await self._owe(ona.id)
        await asyncio.to_thread(self._lay)
        return ona.id

    async def _call(self) -> None:
        at = START
        one = Caller("c1", ani="8 600 00001", at=at).menu()
        one.tell(ev.KeysPressed, keys="4711998", menu="main").tell(ev.KeysPressed, keys="1", menu="main")
        one.tell(ev.FactNamed, name="customer", value="4711998")
        one.joins().rings("alice").answered().released()
        out = ev.OutboundBegun(at=at, call="out1", agent="alice", number=ALSO_ONA)
        over = ev.OutboundEnded(at=at + timedelta(minutes=2), call="out1", reply="answered", talked=60.0)
        fax = ev.FaxCallBegun(at=at, call="fax1", number=ONA, fax="f-out")
        sent = ev.FaxCallEnded(at=at + timedelta(minutes=1), call="fax1", fax="f-out", result="sent", pages=2)
        named = Caller("c2", ani=JONAS, at=at + timedelta(minutes=9))
        named.tell(ev.CallTransferred, to=ONA)
        for story in (
            one.ends("answered"),
            abandoned_call("c3", ani=ONA, at=at + timedelta(minutes=3)),
            answered_call("c4", ani=JONAS, at=at + timedelta(minutes=4)),
            answered_call("c5", ani=OFFICE, at=at + timedelta(minutes=5)),
            answered_call("c6", ani="", at=at + timedelta(minutes=6)),
            [out, over, fax, sent],
            named.ends("answered"),
        ):
            await put(self.db, story)

    async def _leave(self) -> None:
        for name, call, number, words in (
            ("m1", "c1", ONA, "please send the zeppelin"),
            ("m2", "", ALSO_ONA, ""),
            ("m3", "c4", JONAS, "somebody else"),
        ):
            path = write_wav(self.folder / f"{name}.wav")
            left = LeftMessage("billing", path, self.clock.now(), 3.0, call, "+37052000000", number, "Ona")
            id_ = (await self.voicemail.keep(left)).partition(".")[0]
            path.unlink()
            async with self.db.writing() as session:
                await messages_store.put_text(session, id_, TextState.DONE, words, (), "fake")
                await self.deliveries.promise(
                    session, kind="voicemail", about=id_, channel="mail", receiver="billing@acme.example"
                )
        path = self.folder / "f1.tif"
        shutil.copyfile(TWO_PAGES, path)
        taken = FaxTaken(str(path), pages=2, ok=True, station="SENDER", resolution=(204, 196))
        kept = await self.faxes.keep(LeftFax("billing", taken, self.clock.now(), "c3", "+37052000009", ONA, NAME))
        path.unlink()
        async with self.spool.create(".pdf") as writer:
            await writer.write(b"%PDF-1.4 quixotic")
        assert writer.stored is not None
        async with self.db.writing() as session:
            await faxes_store.put_text(session, kept, FaxText.DONE, "quixotic invoice")
            await faxes_store.change(session, kept, pdf=writer.stored.name)
            now = self.clock.now()
            fax = Fax("f-out", Direction.OUT, "billing", State.SENT, now, now, number=ONA, name=NAME, subject="Hello")
            await faxes_store.add(session, fax)

    async def _owe(self, customer: str) -> None:
        now, jobs = self.clock.now(), Jobs(self.db, self.clock)
        about = CustomerShort(customer, NAME, "", (ONA,))
        occasion = Occasion("e1", 1, "call_ended", now, customer, "c1", data={"ani": ONA}, customer=about)
        async with self.db.writing() as session:
            await waiting_store.park(session, [Waiting("shop", occasion, WaitingState.WAITING, 0, now, now, "")])
            await jobs.add(session, Job("old", "old 1", {"to": MAIL}))
            failed = {"state": "failed", "last_error": f"550 no such user {MAIL}"}
            await session.execute(sa.update(jobs_table).where(jobs_table.c.key == "old 1").values(failed))
        await self.room.connectors.look_up(ONA, 0.0)

    def _lay(self) -> None:
        drop, log = self.folder / "drop", self.folder / "asterisk" / "log"
        for folder in (drop, log, self.folder / "imports"):
            folder.mkdir(parents=True, exist_ok=True)
        (drop / "left-1.json").write_text(json.dumps({"uniqueid": "x", "ani": "+370 600 00001"}))
        write_wav(drop / "left-1.wav")
        (drop / "left-2.json").write_text(json.dumps({"uniqueid": "y", "ani": JONAS}))
        write_wav(drop / "left-2.wav")
        (log / "asterisk.log").write_text(f"WARNING no answer from {ONA}\nWARNING no answer from {JONAS}\n")
        (self.folder / "journal" / "refused.txt").write_text(json.dumps({"data": {"ani_name": NAME}}) + "\n")
        (self.folder / "imports" / "a1.import").write_bytes(f"name;phone\n{NAME};861234567\n".encode("cp1257"))

    def left(self, traces: Collection[str] = TRACES) -> dict[str, list[str]]:
        """Search every file byte by byte, in every way in which texts are written; return by file what is found."""
        found: dict[str, list[str]] = {}
        for path in sorted(path for path in self.folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            for trace in traces:
                forms = {trace.encode(), json.dumps(trace)[1:-1].encode(), trace.encode("utf-16-le")}
                if any(form in content for form in forms):
                    found.setdefault(str(path.relative_to(self.folder)), []).append(trace)
        return found

    async def forget(self, customer: str, *, name: str = NAME) -> None:
        """Have a person forgotten, and wait until it is done."""
        erasure = await self.office.erasures.ask(customer, name, "dpo")
        async with self.office.working():
            await self.until(erasure.id, lambda erasure: erasure.ended_at is not None)

    async def until(self, erasure: str, wanted: Callable[[Erasure], bool], *, pass_time: bool = False) -> None:
        """Wait until an erasure is so; what waits for a later try is tried at once if time passes."""
        async with asyncio.timeout(60):
            while True:
                if wanted(await self.office.erasures.get(erasure)):
                    return
                if pass_time:
                    self.clock.advance(11)
                    self.db.wakeups.wake(TOPIC)
                await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house full of traces, to be copied."""
    folder = tmp_path_factory.mktemp("filled")

    async def fill() -> None:
        async with open_house(folder) as house:
            await house.fill()

    asyncio.run(fill())
    return folder


@asynccontextmanager
async def open_house(folder: Path, database: str = "") -> AsyncIterator[House]:
    """Open it, or what an earlier process has left of it; the `database` is one in the folder or this one."""
    clock = ManualClock(START + timedelta(days=1))
    async with (
        await Database.open(database or folder / "switchroom.db") as db,
        await Journal.open(db, folder / "journal", group_seconds=0.001) as journal,
    ):
        yield await house_of(folder, db, journal, clock, Chronicle(journal))


async def house_of(folder: Path, db: Database, journal: Journal, clock: ManualClock, chronicle: Chronicle) -> House:
    """Put the parts together on a ledger that is open."""

    def site() -> Site:
        return SITE

    spool = await Spool.open(folder / "spool")
    jobs, deliveries = Jobs(db, clock), Deliveries(db, clock)
    voicemail = Voicemail(db, spool, jobs, deliveries, site, clock)
    faxes = FaxService(db, spool, jobs, deliveries, site, clock)
    room = CustomerRoom.of(site, db, journal, clock)
    at = Premises(site, clock, db, journal, chronicle, spool, deliveries, room, folder, folder / "drop")
    return House(folder, db, journal, chronicle, clock, spool, room, voicemail, faxes, deliveries, PrivacyOffice.of(at))
