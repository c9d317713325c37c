"""What is promised is tried until somebody accepts it, and people are told when nobody does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.backoff import Backoff
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import KIND, Deliveries
from ledger.delivery_model import Accepted, Delivery, DeliveryState, Later, Refused, Result
from ledger.errors import NoSuchDelivery
from ledger.job_runner import JobRunner
from ledger.jobs import Done, Jobs, JobState
from ledger.tables import deliveries, jobs

BACKOFF = Backoff(first=10.0, longest=100.0, attempts=1_000_000)


class Road:
    """A carrier that does what it is told, one thing each time; in the end all is accepted."""

    def __init__(self, *results: Result | Exception) -> None:
        self.results = list(results)
        self.carried: list[Delivery] = []
        self._changed = asyncio.Event()

    async def carry(self, delivery: Delivery) -> Result:
        self.carried.append(delivery)
        self._changed.set()
        result = self.results.pop(0) if self.results else Accepted("250 ok")
        if isinstance(result, Exception):
            raise result
        return result

    async def carried_times(self, times: int) -> None:
        async with asyncio.timeout(20):
            while len(self.carried) < times:
                self._changed.clear()
                await self._changed.wait()


class House:
    """Deliveries by one road, on a clock moved by hand, and a runner that works on them."""

    def __init__(self, db: Database, road: Road) -> None:
        self.db = db
        self.road = road
        self.clock = ManualClock()
        self.ended: list[Delivery] = []
        self.deliveries = Deliveries(db, self.clock, backoff=BACKOFF, alarm_after=900.0)
        self.deliveries.serve({"mail": road}, {"voicemail": self._ended})
        self.runner = JobRunner(db, {KIND: self.deliveries.run}, self.clock)

    async def _ended(self, _session: AsyncSession, delivery: Delivery) -> None:
        self.ended.append(delivery)

    async def promise(self, about: str = "m1", channel: str = "mail", after: float = 0.0, again: str = "") -> str:
        due = self.clock.now() + timedelta(seconds=after)
        async with self.db.writing() as session:
            return await self.deliveries.promise(
                session, kind="voicemail", about=about, channel=channel, receiver="a@b.example", not_before=due,
                again=again,
            )  # fmt: skip

    async def of(self, about: str = "m1") -> Delivery:
        return (await self.deliveries.list_about("voicemail", [about]))[0]

    async def reaches(self, state: DeliveryState, attempts: int, about: str = "m1") -> Delivery:
        """Wait until an attempt has been settled; a row tells nobody that it changed."""
        async with asyncio.timeout(20):
            while True:
                tries = await self.deliveries.attempts([(await self.of(about)).id])
                found = await self.of(about)
                if found.state is state and len([a for a in tries if a.ended_at is not None]) == attempts:
                    return found
                await asyncio.sleep(0.005)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.runner.look()

    async def job_waits(self, key: str) -> None:
        async with asyncio.timeout(20):
            while (await Jobs(self.db).get(key)).state is not JobState.WAITING:  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@asynccontextmanager
async def working(db: Database, *results: Result | Exception) -> AsyncIterator[House]:
    house = House(db, Road(*results))
    async with house.runner:
        yield house


async def test_what_is_accepted_is_done_once(db: Database) -> None:
    async with working(db, Accepted("250 taken")) as house:
        first = await house.promise()
        assert await house.promise() == first
        delivery = await house.reaches(DeliveryState.ACCEPTED, 1)
    assert (delivery.last_reply, delivery.attempts, len(house.road.carried)) == ("250 taken", 1, 1)
    assert [d.state for d in house.ended] == [DeliveryState.ACCEPTED]
    assert await house.deliveries.count_open() == {"waiting": 0, "overdue": 0, "refused": 0}


async def test_a_promise_in_a_transaction_that_fails_was_not_made(db: Database) -> None:
    async with working(db) as house:
        with pytest.raises(RuntimeError):
            async with db.writing() as session:
                await house.deliveries.promise(
                    session, kind="voicemail", about="m1", channel="mail", receiver="a@b.example"
                )
                raise RuntimeError
        assert await house.deliveries.list_about("voicemail", ["m1"]) == []


@pytest.mark.parametrize(
    "trouble", [Later("421 try later"), RuntimeError("a fault of ours")], ids=["later", "a fault of ours"]
)
async def test_what_fails_is_tried_again_for_as_long_as_it_takes(db: Database, trouble: Result | Exception) -> None:
    async with working(db, trouble, trouble, trouble) as house:
        id_ = await house.promise()
        for attempt in range(1, 4):
            await house.reaches(DeliveryState.WAITING, attempt)
            await house.job_waits(f"deliver {id_}")
            house.pass_time(100.0)
        delivery = await house.reaches(DeliveryState.ACCEPTED, 4)
    results = [attempt.result for attempt in await house.deliveries.attempts([delivery.id])]
    assert results == ["later", "later", "later", "accepted"]


async def test_a_whole_day_without_a_server_loses_nothing(db: Database) -> None:
    async with working(db, *[Later("connection refused")] * 20) as house:
        id_ = await house.promise()
        for attempt in range(1, 21):
            await house.reaches(DeliveryState.WAITING, attempt)
            await house.job_waits(f"deliver {id_}")
            house.pass_time(24 * 3600 / 20)
        assert (await house.reaches(DeliveryState.ACCEPTED, 21)).attempts == 21


async def test_what_is_refused_waits_for_a_person_and_can_be_tried_again(db: Database) -> None:
    async with working(db, Refused("550 no such user")) as house:
        id_ = await house.promise()
        await house.reaches(DeliveryState.REFUSED, 1)
        assert (await house.deliveries.count_open())["refused"] == 1
        assert [d.id for d in await house.deliveries.alarm()] == [id_]
        assert await house.deliveries.alarm() == []
        await house.deliveries.try_again(id_)
        await house.reaches(DeliveryState.ACCEPTED, 2)
        with pytest.raises(NoSuchDelivery):
            await house.deliveries.try_again(id_)


async def test_people_are_told_once_of_what_is_under_way_for_too_long(db: Database) -> None:
    async with working(db, Later("hangs"), Later("hangs")) as house:
        id_ = await house.promise()
        await house.reaches(DeliveryState.WAITING, 1)
        house.clock.advance(899.0)
        assert await house.deliveries.alarm() == []
        house.clock.advance(2.0)
        assert [d.id for d in await house.deliveries.alarm()] == [id_]
        assert await house.deliveries.alarm() == []
        assert (await house.deliveries.count_open())["overdue"] == 1


async def test_what_nobody_tries_any_more_becomes_a_persons_matter(db: Database) -> None:
    house = House(db, Road())
    id_ = await house.promise()
    async with db.writing() as session:
        await session.execute(jobs.update().values(state="failed"))
    house.clock.advance(1000.0)
    assert [d.id for d in await house.deliveries.alarm()] == [id_]
    assert (await house.of()).state is DeliveryState.REFUSED


async def test_what_waits_for_its_time_can_be_hurried(db: Database) -> None:
    async with working(db) as house:
        await house.promise(after=40.0)
        async with db.writing() as session:
            await house.deliveries.hurry(session, "voicemail", "m1")
        await house.reaches(DeliveryState.ACCEPTED, 1)


async def test_what_was_taken_back_is_not_carried(db: Database) -> None:
    async with working(db) as house:
        id_ = await house.promise(after=40.0)
        async with db.writing() as session:
            await house.deliveries.cancel(session, "voicemail", "m1")
        house.pass_time(41.0)
        async with asyncio.timeout(20):
            while (await Jobs(db).get(f"deliver {id_}")).state is not JobState.DONE:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    assert house.road.carried == []
    assert (await house.of()).state is DeliveryState.CANCELLED


async def test_a_channel_nobody_serves_waits_for_an_admin(db: Database) -> None:
    async with working(db) as house:
        await house.promise(channel="pigeon")
        delivery = await house.reaches(DeliveryState.WAITING, 1)
    assert "pigeon" in delivery.last_reply


async def test_a_person_may_want_it_once_more(db: Database) -> None:
    async with working(db) as house:
        first = await house.promise()
        await house.reaches(DeliveryState.ACCEPTED, 1)
        assert await house.promise(again="resent") != first
        await house.road.carried_times(2)


async def test_of_two_jobs_for_one_delivery_the_later_one_tries_it(db: Database) -> None:
    async with working(db, Later("421")) as house:
        id_ = await house.promise()
        await house.reaches(DeliveryState.WAITING, 1)
        await house.job_waits(f"deliver {id_}")
        async with db.writing() as session:  # deleted and brought back while a retry waits
            await house.deliveries.cancel(session, "voicemail", "m1")
            await house.deliveries.revive(session, "voicemail", "m1", (DeliveryState.CANCELLED,))
        current = (await house.of()).job
        await house.reaches(DeliveryState.ACCEPTED, 2)
        assert current != f"deliver {id_}"
    house = House(db, Road())  # nobody works here, so that both can be tried at leisure
    id_ = await house.promise("m2")
    before = await Jobs(db).get(f"deliver {id_}")
    async with db.writing() as session:
        await house.deliveries.cancel(session, "voicemail", "m2")
        await house.deliveries.revive(session, "voicemail", "m2", (DeliveryState.CANCELLED,))
    assert await house.deliveries.run(before) == Done()
    assert house.road.carried == []
    assert await house.deliveries.run(await Jobs(db).get((await house.of("m2")).job)) == Done()
    assert len(house.road.carried) == 1


async def test_only_what_was_taken_back_since_a_time_is_taken_up_again(db: Database) -> None:
    house = House(db, Road())
    first = await house.promise()
    async with db.writing() as session:
        await house.deliveries.cancel(session, "voicemail", "m1")
    house.clock.advance(60)
    second = await house.promise(again="elsewhere")
    async with db.writing() as session:
        await house.deliveries.cancel(session, "voicemail", "m1")
        since = house.clock.now()
        await house.deliveries.revive(session, "voicemail", "m1", (DeliveryState.CANCELLED,), since=since)
    found = {d.id: d.state for d in await house.deliveries.list_about("voicemail", ["m1"])}
    assert found == {first: DeliveryState.CANCELLED, second: DeliveryState.WAITING}


async def test_what_is_forgotten_leaves_nothing_and_may_come_again(db: Database) -> None:
    async with working(db, Accepted("250 ok"), Refused("550")) as house:
        id_ = await house.promise()
        await house.reaches(DeliveryState.ACCEPTED, 1)
        other = await house.promise("m2")
        await house.reaches(DeliveryState.REFUSED, 1, "m2")
        await settled(db, f"deliver {id_}", f"deliver {other}")
        async with db.writing() as session:
            await house.deliveries.forget(session, "voicemail", ["m1"])
        assert await house.deliveries.list_about("voicemail", ["m1"]) == []
        assert await house.deliveries.attempts([id_]) == []
        assert await Jobs(db).find(f"deliver {id_}") is None
        assert (await house.of("m2")).state is DeliveryState.REFUSED
        assert await house.promise() == id_
        await house.reaches(DeliveryState.ACCEPTED, 1)
    assert [delivery.about for delivery in house.road.carried] == ["m1", "m2", "m1"]


async def test_a_job_that_is_left_of_an_earlier_promise_keeps_no_new_one_back(db: Database) -> None:
    async with working(db) as house:
        id_ = await house.promise()
        await house.reaches(DeliveryState.ACCEPTED, 1)
        await settled(db, f"deliver {id_}")
        async with db.writing() as session:
            await session.execute(deliveries.delete())
        assert await house.promise() == id_
        await house.reaches(DeliveryState.ACCEPTED, 1)


async def settled(db: Database, *keys: str) -> None:
    """Wait until these jobs have come to their end."""
    async with asyncio.timeout(20):
        for key in keys:
            while (await Jobs(db).get(key)).ended_at is None:  # noqa: ASYNC110 - a row tells nobody that it changed
                await asyncio.sleep(0.005)


async def test_many_of_one_kind_hide_none_of_another(db: Database) -> None:
    house = House(db, Road())
    async with db.writing() as session:
        for about in ("f1", "f2", "f3"):
            await house.deliveries.promise(session, kind="fax", about=about, channel="mail", receiver="a@b.example")
    await house.promise()
    listed = house.deliveries.list_in
    assert [d.kind for d in await listed(DeliveryState.WAITING, 2, kinds=["voicemail"])] == ["voicemail"]
    assert [d.kind for d in await listed(DeliveryState.WAITING, 2)] == ["fax", "fax"]
    assert await listed(DeliveryState.WAITING, kinds=[]) == []


async def test_what_a_receiver_said_is_in_no_log(db: Database) -> None:
    async with working(db, Refused("the web-hook answered 422: nobody has number +37060000001")) as house:
        await house.promise()
        await house.reaches(DeliveryState.REFUSED, 1)
        with structlog.testing.capture_logs() as logs:
            await house.deliveries.alarm()
    assert [(said["kind"], said["state"]) for said in logs] == [("voicemail", "refused")]
    assert "37060000001" not in str(logs)
