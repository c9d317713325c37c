"""A fax room for tests: the real ledger, spool, rules and paper; a line and a road that do what they are told."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from callrouter.faxes import LeftFax
from config.schema import Site
from fax.documents.errors import DocumentLost
from fax.ending import Ending
from fax.jobs import FaxJobs
from fax.model import Attempt, Fax, NoSuchFax, Order, Result, State
from fax.preparing import Preparing
from fax.promises import KIND, REPORT
from fax.queue import FaxQueue
from fax.service import FaxService
from ivr.conversation import FaxTaken
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import KIND as DELIVER
from ledger.deliveries import Deliveries
from ledger.delivery_model import Accepted, Delivery
from ledger.delivery_model import Result as Carried
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs, JobState
from ledger.spool import Spool

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "fax"
TWO_PAGES = FIXTURES / "fine-204x196-2pages.tif"
BROKEN_OFF = FIXTURES / "broken-off-after-page-1.tif"

SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "country": "LT", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0009": {"go": {"fax": "billing"}}},
        "departments": {"billing": {"name": "Billing"}, "support": {}},
        "people": {
            "alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing"]},
            "bob": {"name": "Bob Roe", "phone": "102", "departments": ["support"]},
        },
        "faxboxes": {
            "billing": {
                "deliver": ["billing@acme.example", {"folder": "/srv/faxes"}],
                "confirm": ["office@acme.example"],
                "keep": "30d",
            },
            "support": {"deliver": ["support@acme.example"]},
            "quiet": {"people": ["bob"]},
        },
        "fax": {
            "busy": {"tries": 3, "after": "60s"},
            "no_answer": {"tries": 2, "after": "300s"},
            "failed": {"tries": 2, "after": "120s"},
        },
        "mail": {"server": "127.0.0.1", "sender": "switchroom@acme.example"},
    }
)


@dataclass(frozen=True)
class Over:
    """How a call with a fax ends."""

    result: str
    pages: int = 0
    seconds: float = 30.0
    station: str = "ELSEWHERE"
    rate: int = 14_400
    dots: tuple[int, int] = (204, 196)
    ecm: bool = True
    t38: bool = True
    why: str = ""
    #: A machine answered, so pages began to go out.
    began: bool = True


SENT = Over("sent", 2)
BUSY = Over("busy", seconds=0.0, why="the number is busy", began=False)


@dataclass
class FakeLine:
    """A line on which calls end as told, in that order; else every fax arrives."""

    overs: list[Over | Exception] = field(default_factory=list)
    remembered: dict[str, Over] = field(default_factory=dict)
    #: Numbers, in the order of the calls.
    called: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    #: Calls wait here before they end, while this is set to be held.
    held: asyncio.Event | None = None
    ringing: asyncio.Event = field(default_factory=asyncio.Event)

    def new_call(self) -> str:
        self.calls.append(f"fax-{len(self.calls) + 1}")
        return self.calls[-1]

    async def send(
        self, fax: str, call: str, number: str, path: Path, *, station: str, header: str, shown_as: str,
        began: Callable[[], Awaitable[None]],
    ) -> Over:  # fmt: skip
        assert await asyncio.to_thread(path.is_file)
        self.called.append(number)
        over = self.overs.pop(0) if self.overs else SENT
        if isinstance(over, Exception):
            raise over
        if over.began:
            await began()
        self.ringing.set()
        if self.held is not None:
            await self.held.wait()
            if call in self.hung_up:
                return Over("cancelled", 1, why="ended by a person")
        return over

    async def recover(self, call: str, fax: str, of: int) -> Over | None:
        return self.remembered.get(call)

    async def forget(self, call: str) -> None:
        self.forgotten.append(call)
        self.remembered.pop(call, None)

    async def hang_up(self, call: str) -> None:
        self.hung_up.append(call)
        if self.held is not None:
            self.held.set()

    async def pages(self, call: str) -> int | None:
        return 1 if call in self.calls else None


@dataclass
class Road:
    """Carries deliveries as told, in that order; else each is accepted."""

    results: list[Carried] = field(default_factory=list)
    carried: list[Delivery] = field(default_factory=list)

    async def carry(self, delivery: Delivery) -> Carried:
        self.carried.append(delivery)
        return self.results.pop(0) if self.results else Accepted("250 ok")

    @property
    def receivers(self) -> list[str]:
        return [delivery.receiver for delivery in self.carried]


@dataclass
class Drawn:
    """Draws reports; fails as often as it is told."""

    failures: int = 0
    facts: list[tuple[Fax, Sequence[Attempt]]] = field(default_factory=list)

    async def __call__(self, fax: Fax, attempts: Sequence[Attempt], _site: Site) -> bytes:
        if self.failures:
            self.failures -= 1
            raise DocumentLost("the process died")
        self.facts.append((fax, attempts))
        return b"%PDF-1.4 report"


@dataclass
class House:
    """The parts, and words for what tests do with them."""

    db: Database
    spool: Spool
    folder: Path
    clock: ManualClock
    line: FakeLine
    road: Road
    drawn: Drawn
    service: FaxService
    deliveries: Deliveries
    jobs: Jobs
    queue: FaxQueue
    runner: JobRunner

    def left(self, box: str = "billing", source: Path = TWO_PAGES, name: str = "f1", **more: object) -> LeftFax:
        """Receive something, as Asterisk would."""
        path = self.folder / f"{name}.tif"
        shutil.copyfile(source, path)
        about: dict[str, object] = {
            "pages": 2, "ok": True, "station": "SENDER 1", "rate": 14_400, "resolution": (204, 196), "ecm": True,
        }  # fmt: skip
        fax = FaxTaken(str(path), **{**about, **more})  # type: ignore[arg-type]
        return LeftFax(
            box, fax, self.clock.now(), "c-1", "+37052000009", "+37060000001", "Ona", {"intent": "invoice"}, ("main",),
            40.0,
        )  # fmt: skip

    async def keep(self, box: str = "billing", source: Path = TWO_PAGES, name: str = "f1", **more: object) -> str:
        """Receive a fax and return its id."""
        return await self.service.keep(self.left(box, source, name, **more))

    def document(self, content: bytes = b"Dear Sir,\nplease pay.\n", name: str = "letter.txt") -> Path:
        """Write something to be sent."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    async def order(self, document: Path | None = None, **more: object) -> Fax:
        """Order a fax."""
        about: dict[str, object] = {"box": "billing", "number": "+370 600 00007", "sent_by": "alice"}
        return await self.service.submit(Order(**{**about, **more}), document or self.document())  # type: ignore[arg-type]

    async def until(self, id_: str, wanted: Callable[[Fax], bool]) -> Fax:
        """Wait until a fax is so."""
        changed = asyncio.Event()
        stop = self.service.watch(lambda _: changed.set())
        try:
            async with asyncio.timeout(30):
                while not wanted(fax := await self.service.get(id_)):
                    await changed.wait()
                    changed.clear()
            return fax
        finally:
            stop()

    async def becomes(self, id_: str, state: State) -> Fax:
        """Wait until a fax is in a state."""
        return await self.until(id_, lambda fax: fax.state is state)

    async def steps(self, id_: str, last: str, times: int = 1) -> list[str]:
        """Wait until something happened to a fax so often, and return all that did."""
        async with asyncio.timeout(30):
            while True:
                steps = [step.what for step in await self.service.ledger(id_)]
                if steps.count(last) >= times:
                    return steps
                await asyncio.sleep(0.01)

    async def results(self, id_: str) -> list[Result | None]:
        return [attempt.result for attempt in await self.service.attempts(id_)]

    async def forget(self, **after: float) -> None:
        """Let time pass, and forget what is old by then."""
        self.clock.advance(timedelta(**after).total_seconds())
        while await self.service.forget_old():
            pass

    def files(self) -> list[str]:
        """List what the spool holds."""
        return sorted(path.name for path in (self.folder / "spool").rglob("*") if path.is_file())

    async def until_files(self, *names: str) -> None:
        """Wait until the spool holds these files only, and nobody works any more."""
        async with asyncio.timeout(30):
            while True:
                if not self.runner.running and self.files() == sorted(names):
                    return
                await asyncio.sleep(0.01)

    async def is_gone(self, id_: str) -> bool:
        """Tell whether nothing is left of a fax, nor any other file."""
        try:
            await self.service.get(id_)
        except NoSuchFax:
            return not self.files()
        return False

    async def put_back(self, id_: str) -> None:
        """Wait until the job that calls a fax out waits for its next time; before that no time may pass."""
        async with asyncio.timeout(30):
            while True:
                job = await self.jobs.find(f"fax.send {id_}")
                if job is not None and job.state is JobState.WAITING and job.run_at > self.clock.now():
                    return
                await asyncio.sleep(0.01)

    def pass_time(self, **more: float) -> None:
        self.clock.advance(timedelta(**more).total_seconds())
        self.runner.look()


@asynccontextmanager
async def house(
    db: Database, folder: Path, *, line: FakeLine | None = None, road: Road | None = None, works: bool = True
) -> AsyncIterator[House]:
    """Put the parts together; without `works` nobody does the jobs."""
    line, road, drawn = line or FakeLine(), road or Road(), Drawn()
    clock = ManualClock()
    spool = await Spool.open(folder / "spool")
    jobs, deliveries = Jobs(db, clock), Deliveries(db, clock)

    def site() -> Site:
        return SITE

    service = FaxService(db, spool, jobs, deliveries, site, clock)
    for kind in (KIND, REPORT):
        roads = dict.fromkeys(("mail", "folder", "webhook"), road)
        deliveries.serve(roads, {kind: service.delivery_ended}, locks={kind: service.lock})
    looking = asyncio.Semaphore(2)
    ending = Ending(service, db, spool, jobs, site, clock, drawn)
    queue = FaxQueue(service, db, spool, site, clock, ending, line)
    service.orders.ask_to_stop = queue.stop
    came = FaxJobs(service, db, spool, jobs, site, clock, looking)
    handlers = {
        **came.handlers(),
        **Preparing(service, db, spool, jobs, site, clock, ending, looking).handlers(),
        **ending.handlers(),
        **queue.handlers(),
        DELIVER: deliveries.run,
    }
    runner = JobRunner(db, handlers, clock)
    reader = JobRunner(db, came.readers(), clock, at_once=1)
    made = House(db, spool, folder, clock, line, road, drawn, service, deliveries, jobs, queue, runner)
    if not works:
        yield made
        return
    async with service.under_way, runner, reader:
        yield made
