"""queue_log: what the lines of one caller amount to, by the forms of Asterisk 1.8 to 22, in whatever order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callrouter.events import Outcome
from reports.imports.model import AgentWord, Names, Parsed
from reports.imports.queue_log import QueueLog
from reports.imports.unseen import ended_unseen
from reports.model import CallRecord, Left, Unknown

T = 1_795_309_200  # 2026-11-22 01:00:00 UTC
CALL = f"{T - 30}.42"
ZONE = ZoneInfo("Europe/Vilnius")


def at(second: float) -> datetime:
    return datetime.fromtimestamp(T + second, UTC)


def record(*lines: str, names: Names | None = None) -> CallRecord | None:
    """The contact of lines written as `second|queue|agent|event|data`."""
    format = QueueLog(ZONE, names)
    kept = []
    for line in lines:
        second, _, rest = line.partition("|")
        parsed = format.parse(1, f"{T + int(second)}|{CALL}|{rest}")
        assert parsed.fault is None, parsed.fault
        if parsed.entry is not None:
            kept.append(parsed.entry.text)
    return format.record("queue_log:" + CALL, "queue_log", kept)


def known(*lines: str) -> CallRecord:
    found = record(*lines)
    assert found is not None
    return found


ENTER = "0|support|NONE|ENTERQUEUE||+37060000001|1"
CONNECT = "12|support|alice|CONNECT|12|1795309208.43|4"
ENDS = [
    pytest.param("72|support|alice|COMPLETEAGENT|12|60|1", 60.0, "agent", None, id="the agent hung up"),
    pytest.param("72|support|alice|COMPLETECALLER|12|60|1", 60.0, "caller", None, id="the caller hung up"),
    pytest.param("72|support|alice|TRANSFER|102|phones|12|60|1", 60.0, "", ("102", "blind"), id="transfer, up to 11"),
    pytest.param("72|support|alice|TRANSFER|102|phones|12|60", 60.0, "", ("102", "blind"), id="transfer of 1.4"),
    pytest.param("72|support|alice|BLINDTRANSFER|102|phones|12|60|1", 60.0, "", ("102", "blind"), id="blind, from 12"),
    pytest.param(
        "72|support|alice|ATTENDEDTRANSFER|BRIDGE|8b1d-4c|12|60|1", 60.0, "", ("", "attended"), id="attended, joined"
    ),
    pytest.param(
        "72|support|alice|ATTENDEDTRANSFER|LINK|Local/a;1|Local/a;2|12|60|1", 60.0, "", ("", "attended"), id="linked"
    ),
]


@pytest.mark.parametrize(("line", "talked", "first", "transfer"), ENDS)
def test_an_answered_call(line: str, talked: float, first: str, transfer: tuple[str, str] | None) -> None:
    call = known(ENTER, CONNECT, line)
    assert (call.outcome, call.answered_by, call.answered_at) == (Outcome.ANSWERED, "alice", at(12))
    assert (call.waited, call.talked, call.hung_up_first) == (12.0, talked, first)
    assert call.offered_at == at(-30)  # when its channel began: the menus before are not in the file
    assert call.ended_at == at(72)
    assert [(s.department, s.left, s.waited, s.answered_by) for s in call.stays] == [
        ("support", Left.ANSWERED, 12.0, "alice")
    ]
    assert [(o.agent, o.reply, o.at, o.rang) for o in call.offers] == [("alice", "answered", at(8), 4.0)]
    assert [(t.to, t.how) for t in call.transfers] == ([transfer] if transfer else [])
    assert call.estimated == bool(transfer)
    assert Unknown.MENUS in call.unknown
    assert (Unknown.HUNG_UP_FIRST in call.unknown) == bool(transfer)


@pytest.mark.parametrize(
    ("line", "left", "waited", "outcome"),
    [
        pytest.param("40|support|NONE|ABANDON|1|1|40", Left.ABANDONED, 40.0, Outcome.ABANDONED, id="gave up"),
        pytest.param("40|support|NONE|EXITWITHTIMEOUT|1|1|40", Left.MOVED_ON, 40.0, None, id="too long"),
        pytest.param("40|support|NONE|EXITWITHTIMEOUT|1", Left.MOVED_ON, 40.0, None, id="too long, short form of 1.8"),
        pytest.param("40|support|NONE|EXITWITHKEY|2|1|1|39", Left.MOVED_ON, 39.0, None, id="pressed a key"),
        pytest.param("40|support|NONE|EXITEMPTY|1|1|40", Left.MOVED_ON, 40.0, None, id="nobody there"),
        pytest.param("40|support|NONE|WITHDRAW|1|1|40|vip", Left.MOVED_ON, 40.0, None, id="taken out"),
        pytest.param("40|support|alice|SYSCOMPAT|", Left.FAILED, 40.0, Outcome.FAILED, id="no common codec"),
        pytest.param("40|support|NONE|ABANDON|x|y|z", Left.ABANDONED, 40.0, Outcome.ABANDONED, id="damaged numbers"),
    ],
)
def test_a_call_that_nobody_answered(line: str, left: Left, waited: float, outcome: Outcome | None) -> None:
    call = known(ENTER, line)
    assert [(s.left, s.waited) for s in call.stays] == [(left, waited)]
    assert (call.outcome, call.ended_at, call.answered_by) == (outcome, at(40), "")
    assert call.abandoned_in == ("queue" if outcome is Outcome.ABANDONED else "")
    assert (Unknown.HUNG_UP_FIRST in call.unknown) == (outcome is not Outcome.ABANDONED)


@pytest.mark.parametrize(
    ("line", "reply", "rang"),
    [
        pytest.param("10|support|bob|RINGNOANSWER|8000", "no answer", 8.0, id="let it ring"),
        pytest.param("10|support|bob|RINGNOANSWER|0", "unreachable", 0.0, id="did not ring"),
        pytest.param("10|support|bob|RINGCANCELED|3500", "cancelled", 3.5, id="the caller gave up meanwhile"),
        pytest.param("10|support|bob|AGENTDUMP|", "busy", None, id="did not want it"),
    ],
)
def test_a_phone_that_was_not_answered(line: str, reply: str, rang: float | None) -> None:
    offer = known(ENTER, line, "40|support|NONE|ABANDON|1|1|40").offers[0]
    assert (offer.agent, offer.reply, offer.rang) == ("bob", reply, rang)
    assert offer.at == at(10 - (rang or 0.0))


def test_two_lines_one_after_the_other_in_one_second() -> None:
    call = known(
        ENTER, "30|support|NONE|EXITWITHTIMEOUT|1|1|30", "30|sales|NONE|ENTERQUEUE||+37060000001|1",
        "30|sales|bob|CONNECT|0|1795309230.44|0", "30|sales|bob|COMPLETECALLER|0|0|1", "30|NONE|NONE|DID|+37052000000",
    )  # fmt: skip
    assert [(s.department, s.left) for s in call.stays] == [("support", Left.MOVED_ON), ("sales", Left.ANSWERED)]
    assert (call.did, call.waited, call.odd) == ("+37052000000", 30.0, 0)


def test_a_call_over_midnight_belongs_to_one_contact() -> None:
    call = known(
        "82700|support|NONE|ENTERQUEUE||+37060000001|1",
        "82750|support|a|CONNECT|50|x.1|2",
        "90000|support|a|COMPLETEAGENT|50|7250|1",
    )
    assert call.talked == 7250.0
    assert call.offered_at == at(82700)  # the channel began too long before: another clock


@pytest.mark.parametrize(
    ("lines", "waited", "talked"),
    [
        pytest.param((CONNECT, ENDS[0].values[0]), 12.0, 60.0, id="the file begins after the caller joined"),
        pytest.param((ENDS[0].values[0],), 12.0, 60.0, id="the file begins in the conversation"),
        pytest.param(("40|support|NONE|ABANDON|1|1|40",), 40.0, 0.0, id="the file begins while the caller waits"),
    ],
)
def test_what_was_cut_off_is_made_up_from_what_later_lines_say(
    lines: tuple[str, ...], waited: float, talked: float
) -> None:
    call = known(*lines)
    assert (call.waited, call.talked) == (waited, talked)
    assert call.stays[0].joined_at == at(0)
    assert call.odd


def test_a_clock_set_back_makes_no_negative_time() -> None:
    call = known(ENTER, "-20|support|alice|CONNECT|-20|x.1|1", "40|support|alice|COMPLETEAGENT|-20|60|1")
    assert call.outcome is Outcome.ANSWERED
    assert min(call.waited, call.talked, *(s.waited or 0 for s in call.stays)) >= 0
    assert call.offered_at <= (call.answered_at or at(0)) <= (call.ended_at or at(0))


def test_who_never_ends_in_a_file_that_goes_on_has_ended_unseen() -> None:
    waiting, talking = known(ENTER), known(ENTER, CONNECT)
    assert waiting.ended_at is None
    assert waiting.stays[0].left is Left.WAITING
    assert ended_unseen(waiting, at(3600)) == waiting  # perhaps still there
    gone = ended_unseen(waiting, at(86400))
    assert (gone.ended_at, gone.outcome, gone.estimated) == (at(0), Outcome.FAILED, True)
    left = ended_unseen(talking, at(86400))
    assert (left.ended_at, left.outcome) == (at(12), Outcome.ANSWERED)
    assert Unknown.TALK in left.unknown


def test_calls_that_were_placed_are_no_contacts() -> None:
    assert (
        record("0|out|alice|CALLOUTBOUND|+37060000001", "5|out|alice|CONNECT|5|x.1", "9|out|alice|COMPLETEAGENT|5|4")
        is None
    )
    assert record("0|support|alice|OUTCALL|ANSWER|40|x") is None
    assert record("0|NONE|NONE|DID|+37052000000") is None


def test_names_are_ours_where_they_are_given() -> None:
    names = Names({"support": "help"}, {"alice": "ann"})
    call = record(ENTER, CONNECT, "72|support|alice|COMPLETEAGENT|12|60|1", names=names)
    assert call is not None
    assert (call.stays[0].department, call.answered_by, call.odd) == ("help", "ann", 0)


MOMENTS = [
    ("alice|ADDMEMBER|", [("logged in", "")]),
    ("alice|ADDMEMBER|PAUSED", [("logged in", ""), ("paused", "")]),
    ("alice|REMOVEMEMBER|", [("logged out", "")]),
    ("alice|PAUSE|lunch", [("paused", "lunch")]),
    ("alice|UNPAUSE|", [("ready", "")]),
    ("alice|PAUSEALL|lunch", [("paused", "lunch")]),
    ("alice|UNPAUSEALL|", [("ready", "")]),
    ("alice|AGENTLOGIN|PJSIP/101-0000002a", [("logged in", "")]),
    ("alice|AGENTLOGOFF|PJSIP/101-0000002a|3600", [("logged out", "")]),
    ("alice|AGENTCALLBACKLOGIN|101@phones", [("logged in", "")]),
    ("alice|AGENTCALLBACKLOGOFF|101@phones|60|Chan", [("logged out", "")]),
    ("NONE|CONFIGRELOAD|", []),
    ("alice|PENALTY|3", []),
]


@pytest.mark.parametrize(
    ("line", "told"), MOMENTS, ids=[line.split("|")[1] + str(n) for n, (line, _) in enumerate(MOMENTS)]
)
def test_what_agents_did(line: str, told: list[tuple[str, str]]) -> None:
    parsed = QueueLog(ZONE).parse(1, f"{T}|NONE|support|{line}")
    assert [(AgentWord(m.state), m.reason) for m in parsed.moments] == told
    assert all((m.agent, m.queue, m.at) == ("alice", "support", at(0)) for m in parsed.moments)
    assert parsed.entry is None
    assert parsed.fault is None


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("no log", id="something else"),
        pytest.param(f"{T}|{CALL}|support|NONE", id="fields are missing"),
        pytest.param(f"soon|{CALL}|support|NONE|ABANDON|1|1|1", id="no time"),
        pytest.param(f"99|{CALL}|support|NONE|ABANDON|1|1|1", id="a time before Asterisk"),
        pytest.param(f"{T}|{CALL}|support|NONE|gone away|1", id="no event"),
        pytest.param(f"{T}|{'9' * 500}.1|support|NONE|ABANDON|1|1|1", id="no id"),
        pytest.param("\ufffd|||||", id="no letters"),
    ],
)
def test_a_damaged_line_is_told_and_not_taken(line: str) -> None:
    parsed = QueueLog(ZONE).parse(7, line)
    assert parsed.fault is not None
    assert (parsed.fault.line, parsed.entry) == (7, None)


@settings(deadline=None)
@given(st.text(max_size=120))
def test_no_text_makes_it_raise(text: str) -> None:
    assert isinstance(QueueLog(ZONE).parse(1, text), Parsed)
    assert isinstance(QueueLog(ZONE).parse(1, f"{T}|{CALL}|{text}|a|CONNECT|{text}"), Parsed)


def test_fractions_of_seconds_and_the_table_of_a_database_are_read_too() -> None:
    file = QueueLog(ZONE).parse(1, f"{T}.250|{CALL}|support|NONE|ABANDON|1|1|3")
    table = QueueLog(ZONE)
    table.begin(['"time","callid","queuename","agent","event","data1","data2","data3","data4","data5"'])
    assert table.parse(1, "time,callid,…") == Parsed()
    row = table.parse(2, f'"2026-11-22 03:00:00.250000","{CALL}","support","NONE","ABANDON","1","1","3","",""')
    assert file.entry == row.entry
    assert file.entry is not None
    assert file.entry.at == at(0.25)


STORY = [
    (0, "support|NONE|ENTERQUEUE||+37060000001|1"),
    (10, "support|bob|RINGNOANSWER|9000"),
    (30, "support|NONE|EXITWITHTIMEOUT|1|1|30"),
    (30, "sales|NONE|ENTERQUEUE||+37060000001|1"),
    (30, "sales|carol|CONNECT|0|1795309230.44|0"),
    (30, "sales|carol|BLINDTRANSFER|support|queues|0|0|1"),
    (31, "support|NONE|ENTERQUEUE||+37060000001|1"),
    (31, "support|bob|RINGNOANSWER|0"),
    (40, "support|alice|CONNECT|9|1795309235.45|4"),
    (90, "support|alice|COMPLETECALLER|9|50|1"),
]


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_any_order_of_the_lines_is_one_story(chance: random.Random) -> None:
    lines = [f"{second}|{rest}" for second, rest in STORY]
    told = known(*lines)
    shuffled = [*lines, *chance.sample([line for line in lines if "|RINGNOANSWER|" not in line], 3)]
    chance.shuffle(shuffled)
    assert known(*shuffled) == told
    assert told.odd == 0
    assert [s.left for s in told.stays] == [Left.MOVED_ON, Left.ANSWERED, Left.ANSWERED]
    assert told.waited == 39.0
    assert told.ended_at == at(90)
    assert timedelta(0) < told.ended_at - told.offered_at
