"""What a file tells of an end that we did not see: the call, its stays and its talks say one thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callrouter import events as ev
from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.derive import record_of
from reports.imports.filling import filled
from reports.model import CallRecord, Left, Offer, Stay, Unknown
from tests.fixtures.journal_of_calls import START, Caller

BLIND = frozenset({Unknown.LINES, Unknown.MENUS, Unknown.WAIT, Unknown.RINGING})


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def ours(caller: Caller, *, killed: bool = True) -> CallRecord:
    """What our journal has: killed, and after the start, at 100 s, whoever was on the line is told to have gone."""
    if killed:
        caller.now = at(100)
        caller.tell(ev.CallEnded, outcome="failed", estimated=True)
    record = record_of(caller.events)
    assert record is not None
    return record


def waiting() -> Caller:
    """A caller who is in the line of support since second 1."""
    return Caller("c1").joins("support", wait=8)


def in_second_line() -> Caller:
    """A caller whom alice passed on, and who is in the line of billing since second 66."""
    talked = waiting().answered("alice", waited=5.0, talk=57, department="support")
    return talked.released("alice", 57.0, "support").joins("billing", wait=4)


def queue_log(*stays: Stay, outcome: Outcome | None, talks: tuple[Talk, ...] = (), until: float = 60) -> CallRecord:
    first = Party.CALLER
    return CallRecord(
        "queue_log:1", at(0), at(until), outcome=outcome, hung_up_first=first, stays=stays, talks=talks,
        source="queue_log", unknown=frozenset({Unknown.MENUS}),
    )  # fmt: skip


def blind(
    outcome: Outcome, *talks: Talk, until: float = 60, first: str = Party.CALLER, also: frozenset[Unknown] = frozenset()
) -> CallRecord:
    """What a file that knows no lines tells."""
    return CallRecord(
        "cel:1", at(0), at(until), outcome=outcome, abandoned_in="menu" if outcome is Outcome.ABANDONED else "",
        hung_up_first=first, talks=talks, source="cel", unknown=BLIND | also,
    )  # fmt: skip


WITH_ALICE = Talk("alice", "support", at(11), 49.0)
JOINED = Stay("support", at(1))

CASES = [
    pytest.param(
        waiting(),
        queue_log(
            replace(JOINED, left=Left.ANSWERED, waited=10.0, answered_by="alice"),
            outcome=Outcome.ANSWERED, talks=(WITH_ALICE,),
        ),
        (Outcome.ANSWERED, ""), [("support", Left.ANSWERED, 10.0)], [("alice", "support", 49.0)], set(),
        id="queue_log: answered",
    ),
    pytest.param(
        waiting(),
        queue_log(replace(JOINED, left=Left.ABANDONED, waited=59.0), outcome=Outcome.ABANDONED),
        (Outcome.ABANDONED, "queue"), [("support", Left.ABANDONED, 59.0)], [], set(),
        id="queue_log: gave up",
    ),
    pytest.param(
        waiting(),
        queue_log(
            replace(JOINED, left=Left.MOVED_ON, waited=20.0), Stay("billing", at(21), Left.ABANDONED, 39.0),
            outcome=Outcome.ABANDONED,
        ),
        (Outcome.ABANDONED, "queue"), [("support", Left.MOVED_ON, 20.0), ("billing", Left.ABANDONED, 39.0)], [], set(),
        id="queue_log: another line after ours",
    ),
    pytest.param(
        waiting(), blind(Outcome.ABANDONED),
        (Outcome.ABANDONED, "queue"), [("support", Left.ABANDONED, 59.0)], [], set(),
        id="CEL: gave up, in our line and in no menu",
    ),
    pytest.param(
        waiting(), blind(Outcome.ANSWERED, Talk("alice", "", at(11), 49.0)),
        (Outcome.ANSWERED, ""), [("support", Left.ANSWERED, 10.0)], [("alice", "support", 49.0)], set(),
        id="CEL: answered, in our line",
    ),
    pytest.param(
        waiting(), blind(Outcome.FAILED, first=Party.US),
        (Outcome.FAILED, ""), [("support", Left.FAILED, None)], [], set(),
        id="CEL: it failed indeed",
    ),
    pytest.param(
        waiting(), blind(Outcome.VOICEMAIL),
        (Outcome.VOICEMAIL, ""), [("support", Left.VOICEMAIL, None)], [], set(),
        id="CDR: came to a mailbox",
    ),
    pytest.param(
        waiting(), blind(Outcome.ANSWERED, Talk("alice", "", at(0), 60.0), also=frozenset({Unknown.TALK})),
        (Outcome.ANSWERED, ""), [("support", Left.ANSWERED, None)], [("alice", "", 60.0)], {Unknown.TALK, Unknown.WAIT},
        id="CDR with menus: answered, nobody knows when",
    ),
    pytest.param(
        in_second_line(), blind(Outcome.ANSWERED, Talk("alice", "", at(9), 57.0), until=90),
        (Outcome.ANSWERED, ""), [("support", Left.ANSWERED, 5.0), ("billing", Left.ABANDONED, 24.0)],
        [("alice", "support", 57.0)], set(),
        id="CEL: gave up in a second line, and the first talk stays as it was",
    ),
    pytest.param(
        in_second_line(),
        blind(Outcome.ANSWERED, Talk("alice", "", at(9), 57.0), Talk("bob", "", at(80), 10.0), until=90),
        (Outcome.ANSWERED, ""), [("support", Left.ANSWERED, 5.0), ("billing", Left.ANSWERED, 14.0)],
        [("alice", "support", 57.0), ("bob", "billing", 10.0)], set(),
        id="CEL: answered in a second line",
    ),
]  # fmt: skip


@pytest.mark.parametrize("killed", [pytest.param(True, id="we were killed"), pytest.param(False, id="no word of it")])
@pytest.mark.parametrize(("caller", "told", "ending", "stays", "talks", "unknown"), CASES)
def test_how_a_call_ended_that_we_did_not_see(
    caller: Caller,
    told: CallRecord,
    ending: tuple[Outcome, str],
    stays: list[tuple[str, Left, float | None]],
    talks: list[tuple[str, str, float]],
    unknown: set[Unknown],
    killed: bool,
) -> None:
    copy = Caller("c1")
    copy.events, copy.now = list(caller.events), caller.now
    record = filled(ours(copy, killed=killed), told)
    assert (record.outcome, record.abandoned_in) == ending
    assert [(stay.department, stay.left, stay.waited) for stay in record.stays] == stays
    assert [(talk.agent, talk.department, talk.talked) for talk in record.talks] == talks
    assert (record.ended_at, record.filled, record.unknown) == (told.ended_at, told.source, frozenset(unknown))
    assert record.waited == sum(stay.waited or 0.0 for stay in record.stays)
    assert record.talked == sum(talk.talked or 0.0 for talk in record.talks)
    assert filled(record, blind(Outcome.FAILED, until=99)) == record  # now its end is known


def test_what_we_saw_to_its_end_stays_as_it_is() -> None:
    seen = ours(waiting().tell(ev.CallEnded, outcome="failed"), killed=False)
    assert filled(seen, CASES[0].values[1]) == seen  # type: ignore[arg-type]  # a record, in a table of several kinds


def test_a_phone_that_rang_when_we_were_gone_rings_no_more() -> None:
    caller = waiting().rings("alice", "bob", department="support")
    record = filled(ours(caller, killed=False), CASES[0].values[1])  # type: ignore[arg-type]  # as above
    assert record.offers == (
        Offer("alice", "support", at(9), "answered"),
        Offer("bob", "support", at(9), "cancelled"),
    )


def test_who_left_the_line_was_answered_elsewhere() -> None:
    left = queue_log(replace(JOINED, left=Left.MOVED_ON, waited=20.0), outcome=None, until=21)
    record = filled(replace(left, estimated=True), blind(Outcome.ANSWERED, Talk("carol", "", at(30), 30.0)))
    assert [(stay.department, stay.left) for stay in record.stays] == [("support", Left.MOVED_ON)]
    assert [(talk.agent, talk.department) for talk in record.talks] == [("carol", "")]
    assert (record.outcome, record.filled) == (Outcome.ANSWERED, "")


def test_the_talk_under_way_ends_where_the_next_begins() -> None:
    caller = waiting().answered("alice", waited=10.0, department="support")
    told = blind(Outcome.ANSWERED, Talk("alice", "", at(30), 5.0), Talk("bob", "", at(40), 20.0))
    record = filled(ours(caller, killed=False), replace(told, talks=told.talks[1:]))
    assert [(talk.agent, talk.talked) for talk in record.talks] == [("alice", 31.0), ("bob", 20.0)]
    assert record.answered_by == "bob"
