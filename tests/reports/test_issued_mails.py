"""The mails of issued reports: later, refused, sent again, and never twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import mailer
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.delivery_model import DeliveryState
from reports.issuing import NoSuchReport, NotNow
from tests.reports.issued_house import (
    BOSS,
    CHIEF,
    EIGHT,
    Fuse,
    Killed,
    by_hand,
    clock,
    daily,
    db,
    house,
    opened,
    site_of,
)

__all__ = ["clock", "db"]  # fixtures: pytest finds them here by name


async def test_a_mail_server_that_is_down_gets_its_mails_later(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await opened(db, tmp_path, clock, boss=daily(to=BOSS))
    home.results += [mailer.Later("it does not answer")] * 3
    await home.at(EIGHT)
    for _ in range(3):
        assert home.mails == []
        clock.advance(900)
        await home.work()
    assert [receiver for receiver, _ in home.mails] == [BOSS]


async def test_a_refused_mail_is_shown_and_sent_again_alone(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock, boss=daily())
    home.results.append(mailer.Refused("no such user", 550))
    await home.at(EIGHT)
    (one,) = await home.all()
    states = {mail.receiver: (mail.state, mail.last_reply) for mail in await home.issuing.mails([one.id])}
    assert [state for state, _ in states.values()].count(DeliveryState.REFUSED) == 1
    (refused,) = [receiver for receiver, (state, _) in states.items() if state is DeliveryState.REFUSED]
    assert await home.issuing.send_again(one.id) == [refused]
    await home.work()
    assert len(home.mails) == 2
    clock.advance(1)
    assert await home.issuing.send_again(one.id) == [BOSS, CHIEF]
    await home.work()
    assert len(home.mails) == 4


async def test_a_mail_under_way_is_not_written_twice(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock, boss=daily())
    home.results += [mailer.Later("it does not answer"), mailer.Accepted("250 thank you")]
    await home.at(EIGHT)
    (one,) = await home.all()
    (waiting,) = [m.receiver for m in await home.issuing.mails([one.id]) if m.state is DeliveryState.WAITING]
    for _ in range(9):
        clock.advance(0.1)
        assert await home.issuing.send_again(one.id) == [waiting]
    await home.work()  # at once, before it was to be tried again
    assert sorted(receiver for receiver, _ in home.mails) == [BOSS, CHIEF]
    assert len(await home.issuing.mails([one.id])) == 2


async def test_nothing_is_sent_again_that_nobody_was_to_get(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock)
    id_ = await home.issuing.order(by_hand())
    await home.work()
    with pytest.raises(NotNow):
        await home.issuing.send_again(id_)
    for deed in (home.issuing.send_again, home.issuing.cancel, home.issuing.make_again):
        with pytest.raises(NoSuchReport):
            await deed("nosuch")


async def test_killed_while_mailing_it_is_mailed_once_as_far_as_mail_allows(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    """It goes twice only where we die between the server's yes and our writing that down: then as the same mail."""
    twice = []
    for step in range(12):  # all there are from taking the first mail up to its being done
        fuse = Fuse()
        dying = await house(db, tmp_path, clock, lambda: site_of({}), fuse=fuse)
        id_ = await dying.issuing.order(by_hand(to=(BOSS, CHIEF)))
        await dying.work(deliver=False)
        fuse.passed, fuse.at = 0, step
        with pytest.raises(Killed):
            await dying.work()
        clock.advance(2)  # its leases are over
        home = await opened(db, tmp_path, clock)
        await home.work()
        mails = [(receiver, mail["Message-ID"]) for receiver, mail in (*dying.mails, *home.mails)]
        assert sorted(receiver for receiver, _ in set(mails)) == [BOSS, CHIEF], step
        assert {mail.state for mail in await home.issuing.mails([id_])} == {DeliveryState.ACCEPTED}, step
        twice += [step] * (len(mails) - 2)
    assert twice == [5, 6]  # before the reply was heard, and before it was written down
