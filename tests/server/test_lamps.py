"""The message lamps on a PBX in memory: who is told what, when, and what happens when telling fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from callrouter.ami.errors import ActionTimedOut
from callrouter.ami.fake import FakePbx
from callrouter.ami.requests import MOST_LAMPS, Lamp
from config.schema import Site
from ledger.backoff import Backoff
from ledger.errors import DatabaseBusy
from server.lamps import MOST_SHOWN, Lamps, lamps
from voicemail.model import Count, Message
from voicemail.service import Changed

SOON = Backoff(first=0.01, longest=0.01, attempts=1_000_000)
NEVER = Backoff(first=3600.0, longest=3600.0, attempts=1_000_000)
AT = datetime(2026, 11, 20, tzinfo=UTC)
MESSAGE = Message("m1", "sales", "m1.wav", AT, AT, 3.0)

ANN, BEN = frozenset({"sales", "ann"}), frozenset({"sales", "ben"})


def site(*people: str) -> Site:
    return Site.model_validate(
        {
            "company": {"name": "Test", "country": "LT", "timezone": "Europe/Vilnius", "languages": ["en"]},
            "numbers": {"+370 5 211 0000": {"go": "sales"}},
            "departments": {"sales": {}},
            "people": {name: {"name": name, "phone": str(100 + number)} for number, name in enumerate(people)},
        }
    )


class Mail:
    """Voicemail of which a test says what there is."""

    def __init__(self, **counts: Count) -> None:
        self.counts = dict(counts)
        self.readers = {"ann": ANN, "ben": BEN}
        self.failures = 0
        self.counted = 0
        self.asked_who = 0
        self.open = asyncio.Event()
        self.open.set()
        self._watchers: list[Changed] = []

    async def count(self) -> dict[str, Count]:
        self.counted += 1
        await self.open.wait()
        if self.failures:
            self.failures -= 1
            raise DatabaseBusy
        return dict(self.counts)

    def may_read(self, account: str) -> frozenset[str]:
        self.asked_who += 1
        return self.readers.get(account, frozenset())

    def watch(self, watcher: Changed) -> Callable[[], None]:
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def now(self, **counts: Count) -> None:
        """Change what there is, and tell."""
        self.counts.update(counts)
        for watcher in self._watchers:
            watcher(MESSAGE)

    @property
    def watched(self) -> bool:
        return bool(self._watchers)


class Pbx(FakePbx):
    """A PBX whose lamps can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[float, list[str]]] = []
        self.refused = 0
        self.loses_answers = False
        self._news = asyncio.Event()

    async def show_lamps(self, lamps: Sequence[Lamp]) -> None:
        try:
            await super().show_lamps(lamps)
            if self.loses_answers:
                raise ActionTimedOut
        except Exception:
            self.refused += 1
            raise
        finally:
            self._news.set()
        self.requests.append((asyncio.get_running_loop().time(), [lamp.phone for lamp in lamps]))

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not wanted():
                self._news.clear()
                await self._news.wait()

    async def shows(self, **wanted: tuple[int, int]) -> None:
        await self.until(lambda: all(self.lamp(name) == counts for name, counts in wanted.items()))

    def lamp(self, phone: str) -> tuple[int, int] | None:
        lamp = self.lamps.get(phone)
        return None if lamp is None else (lamp.new, lamp.old)

    def restart(self) -> None:
        """Die, forget everything, and come back."""
        self.cut()
        self.lamps.clear()
        self.mend()


@dataclass
class Stage:
    mail: Mail
    pbx: Pbx
    site: Site = field(default_factory=lambda: site("ann", "ben"))


@asynccontextmanager
async def running(
    stage: Stage, *, gather: float = 0.0, look_again: float = 3600.0, pauses: Backoff = SOON, there: bool = True
) -> AsyncIterator[Lamps]:
    """Run the lamps, on a PBX that is there already or only comes."""
    parts = Lamps(
        stage.mail, stage.pbx, lambda: stage.site, gather=gather, look_again=look_again, pauses=pauses, chance=lambda: 1
    )
    tasks = [asyncio.create_task(stage.pbx.run())] if there else []
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(parts.run()))
    try:
        yield parts
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not stage.mail.watched


@pytest.mark.parametrize(
    ("mailboxes", "counts", "new", "old"),
    [
        pytest.param(ANN, {}, 0, 0, id="no message anywhere"),
        pytest.param(ANN, {"sales": Count(2, 5)}, 2, 3, id="of the department"),
        pytest.param(ANN, {"ann": Count(0, 4)}, 0, 4, id="all heard, none handled"),
        pytest.param(ANN, {"sales": Count(2, 5), "ann": Count(1, 1)}, 3, 3, id="of both"),
        pytest.param(ANN, {"ben": Count(7, 7)}, 0, 0, id="of somebody else"),
        pytest.param(frozenset[str](), {"sales": Count(2, 5)}, 0, 0, id="of nobody's"),
        pytest.param(ANN, {"sales": Count(20_000, 50_000)}, MOST_SHOWN, MOST_SHOWN, id="more than a lamp can count"),
    ],
)
def test_what_a_lamp_shows(mailboxes: frozenset[str], counts: dict[str, Count], new: int, old: int) -> None:
    assert lamps({"ann": mailboxes}, counts) == [Lamp("ann", new, old)]


async def test_everybody_is_told_at_the_start_and_then_who_is_concerned() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    async with running(stage):
        await stage.pbx.shows(ann=(1, 0), ben=(1, 0))
        stage.mail.now(ann=Count(1, 1))
        await stage.pbx.shows(ann=(2, 0))
        stage.mail.now(sales=Count(0, 1))
        await stage.pbx.shows(ann=(1, 1), ben=(0, 1))
    assert [phones for _, phones in stage.pbx.requests] == [["ann", "ben"], ["ann"], ["ann", "ben"]]
    assert stage.mail.asked_who == 2  # once each: the site did not change


async def test_a_lamp_that_may_still_burn_from_before_goes_off() -> None:
    stage = Stage(Mail(), Pbx())
    stage.pbx.lamps["ann"] = Lamp("ann", 3, 0)
    async with running(stage):
        await stage.pbx.shows(ann=(0, 0))


async def test_a_pbx_that_comes_later() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    async with running(stage, there=False) as parts:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(stage.pbx.run())
            await stage.pbx.shows(ann=(1, 0))
            stage.pbx.stop()
        assert parts.failures == 0


async def test_a_restarted_pbx_is_told_again() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    async with running(stage):
        await stage.pbx.shows(ann=(1, 0), ben=(1, 0))
        stage.pbx.restart()
        await stage.pbx.shows(ann=(1, 0), ben=(1, 0))


async def test_a_pbx_restarted_while_it_is_told_is_told_again() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    stage.mail.open.clear()
    async with running(stage):
        await asyncio.sleep(0)  # the count is under way
        stage.pbx.restart()
        stage.mail.open.set()
        await stage.pbx.shows(ann=(1, 0), ben=(1, 0))
        await stage.pbx.until(lambda: len(stage.pbx.requests) == 2)


async def test_changes_out_of_reach_are_told_afterwards() -> None:
    stage = Stage(Mail(), Pbx())
    async with running(stage) as parts:
        await stage.pbx.shows(ann=(0, 0))
        stage.pbx.cut()
        stage.mail.now(sales=Count(1, 1))
        stage.pbx.mend()
        await stage.pbx.shows(ann=(1, 0), ben=(1, 0))
        assert parts.failures == 0


async def test_changes_are_gathered() -> None:
    stage = Stage(Mail(), Pbx())
    async with running(stage, gather=0.05):
        await stage.pbx.shows(ann=(0, 0))
        for number in range(1, 101):
            stage.mail.now(ann=Count(number, number))
        await stage.pbx.shows(ann=(100, 0))
    (first, _), (second, phones) = stage.pbx.requests
    assert second - first >= 0.05
    assert phones == ["ann"]
    assert stage.mail.counted == 2


async def test_many_lamps_are_told_in_parts() -> None:
    names = [f"p{number}" for number in range(2 * MOST_LAMPS + 1)]
    stage = Stage(Mail(), Pbx(), site(*names))
    async with running(stage):
        await stage.pbx.until(lambda: len(stage.pbx.lamps) == len(names))
    assert [len(phones) for _, phones in stage.pbx.requests] == [MOST_LAMPS, MOST_LAMPS, 1]


async def test_a_site_with_more_people() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx(), site("ann"))
    async with running(stage):
        await stage.pbx.shows(ann=(1, 0))
        stage.site = site("ann", "ben")
        stage.mail.now()
        await stage.pbx.shows(ben=(1, 0))
    assert [phones for _, phones in stage.pbx.requests] == [["ann"], ["ben"]]


async def test_a_database_that_fails_is_asked_again() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    stage.mail.failures = 3
    async with running(stage) as parts:
        await stage.pbx.shows(ann=(1, 0))
        assert (parts.failures, stage.mail.counted) == (3, 4)


async def test_a_pbx_without_lamps_is_asked_again() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    stage.pbx.has_lamps = False
    async with running(stage):
        await stage.pbx.until(lambda: stage.pbx.refused >= 3)
        stage.pbx.has_lamps = True
        await stage.pbx.shows(ann=(1, 0))


async def test_what_was_done_without_an_answer_is_undone() -> None:
    stage = Stage(Mail(), Pbx())
    async with running(stage):
        await stage.pbx.shows(ann=(0, 0))
        stage.pbx.loses_answers = True
        stage.mail.now(sales=Count(1, 1))
        await stage.pbx.shows(ann=(1, 0))
        stage.mail.now(sales=Count())
        stage.pbx.loses_answers = False
        await stage.pbx.shows(ann=(0, 0), ben=(0, 0))


async def test_a_restart_ends_the_wait_after_a_failure() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    stage.pbx.has_lamps = False
    async with running(stage, pauses=NEVER):
        await stage.pbx.until(lambda: stage.pbx.refused == 1)
        stage.pbx.has_lamps = True
        stage.pbx.restart()
        await stage.pbx.shows(ann=(1, 0))


async def test_what_nobody_tells_is_seen_as_well() -> None:
    stage = Stage(Mail(sales=Count(1, 1)), Pbx())
    async with running(stage, look_again=0.01):
        await stage.pbx.shows(ann=(1, 0))
        stage.mail.counts["sales"] = Count()  # its time was over
        await stage.pbx.shows(ann=(0, 0))
